// What a trader owns at the exchange, and what a fill does to it. Spot: balances
// of assets, buys pay their fee in what they bought. Futures: a wallet in USDT,
// one net position for each symbol, profit booked when it is reduced.
#pragma once

#include <map>
#include <string>

#include "tests/exchange_server/market.h"

namespace btk::exchange_server {

struct Balance {
  double free = 0, locked = 0;
};

struct FuturesPosition {
  double amount = 0;  ///< base currency, negative when short
  double entry_price = 0;
  int leverage = 20;
};

/// One execution.
struct Execution {
  std::int64_t id = 0, order_id = 0;
  std::string symbol;
  bool buy = true, maker = false;
  double price = 0, quantity = 0;
  double commission = 0;
  std::string commission_asset;
  double realized = 0;  ///< futures: profit booked, quote currency
  Timestamp time = 0;
};

struct Account {
  bool futures = false;
  double fee = 0.001;  ///< share of what is paid or received
  std::map<std::string, Balance> balances;
  std::map<std::string, FuturesPosition> positions;

  /// Sets aside what an order may need, or throws ApiError; negative amounts give back.
  void lock(const std::string& asset, double amount);
  /// Could a futures order of this worth be paid for? Throws ApiError.
  void check_margin(const std::string& symbol, double notional) const;
  /// Books `fill` from what is free; fills in commission and realized profit.
  void book(Execution& fill, const Rules& rules);

 private:
  void book_futures(Execution& fill, const Rules& rules);
};

/// To the eight decimals that balances have.
double rounded(double amount);

}  // namespace btk::exchange_server
