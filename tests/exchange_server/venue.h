// One place to trade: its orders, how they meet the candles, and the account that
// pays for them. A market order is filled at once at the last close and a spread;
// a resting order when a candle that began after it touches its price.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/exchange_server/account.h"
#include "tests/exchange_server/market.h"

namespace btk::exchange_server {

struct OrderRequest {
  std::string symbol, client_id, type;
  bool buy = true;
  double quantity = 0;        ///< base currency; 0: not given
  double quote_quantity = 0;  ///< of a market order instead of quantity
  double price = 0, stop_price = 0;
  bool reduce_only = false, close_position = false;  ///< futures
  bool half = false;                                 ///< fault: only half of a market order meets anybody
  bool algo = false;  ///< futures: a conditional order, kept by the algo service until it is set off
};

struct Order : OrderRequest {
  std::int64_t id = 0;       ///< of an algo order: of the real one that it becomes; 0 before
  std::int64_t algo_id = 0;  ///< of an algo order
  std::string status = "NEW";     ///< NEW PARTIALLY_FILLED FILLED CANCELED EXPIRED
  double executed = 0, paid = 0;  ///< base and quote currency
  bool triggered = false;         ///< of an order with a stop price: it has been touched
  Timestamp triggers_at = 0;      ///< of an algo order: it is on its way to become a real one then; 0: it is not
  Timestamp created = 0, updated = 0;
  Timestamp next_candle = 0;  ///< the first candle that has not been looked at
  std::string locked_asset;
  double locked = 0;  ///< set aside for it

  /// Do the endpoints of ordinary orders know it?
  bool real() const { return id != 0; }
  bool live() const { return status == "NEW" || status == "PARTIALLY_FILLED"; }
};

class Venue {
 public:
  /// `free_ids`: as Binance does, an id may be used again once its order is filled; else it stays taken.
  Venue(const Market& market, bool futures, double fee, bool free_ids);

  bool futures() const { return account_.futures; }
  Account& account() { return account_; }
  const std::deque<Order>& orders() const { return orders_; }
  const std::vector<Execution>& executions() const { return executions_; }

  /// Fills what the candles closed by `now` touched, in time order.
  void settle(Timestamp now);
  /// Throws ApiError. The order as it is afterwards; market orders are done.
  const Order& place(const OrderRequest& request, Timestamp now);
  const Order& cancel(std::string_view symbol, std::int64_t id, std::string_view client_id, Timestamp now);
  /// The same for an algo order, as long as it has not been set off. By number or (0) by the client's id.
  const Order& cancel_algo(std::int64_t algo_id, std::string_view client_id, Timestamp now);
  const Order& find_algo(std::int64_t algo_id, std::string_view client_id) const;
  /// Sets a resting algo order off, whatever the price is; its real order is filled `delay` later. None: nothing.
  void trigger(std::int64_t algo_id, std::string_view client_id, Timestamp delay, Timestamp now);
  /// Futures: conditional orders are taken as ordinary ones, as they were before December 2025.
  void take_ordinary_stops(bool taken) { ordinary_stops_ = taken; }
  /// By number or (0) by the client's id: the newest order of that id. Throws ApiError(-2013).
  const Order& find(std::string_view symbol, std::int64_t id, std::string_view client_id) const;
  /// A part of a resting order meets somebody, at its own price, and the rest nobody any more. Throws ApiError(-2013).
  void fill_part(std::string_view client_id, double quantity, Timestamp now);
  /// Worth of an open position at the last price above its entry, quote currency.
  double unrealized(const std::string& symbol, Timestamp now) const;

 private:
  void check(const OrderRequest& request, double last) const;
  void fill(Order& order, double price, double quantity, bool maker, Timestamp time);
  void fill_resting(Order& order, double price, Timestamp time);
  void release(Order& order);
  /// An algo order becomes a real one.
  void set_off(Order& order);
  /// What this candle does to a live order.
  void meet(Order& order, const Candle& candle);
  double reducible(const Order& order) const;
  const Order* newest(std::string_view symbol, std::string_view client_id, bool algo) const;

  const Market& market_;
  bool free_ids_;
  bool ordinary_stops_ = false;
  std::int64_t next_id_ = 1000, next_algo_id_ = 3'000'000'000'000'001;
  Account account_;
  std::deque<Order> orders_;  ///< in order of arrival; references stay valid
  std::vector<Execution> executions_;
};

}  // namespace btk::exchange_server
