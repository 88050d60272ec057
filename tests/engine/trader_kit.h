// What the trader's tests are written with. A Market is a short list of candles,
// a Play runs one trader over it: the strategy's answers and the commands are
// given by minute beforehand, everything that the trader asked or said is kept.
//
// Minutes count from kStart, where the first candle opens; average prices need
// five candles, so the first tick that can trade is minute 5.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/trader.h"

namespace btk::test {

inline constexpr Timestamp kStart = 1704067200000;  // 2024-01-01 00:00
constexpr Timestamp minute(int n) { return kStart + n * kMinute; }
constexpr int to_minute(Timestamp t) { return static_cast<int>((t - kStart) / kMinute); }

/// Candles of equal volume, so that average prices are easy to see.
class Market {
 public:
  /// `count` candles that stay at one price.
  Market& flat(int count, double price) {
    for (int i = 0; i < count; ++i) bar(price, price, price);
    return *this;
  }
  Market& bar(double low, double high, double close) {
    candles_.push(close, high, low, close, 1);
    return *this;
  }
  int size() const { return static_cast<int>(candles_.size()); }
  const CandleSeries& candles() const { return candles_; }

 private:
  CandleSeries candles_{Interval::m1, kStart};
};

inline SignalRequest at_market(const char* position, double take, double stop) {
  SignalRequest r;
  r.position = position;
  r.price_take_profit = take;
  r.price_stop_loss = stop;
  return r;
}
inline SignalRequest go_long(double take = 110, double stop = 95) { return at_market("long", take, stop); }
inline SignalRequest go_short(double take = 90, double stop = 105) { return at_market("short", take, stop); }
inline SignalRequest limit(SignalRequest r, double price_open) {
  r.price_open = price_open;
  return r;
}
inline SignalRequest lasting(SignalRequest r, double minutes) {
  r.minute_estimated_time = minutes;
  return r;
}
inline SignalRequest leveraged(SignalRequest r, double multiplier, bool isolated = true) {
  r.multiplier = multiplier;
  r.isolated = isolated ? SignalRequest::Flag::yes : SignalRequest::Flag::no;
  return r;
}
inline SignalRequest named(SignalRequest r, std::string id) {
  r.id = std::move(id);
  return r;
}

inline constexpr std::uint32_t kEverything = ~0u;
constexpr std::uint32_t bit(EventKind kind) { return 1u << static_cast<unsigned>(kind); }

class Play {
 public:
  using Command = std::function<void(Trader&)>;
  struct Verdict {
    bool allowed = true;
    std::string id, note;
  };

  // What may be changed before run().
  Config config;
  TraderSetup setup;
  std::uint32_t listened = kEverything;
  std::function<Verdict(const RiskQuery&)> judge = [](const RiskQuery&) { return Verdict{}; };
  std::function<void(const Event&, Trader&)> on_event = [](const Event&, Trader&) {};
  RiskBook book;

  /// The frame goes from minute 5 to the last candle.
  explicit Play(Market market) : market_(std::move(market)) {
    setup.symbol = "BTCUSDT";
    setup.strategy_name = "test";
    setup.exchange_name = "exchange";
    setup.frame_name = "frame";
    setup.frame_start = minute(5);
    setup.frame_end = minute(market_.size() - 1);
    setup.keep_decisions = true;
  }

  /// What the strategy answers when it is first asked at or after `from`.
  Play& signal(int from, SignalRequest request) {
    signals_.emplace(from, std::move(request));
    return *this;
  }
  /// What the user does at the ping of the candle that opens at minute `at`, or of the idle tick there.
  Play& ping(int at, Command command) {
    commands_[at].push_back(std::move(command));
    return *this;
  }
  /// What the user does while the strategy is asked at minute `at`.
  Play& while_asked(int at, Command command) {
    asked_commands_[at] = std::move(command);
    return *this;
  }

  Play& run() {
    trader_.emplace(setup, config, market_.candles(), book);
    trader_->listen(listened);
    for (Ask ask = trader_->advance(); ask != Ask::done; ask = trader_->advance()) answer(ask);
    return *this;
  }

  // What came of it.
  const Trader& trader() const { return *trader_; }
  const std::vector<FinishedSignal>& finished() const { return trader_->finished(); }
  /// The one signal that ended.
  const FinishedSignal& only() const {
    REQUIRE(finished().size() == 1);
    return finished().front();
  }
  /// Minutes at which the strategy was asked.
  const std::vector<int>& asked() const { return asked_; }
  const std::vector<RiskQuery>& risk_queries() const { return risk_queries_; }
  const std::vector<Event>& events() const { return events_; }
  std::vector<Event> events(EventKind kind) const {
    std::vector<Event> found;
    std::copy_if(events_.begin(), events_.end(), std::back_inserter(found),
                 [&](const Event& e) { return e.kind == kind; });
    return found;
  }
  /// Minutes of the events of one kind.
  std::vector<int> minutes(EventKind kind) const {
    std::vector<int> found;
    for (const Event& e : events(kind)) found.push_back(to_minute(e.time));
    return found;
  }
  /// Codes of every refused signal.
  std::vector<std::string> refusals() const {
    std::vector<std::string> codes;
    for (const Event& e : events(EventKind::refusal))
      codes.insert(codes.end(), e.codes.begin(), e.codes.end());
    return codes;
  }

 private:
  void answer(Ask ask) {
    switch (ask) {
      case Ask::signal_due: {
        const int now = to_minute(static_cast<Timestamp>(trader_->now().when));
        asked_.push_back(now);
        if (const auto it = asked_commands_.find(now); it != asked_commands_.end()) it->second(*trader_);
        if (const auto it = signals_.begin(); it != signals_.end() && now >= it->first) {
          trader_->answer_signal(it->second);
          signals_.erase(it);
        }
        break;
      }
      case Ask::event: {
        const Event e = trader_->event();
        events_.push_back(e);
        on_event(e, *trader_);
        const bool is_ping = e.kind == EventKind::active_ping || e.kind == EventKind::schedule_ping ||
                             e.kind == EventKind::idle_ping;
        if (const auto it = commands_.find(to_minute(e.time)); is_ping && it != commands_.end()) {
          for (const Command& command : it->second) command(*trader_);
        }
        break;
      }
      case Ask::risk_check: {
        risk_queries_.push_back(trader_->risk_query());
        const Verdict verdict = judge(risk_queries_.back());
        trader_->answer_risk(verdict.allowed, verdict.id, verdict.note);
        break;
      }
      default:
        FAIL("the trader asked for something that no test gives");
        break;
    }
  }

  Market market_;
  std::optional<Trader> trader_;
  std::multimap<int, SignalRequest> signals_;
  std::map<int, std::vector<Command>> commands_;
  std::map<int, Command> asked_commands_;
  std::vector<int> asked_;
  std::vector<RiskQuery> risk_queries_;
  std::vector<Event> events_;
};

}  // namespace btk::test
