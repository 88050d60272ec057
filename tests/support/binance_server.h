// A small Binance on loopback: one-minute candles that follow from symbol and
// minute, the endpoints that the driver asks, and faults for chosen requests.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "tests/support/http_server.h"

namespace btk::test {

inline Candle made_candle(Timestamp t) {
  const auto n = static_cast<double>(t / kMinute % 1000);
  return {t, 100 + n, 102 + n, 99 + n, 101 + n, 5 + n / 4};
}

class BinanceServer {
 public:
  using Change = std::function<void(ServedAnswer&)>;

  /// `now` is what its clock says until somebody changes it.
  explicit BinanceServer(Timestamp now) : now_(now), server_([this](const ServedRequest& r) { return answer(r); }) {}

  std::string url() const { return server_.url(); }
  void set_now(Timestamp now) { now_.store(now); }
  void set_told_time(std::optional<Timestamp> offset) { const std::lock_guard lock(mutex_); lie_ = offset; }
  void remove(Timestamp from, Timestamp to) {
    const std::lock_guard lock(mutex_);
    for (; from < to; from += kMinute) removed_.insert(from);
  }
  void lists_from(Timestamp t) { const std::lock_guard lock(mutex_); listed_ = t; }
  /// The next answers of this endpoint ("klines") are changed, one change each, in order.
  void then(const std::string& endpoint, Change change) {
    const std::lock_guard lock(mutex_);
    changes_[endpoint].push_back(std::move(change));
  }
  /// What was asked of an endpoint, as "from..to" minutes for klines.
  std::vector<ServedRequest> asked(const std::string& endpoint) {
    const std::lock_guard lock(mutex_);
    return asked_[endpoint];
  }
  void forget_asked() { const std::lock_guard lock(mutex_); asked_.clear(); }

 private:
  static std::string row(const Candle& c) {
    return fmt::format("[{},\"{}\",\"{}\",\"{}\",\"{}\",\"{}\",{},\"0\",1,\"0\",\"0\",\"0\"]", c.timestamp, c.open, c.high,
                       c.low, c.close, c.volume, c.timestamp + kMinute - 1);
  }

  std::string klines(const ServedRequest& request) {
    const auto number = [&](const char* name, Timestamp otherwise) {
      const auto found = request.query.find(name);
      return found == request.query.end() ? otherwise : std::stoll(found->second);
    };
    const Timestamp from = std::max<Timestamp>(number("startTime", 0), listed_);
    const Timestamp to = std::min<Timestamp>(number("endTime", now_), now_);
    const Timestamp limit = number("limit", 500);
    std::string text;
    Timestamp count = 0;
    for (Timestamp t = align(from + kMinute - 1, kMinute); t <= to && count < limit; t += kMinute) {
      if (removed_.count(t) > 0) continue;
      Candle candle = made_candle(t);
      if (t + kMinute > now_) candle.close = candle.low;  // it is not what it will be
      text += (text.empty() ? "" : ",") + row(candle);
      ++count;
    }
    return "[" + text + "]";
  }

  ServedAnswer answer(const ServedRequest& request) {
    const std::lock_guard lock(mutex_);
    const std::string endpoint = request.path.substr(request.path.rfind('/') + 1);
    asked_[endpoint].push_back(request);
    ServedAnswer result;
    if (endpoint == "klines") {
      result.body = klines(request);
    } else if (endpoint == "time") {
      result.body = fmt::format("{{\"serverTime\":{}}}", now_.load() + lie_.value_or(0));
    } else if (endpoint == "depth") {
      result.body = R"({"lastUpdateId":1,"bids":[["100.5","2"],["100.4","1"],["99","7"]],"asks":[["100.6","3"],["101","4"]]})";
    } else if (endpoint == "exchangeInfo") {
      result.body = R"({"symbols":[{"symbol":"ETHUSDT","filters":[]},{"symbol":"BTCUSDT","filters":[
        {"filterType":"PRICE_FILTER","minPrice":"0.01","tickSize":"0.01000000"},
        {"filterType":"LOT_SIZE","minQty":"0.00001","stepSize":"0.00002"},
        {"filterType":"NOTIONAL","minNotional":"5.0"}]}]})";
    } else {
      result.status = 404;
    }
    if (auto& changes = changes_[endpoint]; !changes.empty()) {
      changes.front()(result);
      changes.erase(changes.begin());
    }
    return result;
  }

  std::mutex mutex_;
  std::atomic<Timestamp> now_;
  std::optional<Timestamp> lie_;
  Timestamp listed_ = 0;
  std::set<Timestamp> removed_;
  std::map<std::string, std::vector<Change>> changes_;
  std::map<std::string, std::vector<ServedRequest>> asked_;
  HttpServer server_;  // last: its threads use the rest
};

}  // namespace btk::test
