// A live trader under test: candles appear minute by minute, an exchange answers
// as the test says, and the process can end at any place where its state is on
// disk: what goes on then is a new trader with an empty risk book.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/engine/trader_kit.h"

namespace btk::test {

inline OrderAnswer says(Verdict verdict, std::string why = {}) { return {verdict, std::move(why), {}}; }
inline OrderAnswer filled(double price) {
  return {Verdict::confirmed, {}, Fill{{}, 0, price, 1.5, 0.01, "order"}};
}

class LiveSession {
 public:
  // What may be changed before the first until().
  Config config;
  TraderSetup setup;
  std::uint32_t listened = kEverything;
  std::function<void(Trader&)> strategy = [](Trader&) {};
  std::function<void(Trader&)> judge = [](Trader& t) { t.answer_risk(true); };
  std::function<void(const Event&, Trader&)> on_event = [](const Event&, Trader&) {};
  std::function<OrderAnswer(const OrderQuery&)> exchange = [](const OrderQuery&) {
    return says(Verdict::confirmed);
  };
  /// True: the process ends while this is asked.
  std::function<bool(const OrderQuery&)> dies = [](const OrderQuery&) { return false; };

  // What came of it.
  std::vector<OrderQuery> asked;
  std::vector<Event> events;
  int restarts = 0;

  explicit LiveSession(const CandleSeries& market) : market_(market), shown_(Interval::m1, market.first()) {
    setup.symbol = "BTCUSDT";
    setup.strategy_name = "test";
    setup.exchange_name = "exchange";
    setup.frame_start = market.first() + 5 * kMinute;
    setup.keep_decisions = true;
    setup.live = setup.ask_orders = true;
  }

  /// Shows candles until there are `count`, and works after each.
  LiveSession& until(std::size_t count) {
    if (!trader_) begin();
    while (shown_.size() < count) {
      show();
      work();
    }
    return *this;
  }
  /// Shows candles until there are `count` while the process is away.
  LiveSession& away_until(std::size_t count) {
    while (shown_.size() < count) show();
    return *this;
  }
  /// Does what there is to do until a candle is missing.
  void work() {
    for (Ask ask = trader_->advance(); ask != Ask::horizon && ask != Ask::done; ask = trader_->advance()) answer(ask);
  }
  /// The process ends here and begins anew.
  LiveSession& restart() {
    ++restarts;
    const TraderState state = trader_->state();
    const std::string log = trader_->decisions().text();
    const auto finished = trader_->finished();
    begin();
    trader_->restore(state, log, finished);
    return *this;
  }

  Trader& trader() { return *trader_; }
  RiskBook& book() { return *book_; }
  const std::string& log() const { return trader_->decisions().text(); }
  std::vector<Event> told(EventKind kind) const {
    std::vector<Event> found;
    for (const Event& e : events) {
      if (e.kind == kind) found.push_back(e);
    }
    return found;
  }
  /// Minutes at which the exchange was asked this.
  std::vector<int> minutes(OrderAsk kind) const {
    std::vector<int> found;
    for (const OrderQuery& q : asked) {
      if (q.kind == kind) found.push_back(to_minute(q.time));
    }
    return found;
  }

 private:
  void show() {
    const Candle c = market_.at(shown_.size());
    shown_.push(c.open, c.high, c.low, c.close, c.volume);
  }
  void begin() {
    book_ = std::make_unique<RiskBook>();
    trader_.emplace(setup, config, shown_, *book_);
    trader_->listen(listened);
  }
  void answer(Ask ask) {
    switch (ask) {
      case Ask::signal_due: strategy(*trader_); break;
      case Ask::risk_check: judge(*trader_); break;
      case Ask::event: {
        const Event e = trader_->event();
        events.push_back(e);
        on_event(e, *trader_);
        break;
      }
      case Ask::order: {
        asked.push_back(trader_->order_query());
        if (dies(asked.back())) {
          restart();
        } else {
          trader_->answer_order(exchange(asked.back()));
        }
        break;
      }
      default: FAIL("the trader asked for something that no test gives"); break;
    }
  }

  CandleSeries market_, shown_;
  std::unique_ptr<RiskBook> book_;
  std::optional<Trader> trader_;
};

/// A strategy that gives one signal at a minute, and the next ones when asked at or after theirs.
class Plan {
 public:
  Plan(std::initializer_list<std::pair<int, SignalRequest>> signals) : signals_(signals) {}
  void operator()(Trader& t) {
    asked.push_back(to_minute(static_cast<Timestamp>(t.now().when)));
    if (next_ == signals_.size() || asked.back() < signals_[next_].first) return;
    t.answer_signal(signals_[next_++].second);
  }
  std::vector<int> asked;

 private:
  std::vector<std::pair<int, SignalRequest>> signals_;
  std::size_t next_ = 0;
};

}  // namespace btk::test
