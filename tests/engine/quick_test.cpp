// Short cuts that a run takes when nobody watches lead to the same place.
#include <catch2/catch.hpp>
#include <string>

#include "engine/prices.h"
#include "tests/engine/random_run.h"

using namespace btk;
using namespace btk::test;

namespace {

constexpr int kCandles = 1500;  // several blocks of average prices

struct Outcome {
  std::string decisions;
  std::vector<double> moments;  ///< when, price, visible candles and extremes wherever a horizon met a position
  std::int64_t asked = 0, pings = 0, warmup = 0;
  std::size_t finished = 0;
};

// The user acts where the strategy is asked, where a position opens, and now and then between two candles.
Outcome play(const RandomCase& c, const CandleSeries& candles, std::uint32_t listened) {
  RiskBook book;
  Trader trader(c.setup, c.config, candles, book);
  trader.listen(listened | 1u << static_cast<unsigned>(EventKind::position));
  RandomUser user(c);
  Outcome out;
  Timestamp horizon = c.setup.frame_start;
  trader.set_horizon({horizon, 1});
  for (Ask ask = trader.advance(); ask != Ask::done; ask = trader.advance()) {
    if (ask == Ask::signal_due) user.strategy(trader);
    if (ask == Ask::risk_check) user.risk(trader);
    if (ask == Ask::event && trader.event().kind == EventKind::position) user.event(trader.event(), trader);
    if (ask == Ask::horizon) {
      if (const Signal* held = trader.pending()) {
        const Now& now = trader.now();
        out.moments.insert(out.moments.end(), {now.when, now.price, static_cast<double>(now.visible)});
        for (const Excursion& x : {held->peak, held->fall}) {
          out.moments.insert(out.moments.end(), {x.price, static_cast<double>(x.timestamp), x.pnl.pnl_percentage, x.pnl.pnl_cost});
        }
        Event nothing;
        user.event(nothing, trader);
      }
      horizon += (1 + Dice(c.seed, static_cast<std::uint64_t>(horizon)).below(60)) * kMinute;
      trader.set_horizon({horizon, 1});
    }
  }
  out.decisions = trader.decisions().text();
  out.asked = trader.signal_calls(), out.pings = trader.active_pings(), out.warmup = trader.warmup_ticks();
  out.finished = trader.finished().size();
  return out;
}

}  // namespace

TEST_CASE("a run that nobody watches decides what a watched one decides") {
  constexpr std::uint32_t kAll = ~0u;
  std::int64_t pings = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const CandleSeries candles = random_market(seed, kCandles);
    RandomCase c(seed, kCandles);
    if (seed % 3 != 0) c.setup.signal_interval = c.setup.frame_interval = Interval::m1;
    const Outcome watched = play(c, candles, kAll), alone = play(c, candles, 0);
    INFO("seed " << seed);
    REQUIRE(alone.decisions == watched.decisions);
    REQUIRE(alone.moments == watched.moments);
    REQUIRE(alone.asked == watched.asked);
    REQUIRE(alone.pings == watched.pings);
    REQUIRE(alone.finished == watched.finished);
    pings += alone.pings;
  }
  CHECK(pings > 100'000);  // positions were held
}

TEST_CASE("average prices made in blocks have the bits of those made one by one") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const CandleSeries all = random_market(seed, 900), another = random_market(seed + 1000, 900);
    for (const std::size_t count : {std::size_t{1}, std::size_t{4}, std::size_t{5}, std::size_t{63}, std::size_t{64}, std::size_t{90}}) {
      CandleSeries growing(Interval::m1, all.first());
      AveragePrices block(all, count), tail(growing, count), given(all, count);
      const std::vector<double> made = average_prices(all, count);
      given.use(made);
      for (std::size_t end = 1; end <= all.size(); ++end) {
        const Candle c = all.at(end - 1);
        growing.push(c.open, c.high, c.low, c.close, c.volume);
        const double expected = average_price(all, end, std::min(count, end));
        REQUIRE(block.before(end) == expected);
        REQUIRE(tail.before(end) == expected);
        REQUIRE(given.before(end) == expected);
      }
      REQUIRE(block.before(10) == average_price(all, 10, std::min<std::size_t>(count, 10)));  // going back
      block.rebase(growing);
      REQUIRE(block.before(700) == average_price(growing, 700, count));
      given.rebase(another);
      REQUIRE(given.before(700) == average_price(another, 700, count));
    }
  }
}
