// The exchange as a whole: which request goes where, what goes wrong on the way,
// and the log of it. One lock serves everything but waiting.
#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "tests/exchange_server/event_log.h"
#include "tests/exchange_server/faults.h"
#include "tests/exchange_server/market.h"
#include "tests/exchange_server/signing.h"
#include "tests/exchange_server/sim_clock.h"
#include "tests/exchange_server/venue.h"
#include "tests/exchange_server/web.h"

namespace btk::exchange_server {

struct ServerSetup {
  ClockSetup clock;
  Keys keys;
  std::filesystem::path log;
  bool free_ids = false;
  double spot_fee = 0.001, futures_fee = 0.0004;
  std::map<std::string, double> balances{{"USDT", 100'000}};  ///< of the spot account; futures: its USDT
};

class ExchangeServer {
 public:
  ExchangeServer(Market market, const ServerSetup& setup);

  /// Any thread.
  WebAnswer handle(const WebRequest& request);
  void stop() { clock_.stop(); }

 private:
  struct Reply {
    Json body;
    int weight = 1;
    Json outcome;  ///< of an order request: what the log says
  };

  WebAnswer clock(const WebRequest& request);
  WebAnswer admin(const WebRequest& request);
  WebAnswer api(const WebRequest& request);
  /// Carries a request out, whatever becomes of its answer afterwards.
  WebAnswer carry_out(const WebRequest& request, const std::optional<Fault>& fault, Timestamp now);
  Reply public_data(const WebRequest& request, bool futures, const std::string& name, Timestamp now);
  Reply trading(const WebRequest& request, Venue& venue, const std::string& name, Timestamp now,
                const std::optional<Fault>& fault);
  Reply order(const WebRequest& request, Venue& venue, Timestamp now, const std::optional<Fault>& fault);
  /// The conditional orders of futures.
  Reply algo_order(const WebRequest& request, Timestamp now, const std::optional<Fault>& fault);
  Reply algo_orders(const WebRequest& request, bool open, Timestamp now);
  /// Used weight of the simulated minute, `weight` included.
  int use_weight(int weight, Timestamp now);

  Market market_;
  ServerSetup setup_;
  SimClock clock_;
  std::mutex mutex_;
  EventLog log_;
  Faults faults_;
  Venue spot_, futures_;
  std::map<std::string, std::map<std::string, std::int64_t>> counters_;  ///< path -> what -> how often
  Timestamp weight_minute_ = 0;
  int weight_ = 0;
};

/// A number as the exchange writes it: "0.00100000".
std::string decimal(double value);
/// Throws ApiError for a text that is no number; `otherwise` when there is none.
double read_number(const WebRequest& request, const char* name, double otherwise);
/// The number of an order, which may be longer than a double is exact; 0 when there is none. Throws ApiError as above.
std::int64_t read_id(const WebRequest& request, const char* name);
/// Throws ApiError when there is none.
std::string required(const WebRequest& request, const char* name);
/// Of an order request: all but its ids and what sets it off.
OrderRequest read_order(const WebRequest& request);
/// As the log tells it.
Json outcome_of(const Order& order, const char* what);
Json order_json(const Order& order, bool futures);

}  // namespace btk::exchange_server
