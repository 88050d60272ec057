// Binance's public REST interface: one question, one checked answer. Tries again
// what may pass (no answer, 429, 418, 5xx, an answer that cannot be believed), keeps
// below the request limit, and lets those who ask for the same at the same time
// share one request. Any thread.
//
// Errors read `exchange NAME: GET klines of BTCUSDT failed after 3 tries: REASON`.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "host/exchange/binance_clock.h"
#include "host/exchange/binance_weight.h"
#include "host/exchange/open.h"
#include "host/net/http_client.h"
#include "host/net/shared_fetch.h"

namespace btk::host {

struct BinanceQuestion {
  std::string endpoint;  ///< "klines"
  std::string symbol;    ///< empty: of no symbol
  std::string query;     ///< without the symbol: "interval=1m&limit=5"
  int weight = 1;        ///< of the request limit
};

class BinanceApi {
 public:
  /// Throws btk::Error for a market or a base_url that cannot be.
  BinanceApi(const lua::ExchangeSchema& schema, const OpenOptions& options);

  bool futures() const { return futures_; }
  const std::string& name() const { return name_; }
  /// Scheme, host and port, without a slash at the end.
  const std::string& base() const { return base_; }

  /// The session's clock.
  Timestamp session() const { return clock_.session(); }
  /// How far the exchange is ahead of it, ms.
  Timestamp ahead() { return clock_.ahead(); }

  /// `parse` gets the body of an answer and the exchange's time when it was asked for; it throws BadAnswer for
  /// one that must be asked for again. Throws btk::Error when nothing helps.
  template <class Value>
  Value ask(const BinanceQuestion& question, const std::function<Value(const std::string&, Timestamp)>& parse) {
    Value value{};
    ask_until(question, [&](const Answer& answer) { value = parse(answer.response.body, answer.asked_at); });
    return value;
  }

 private:
  struct Answer {
    net::HttpResponse response;
    Timestamp asked_at = 0;            ///< exchange's time; candles that were closed then are closed for good
    Timestamp sent = 0, received = 0;  ///< session's clock
  };
  using Shared = std::shared_ptr<const Answer>;

  void ask_until(const BinanceQuestion& question, const std::function<void(const Answer&)>& use);
  Answer send(const BinanceQuestion& question, bool dated);
  [[noreturn]] void fail(const BinanceQuestion& question, int tries, const std::string& reason) const;
  std::string subject(const BinanceQuestion& question) const;
  std::string target(const BinanceQuestion& question) const;
  void wait_for_limit(int weight);
  TimeSample ask_time();

  std::string name_;
  bool futures_;
  std::string base_;
  OpenOptions options_;
  net::HttpClient http_;
  net::SharedFetch<Shared> shared_;
  WeightLimit limit_;
  BinanceClock clock_;
};

}  // namespace btk::host
