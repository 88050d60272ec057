// The verdict over trades that are made here without a market: quick, and with the
// truth known. tests/host/verdict_markets_test.cpp does it with markets.
#include "engine/honest_verdict.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <span>

#include "engine/honest_random.h"
#include "engine/walker.h"

namespace btk {
namespace {

constexpr double kHour = 3'600'000;
constexpr double kSpan = 90 * kDayMs;

// A trade every `hours`, from a list of chances: +2 % or -1 % (a take-profit and a stop-loss), with `edge` percent
// on top on average. A share `common` of the outcomes is the same in all trials of a market.
struct Market {
  Draws own;
  std::uint64_t seed;
  double edge, common;

  std::vector<ClosedTrade> trial(std::size_t number, int hours) {
    std::vector<ClosedTrade> t;
    int k = 0;
    for (double at = static_cast<double>(number % 7) * kHour; at + 3 * kHour < kSpan; at += hours * kHour, ++k) {
      Draws shared(seed * 1000003 + static_cast<std::uint64_t>(at / (12 * kHour)));
      const double chance = own.uniform() < common ? shared.uniform() : own.uniform();
      const double result = chance < (1 + edge) / 3 ? 2 : -1;  // mean: edge
      t.push_back({"t", at, at + 3 * kHour, 100, result, std::max(result, 0.0), std::min(result, -0.3)});
    }
    return t;
  }
};

Evidence contest(std::uint64_t seed, double edge, double common, std::size_t trials = 50) {
  Market market{Draws(seed), seed, edge, common};
  std::vector<std::vector<ClosedTrade>> list;
  WalkerRanking ranking;
  for (std::size_t i = 0; i < trials; ++i) {
    list.push_back(market.trial(i, 10 + static_cast<int>(i % 5)));
    ranking.add(std::to_string(i), list.back());
  }
  const WalkerResult* best = ranking.best();
  return weigh({.trials = list, .winner = static_cast<std::size_t>(best - ranking.results().data()), .to = kSpan, .seed = seed});
}

std::size_t worth(std::uint64_t first_seed, std::size_t markets, double edge, double common) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < markets; ++i) {
    count += contest(first_seed + i, edge, common).verdict == HonestVerdict::worth_paper_trading;
  }
  return count;
}

std::vector<ClosedTrade> some_trades(const std::vector<double>& results) {
  std::vector<ClosedTrade> list;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const double at = static_cast<double>(i) * 20 * kHour;
    list.push_back({"t", at, at + kHour, 100, results[i]});
  }
  return list;
}

std::vector<double> alternating(std::size_t count, double win, double loss) {
  std::vector<double> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(i % 2 ? win : loss);
  return list;
}

bool has(const std::vector<std::string>& lines, std::string_view part) {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("Noise is hardly ever worth paper trading, whether trials are alike or not", "[honest]") {
  CHECK(worth(1000, 60, 0, 0) <= 3);
  CHECK(worth(2000, 60, 0, 0.7) <= 3);
}

TEST_CASE("An edge in every trade is nearly always seen", "[honest]") {
  CHECK(worth(3000, 40, 0.6, 0.3) >= 36);
}

TEST_CASE("More tries need more evidence", "[honest]") {
  const std::vector<double> good = alternating(80, 1.0, -0.55);
  const std::vector<ClosedTrade> trial(some_trades(good));
  const Evidence one = weigh({.trials = {&trial, 1}, .to = kSpan});
  const Evidence many = weigh({.trials = {&trial, 1}, .further_trials = 5000, .to = kSpan});
  CHECK(one.verdict == HonestVerdict::worth_paper_trading);
  CHECK(many.trials == 5001);
  CHECK(many.verdict == HonestVerdict::likely_luck);
  CHECK(*many.luck > *one.luck);
  CHECK(has(many.reasons, "best of 5001 trials"));
}

TEST_CASE("Looking once more around the winner does not make the earlier tries worth less", "[honest]") {
  std::vector<std::vector<ClosedTrade>> tries;
  for (int i = 0; i < 20; ++i) {
    std::vector<double> results = alternating(80, 1.0, -0.55);
    std::rotate(results.begin(), results.begin() + i % 2, results.end());
    for (std::size_t k = 0; k < results.size(); ++k) results[k] += static_cast<double>((k * 7 + static_cast<std::size_t>(i) * 13) % 11) - 5;
    tries.push_back(some_trades(results));
  }
  const Evidence whole = weigh({.trials = tries, .to = kSpan});
  const std::vector<std::vector<ClosedTrade>> pair = {tries[0], tries[0]};
  const Evidence again = weigh({.trials = pair, .earlier = std::span(tries).subspan(1), .to = kSpan});
  CHECK(again.trials == 21);
  CHECK(again.independent > 0.8 * whole.independent);
  CHECK(whole.independent > 10);
}

TEST_CASE("A verdict says why", "[honest]") {
  const auto judged = [](const std::vector<double>& results) { return weigh_run(some_trades(results), 0, kSpan, 1); };
  const Evidence none = judged({});
  CHECK(none.verdict == HonestVerdict::inconclusive);
  CHECK(has(none.reasons, "no trades"));
  const Evidence losing = judged(alternating(60, 0.5, -0.7));
  CHECK(losing.verdict == HonestVerdict::likely_luck);
  CHECK(has(losing.reasons, "nothing was earned"));
  const Evidence few = judged(alternating(20, 2, -0.2));
  CHECK(few.verdict == HonestVerdict::inconclusive);
  CHECK(has(few.reasons, "only 20 trades"));
  CHECK(has(run_warnings(few), "only 20 trades"));
  const Evidence wide = judged(alternating(40, 5, -4.5));
  CHECK(wide.verdict != HonestVerdict::worth_paper_trading);
  CHECK(has(wide.reasons, "fits these trades"));
  CHECK(has(run_warnings(wide), "zero is among it"));
  CHECK(judged(std::vector<double>(50, 0.4)).verdict == HonestVerdict::inconclusive);  // nothing varies: nothing to judge by
  CHECK(run_warnings(judged(alternating(100, 1, -0.2))).empty());
}

TEST_CASE("Trades at the same time are one bet", "[honest]") {
  // Ten symbols that win and lose together are not ten times the evidence.
  std::vector<ClosedTrade> one, ten;
  for (const ClosedTrade& t : some_trades(alternating(24, 1.5, -1))) {
    one.push_back(t);
    for (int k = 0; k < 10; ++k) ten.push_back(t);
  }
  const Evidence single = weigh_run(one, 0, kSpan, 1), pooled = weigh_run(ten, 0, kSpan, 1);
  CHECK_FALSE(single.by_day);
  CHECK(pooled.by_day);
  CHECK(pooled.shape->count <= 24);
  CHECK(*pooled.luck > 0.5 * *single.luck);
  CHECK(pooled.verdict != HonestVerdict::worth_paper_trading);
}

TEST_CASE("Walk-forward that loses keeps a winner from being recommended", "[honest]") {
  const std::vector<ClosedTrade> trial(some_trades(alternating(80, 1.0, -0.5)));
  Contest c{.trials = {&trial, 1}, .to = kSpan};
  CHECK(weigh(c).verdict == HonestVerdict::worth_paper_trading);
  c.walk_forward.emplace().mean = -0.1;
  CHECK(weigh(c).verdict == HonestVerdict::inconclusive);
  CHECK(has(weigh(c).reasons, "walk-forward"));
}

}  // namespace btk
