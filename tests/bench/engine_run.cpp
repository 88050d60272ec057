#include "engine_run.h"

#include "engine/trader.h"

namespace btk::bench {
namespace {

TraderSetup setup(const CandleSeries& minutes) {
  TraderSetup t;
  t.symbol = "BTCUSDT", t.strategy_name = "engine", t.exchange_name = "year", t.frame_name = "2023";
  t.frame_start = minutes.first(), t.frame_end = minutes.end() - 1;
  return t;
}

Config config() {
  Config c;
  c.min_stoploss_distance_percent = 0.4;
  return c;
}

SignalRequest buy(double price) {
  SignalRequest r;
  r.position = "long";
  r.price_take_profit = price * 1.01, r.price_stop_loss = price * 0.995;
  r.minute_estimated_time = 240;
  return r;
}

/// `decide(visible)`: buy now, when `visible` candles are closed?
template <class Decide>
EngineResult drive(const CandleSeries& minutes, std::uint32_t listen, Decide decide) {
  const Config settings = config();
  RiskBook risk;
  Trader trader(setup(minutes), settings, minutes, risk);
  trader.listen(listen);
  for (Ask ask = trader.advance(); ask != Ask::done; ask = trader.advance()) {
    if (ask == Ask::signal_due && decide(static_cast<std::size_t>(trader.now().visible))) {
      trader.answer_signal(buy(trader.now().price));
    }
  }
  return {trader.signal_calls(), trader.finished().size()};
}

}  // namespace

EngineResult engine_noop(const CandleSeries& minutes) {
  return drive(minutes, 0, [](std::size_t) { return false; });
}

EngineResult engine_w1(const CandleSeries& minutes) {
  constexpr std::size_t kFast = 20, kSlow = 50;
  const double* close = minutes.close().data();
  return drive(minutes, 0, [close](std::size_t end) {
    if (end < kSlow + 1) return false;
    double fast = 0, slow = 0;
    for (std::size_t i = end - kFast; i < end; ++i) fast += close[i];
    for (std::size_t i = end - kSlow; i < end; ++i) slow += close[i];
    const double last = close[end - 1];
    const double fast_before = fast - last + close[end - 1 - kFast], slow_before = slow - last + close[end - 1 - kSlow];
    return fast_before / kFast <= slow_before / kSlow && fast / kFast > slow / kSlow;
  });
}

EngineResult engine_pings(const CandleSeries& minutes) {
  return drive(minutes, 1u << static_cast<unsigned>(EventKind::active_ping), [](std::size_t) { return true; });
}

}  // namespace btk::bench
