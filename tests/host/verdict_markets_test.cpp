// Does the verdict tell noise from an edge? Markets of 90 days are made, in half of
// them a minute of high volume announces a rise; fifty parameter sets of one
// strategy that buys after high volume are back-tested on each by the real trader,
// and the best by Sharpe ratio is judged. The rule was fixed by its statistics
// (docs/honest-ranking.md), not on these markets.
//
// A dozen markets by default, a hundred of each kind with BTK_LONG=1.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <cstdlib>

#include "engine/honest_random.h"
#include "engine/honest_verdict.h"
#include "engine/trader.h"
#include "engine/walker.h"
#include "host/exchange/synthetic_walk.h"
#include "lua/run.h"

namespace btk::host {
namespace {

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01
constexpr std::size_t kMinutes = 90 * 24 * 60;
constexpr std::size_t kRise = 120;      // minutes that a rise takes
constexpr std::size_t kTellEvery = 300; // minutes between two tells on average

struct Market {
  CandleSeries candles{Interval::m1, kStart};
  std::vector<double> volume_sums{0};  // of the minutes before
};

// `edge`: percent that the price rises after each tell, on top of chance.
Market make_market(std::uint64_t seed, double edge) {
  const CandleSeries chance =
      synthetic_candles({.seed = seed, .start_price = 100, .volatility = 0.001}, "M", kStart, kStart + kMinutes * kMinute);
  Draws draws(seed ^ 0x7E11);
  Market m;
  double lift = 1;
  std::size_t rising = 0;
  for (std::size_t i = 0; i < chance.size(); ++i) {
    const Candle c = chance.at(i);
    const bool tell = draws.uniform() * static_cast<double>(kTellEvery) < 1;
    const double volume = (tell ? 6 + 6 * draws.uniform() : 1) * (0.5 + draws.uniform());
    const double before = lift;
    if (rising > 0) --rising, lift *= 1 + edge / 100 / static_cast<double>(kRise);
    if (tell) rising = kRise;
    m.candles.push(c.open * before, std::max(c.high * before, c.high * lift), c.low * before, c.close * lift, volume);
    m.volume_sums.push_back(m.volume_sums.back() + volume);
  }
  return m;
}

struct Params {
  double times;      // the last minute's volume, in averages
  std::size_t over;  // minutes of the average
  double hold;       // minutes
};

std::vector<Params> fifty() {
  std::vector<Params> list;
  for (const double times : {3.0, 4.0, 5.0, 6.0, 7.0}) {
    for (const std::size_t over : {30, 60}) {
      for (const double hold : {60.0, 90.0, 120.0, 180.0, 240.0}) list.push_back({times, over, hold});
    }
  }
  return list;
}

std::vector<ClosedTrade> back_test(const Market& market, const Params& p) {
  TraderSetup setup;
  setup.symbol = "M", setup.strategy_name = "volume", setup.exchange_name = "made", setup.frame_name = "quarter";
  setup.frame_start = market.candles.first(), setup.frame_end = market.candles.end() - 1;
  Config config;
  config.percent_fee = config.percent_slippage = 0;  // so that noise has a mean of zero: the hardest noise
  RiskBook risk;
  Trader trader(setup, config, market.candles, risk);
  for (Ask ask = trader.advance(); ask != Ask::done; ask = trader.advance()) {
    if (ask != Ask::signal_due) continue;
    const auto seen = static_cast<std::size_t>(trader.now().visible);
    if (seen < p.over + 1) continue;
    const std::vector<double>& sums = market.volume_sums;
    const double last = sums[seen] - sums[seen - 1], average = (sums[seen - 1] - sums[seen - 1 - p.over]) / static_cast<double>(p.over);
    if (last < p.times * average) continue;
    const double price = trader.now().price;
    SignalRequest buy;
    buy.position = "long", buy.price_take_profit = price * 1.03, buy.price_stop_loss = price * 0.97, buy.minute_estimated_time = p.hold;
    trader.answer_signal(buy);
  }
  return lua::closed_trades(trader.finished());
}

Evidence judge(std::uint64_t seed, double edge) {
  const Market market = make_market(seed, edge);
  std::vector<std::vector<ClosedTrade>> trials;
  WalkerRanking ranking;
  for (const Params& p : fifty()) {
    trials.push_back(back_test(market, p));
    ranking.add(std::to_string(trials.size()), trials.back());
  }
  REQUIRE(ranking.best() != nullptr);
  return weigh({.trials = trials,
                .winner = static_cast<std::size_t>(ranking.best() - ranking.results().data()),
                .from = static_cast<double>(kStart),
                .to = static_cast<double>(market.candles.end())});
}

struct Tally {
  int markets = 0, luck = 0, inconclusive = 0, worth = 0;
  double mean_trade = 0, trades = 0, independent = 0;
};

Tally tally(std::uint64_t first_seed, int markets, double edge) {
  Tally t;
  for (int i = 0; i < markets; ++i) {
    const Evidence e = judge(first_seed + static_cast<std::uint64_t>(i), edge);
    ++t.markets;
    t.luck += e.verdict == HonestVerdict::likely_luck;
    t.inconclusive += e.verdict == HonestVerdict::inconclusive;
    t.worth += e.verdict == HonestVerdict::worth_paper_trading;
    t.mean_trade += e.mean_trade ? e.mean_trade->mean / markets : 0;
    t.trades += static_cast<double>(e.trades) / markets;
    t.independent += e.independent / markets;
  }
  return t;
}

std::string text(const Tally& t) {
  return fmt::format("{} markets: {} likely luck, {} inconclusive, {} worth paper trading; winner's mean trade {:.3f} %, {:.0f} trades, "
                     "{:.1f} independent trials",
                     t.markets, t.luck, t.inconclusive, t.worth, t.mean_trade, t.trades, t.independent);
}

bool long_run() { return std::getenv("BTK_LONG") != nullptr; }

}  // namespace

TEST_CASE("The best of fifty on pure noise is hardly ever worth paper trading", "[honest]") {
  const int markets = long_run() ? 100 : 6;
  const Tally noise = tally(1, markets, 0);
  INFO(text(noise));
  if (long_run()) WARN(text(noise));
  CHECK(noise.worth <= (long_run() ? 5 : 1));
}

TEST_CASE("The best of fifty with an edge of 0.3 % a trade nearly always is", "[honest]") {
  const int markets = long_run() ? 100 : 6;
  const Tally edge = tally(1001, markets, 0.3);
  INFO(text(edge));
  if (long_run()) WARN(text(edge));
  CHECK(edge.worth >= (long_run() ? 90 : 4));
}

}  // namespace btk::host
