// The honest figures against published numbers and known limits.
#include <catch2/catch.hpp>

#include <cmath>

#include "engine/honest_folds.h"
#include "engine/honest_normal.h"
#include "engine/honest_pbo.h"
#include "engine/honest_random.h"
#include "engine/honest_resample.h"
#include "engine/honest_sharpe.h"

namespace btk {
namespace {

// About normal: the sum of twelve uniform numbers.
double noise(Draws& draws) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += draws.uniform();
  return sum;
}

std::vector<double> noises(Draws& draws, std::size_t count, double mean = 0) {
  std::vector<double> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(mean + noise(draws));
  return list;
}

ClosedTrade trade(double opened, double closed, double result) { return {"t", opened, closed, 100, result}; }

}  // namespace

TEST_CASE("The normal distribution agrees with tables, and its inverse undoes it", "[honest]") {
  // NIST / Abramowitz & Stegun, table 26.1 and 26.2.
  CHECK(normal_cdf(0) == 0.5);
  CHECK(normal_cdf(1) == Approx(0.841344746068543).epsilon(1e-13));
  CHECK(normal_cdf(-1.96) == Approx(0.0249978951482204).epsilon(1e-12));
  CHECK(normal_cdf(3) == Approx(0.998650101968370).epsilon(1e-13));
  CHECK(normal_cdf(-6) == Approx(9.865876450377e-10).epsilon(1e-11));
  CHECK(normal_cdf(-10) == Approx(7.619853024160e-24).epsilon(1e-11));
  CHECK(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-13));
  CHECK(normal_quantile(0.99) == Approx(2.326347874040841).epsilon(1e-13));
  for (const double p : {1e-12, 1e-6, 0.01, 0.3, 0.5, 0.77, 0.999, 1 - 1e-9}) {
    INFO(p);
    CHECK(normal_cdf(normal_quantile(p)) == Approx(p).epsilon(1e-11));
  }
  CHECK(std::isnan(normal_quantile(1.5)));
}

TEST_CASE("The deflated Sharpe ratio's worked example comes out", "[honest]") {
  // Bailey & Lopez de Prado 2014: annual 2.5 over five years of days, skewness -3, kurtosis 10; the trials'
  // annual ratios vary by 1/2. 100 trials: expected maximum 0.1132, DSR 0.9004. With 46 trials it would be 0.9505.
  Moments m{.count = 1250, .sharpe = 2.5 / std::sqrt(250.0), .skewness = -3, .kurtosis = 10};
  const double variance = 0.5 / 250;
  CHECK(expected_max_sharpe(100, variance) == Approx(0.1132).margin(0.00005));
  CHECK(deflated_sharpe(m, 100, variance) == Approx(0.9004).margin(0.0005));
  CHECK(deflated_sharpe(m, 46, variance) == Approx(0.9505).margin(0.0005));
  CHECK(expected_max_sharpe(1, variance) == 0);
}

TEST_CASE("The probabilistic Sharpe ratio's and the track record's examples come out", "[honest]") {
  // Bailey & Lopez de Prado 2012: two years of months, 0.458 a month. Normal: 0.982; with skewness -2.448 and
  // kurtosis 10.164: 0.913.
  Moments fund{.count = 24, .sharpe = 0.458, .skewness = 0, .kurtosis = 3};
  CHECK(probabilistic_sharpe(fund, 0) == Approx(0.982).margin(0.0015));
  fund.skewness = -2.448, fund.kurtosis = 10.164;
  CHECK(probabilistic_sharpe(fund, 0) == Approx(0.913).margin(0.0015));
  // An annual ratio of 2 is above 1 with 95 % after 2.73 years of days, 2.83 of weeks, 3.24 of months; of months
  // with skewness -0.72 and kurtosis 5.78: 4.99 years.
  const auto years = [](double per_year, double skewness, double kurtosis) {
    const Moments m{.count = 10, .sharpe = 2 / std::sqrt(per_year), .skewness = skewness, .kurtosis = kurtosis};
    return *min_track_record(m, 1 / std::sqrt(per_year), 0.95) / per_year;
  };
  CHECK(years(252, 0, 3) == Approx(2.73).margin(0.01));
  CHECK(years(52, 0, 3) == Approx(2.83).margin(0.01));
  CHECK(years(12, 0, 3) == Approx(3.24).margin(0.01));
  CHECK(years(12, -0.72, 5.78) == Approx(4.99).margin(0.02));
  CHECK_FALSE(min_track_record(fund, 0.5, 0.95));
}

TEST_CASE("Trials that move together count for fewer", "[honest]") {
  CHECK(independent_trials(100, 0) == 100);
  CHECK(independent_trials(100, 1) == 1);
  CHECK(independent_trials(100, 0.5) == 50.5);
  CHECK(independent_trials(100, -0.3) == 100);
  const std::vector<std::vector<double>> same{{1, 2, 4}, {1, 2, 4}, {2, 4, 8}, {5, 5, 5}};
  CHECK(*average_correlation(same) == Approx(1));
  const std::vector<std::vector<double>> opposite{{1, 2, 4}, {-1, -2, -4}};
  CHECK(*average_correlation(opposite) == Approx(-1));
  CHECK_FALSE(average_correlation(std::vector<std::vector<double>>{{1, 2}, {3, 3}}));
}

TEST_CASE("The chance of luck is what many lists of noise show", "[honest]") {
  // Of 50 lists of noise the best one; how often is its figure below 2, 5 and 20 %?
  int below2 = 0, below5 = 0, below20 = 0;
  constexpr int kTimes = 1000;
  Draws draws(77);
  for (int k = 0; k < kTimes; ++k) {
    double least = 1;
    for (int t = 0; t < 50; ++t) least = std::min(least, luck_probability(*moments(noises(draws, 60)), 50));
    below2 += least <= 0.02, below5 += least <= 0.05, below20 += least <= 0.2;
  }
  INFO(below2 << " " << below5 << " " << below20);
  CHECK(below2 < 45);
  CHECK(below5 < 90);
  CHECK((below20 > 130 && below20 < 290));
}

TEST_CASE("The probability of overfitting at its limits", "[honest]") {
  Draws draws(5);
  // All trials the same: each half's best is as good as all in the other.
  const std::vector<double> one = noises(draws, 64, 0.1);
  const std::vector<std::vector<double>> same(10, one);
  CHECK(backtest_overfitting(same)->probability == 0.5);
  CHECK(backtest_overfitting(same)->splits == 12870);
  // One trial that is really better: never.
  std::vector<std::vector<double>> skilled(10);
  for (auto& column : skilled) column = noises(draws, 160);
  skilled[4] = noises(draws, 160, 2);
  CHECK(backtest_overfitting(skilled)->probability == 0);
  CHECK(backtest_overfitting(skilled)->loss_probability == 0);
  // Pure noise: about one half, averaged over markets.
  double sum = 0;
  for (int k = 0; k < 40; ++k) {
    std::vector<std::vector<double>> columns(20);
    for (auto& column : columns) column = noises(draws, 90);
    sum += backtest_overfitting(columns, 10)->probability;
  }
  CHECK(sum / 40 == Approx(0.5).margin(0.08));
  // What is good in one half because it is bad in the other: always.
  std::vector<std::vector<double>> seesaw(2, std::vector<double>(64));
  for (std::size_t i = 0; i < 64; ++i) seesaw[0][i] = i / 16 % 2 == 0 ? 1 : -1, seesaw[1][i] = -seesaw[0][i];
  CHECK(backtest_overfitting(seesaw, 4)->loss_probability >= 0.3);
  CHECK_FALSE(backtest_overfitting(std::vector<std::vector<double>>{one}));
  CHECK_FALSE(backtest_overfitting(std::vector<std::vector<double>>{{1, 2}, {2, 1}}));
}

TEST_CASE("Walk-forward splits follow one another without overlap", "[honest]") {
  const auto rolling = walk_forward_folds(0, 700, 4, FoldKind::rolling, 10);
  REQUIRE(rolling.size() == 4);
  CHECK(rolling[0].train_from == 0);
  CHECK(rolling[0].train_to == 290);
  CHECK(rolling[0].test_from == 300);
  CHECK(rolling[3].test_to == 700);
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(rolling[k].test_to - rolling[k].test_from == Approx(100));
    CHECK(rolling[k].test_from - rolling[k].train_from == Approx(300));
    if (k > 0) CHECK(rolling[k].test_from == Approx(rolling[k - 1].test_to));
  }
  for (const Fold& fold : walk_forward_folds(0, 700, 4, FoldKind::anchored, 0)) CHECK(fold.train_from == 0);
  CHECK(walk_forward_folds(0, 700, 4, FoldKind::rolling, 300).empty());
}

TEST_CASE("A trade that is open when a training ends belongs to neither side", "[honest]") {
  const Fold fold{0, 90, 100, 200};
  const std::vector<ClosedTrade> trades{trade(10, 20, 1), trade(80, 105, 2), trade(95, 99, 3), trade(110, 120, 4), trade(190, 260, 5)};
  const auto training = training_trades(trades, fold), test = test_trades(trades, fold);
  REQUIRE(training.size() == 1);
  CHECK(training[0].pnl_percentage == 1);
  REQUIRE(test.size() == 2);
  CHECK(test[0].pnl_percentage == 4);
  CHECK(test[1].pnl_percentage == 5);
}

TEST_CASE("Walk-forward earns what the choice of the past earns", "[honest]") {
  // One trial is good until 300 and bad behind, the other the reverse.
  std::vector<std::vector<ClosedTrade>> trials(2);
  for (int i = 0; i < 70; ++i) {
    const double at = i * 10, sign = at < 300 ? 1 : -1;
    trials[0].push_back(trade(at, at + 5, sign * (1 + i % 2)));
    trials[1].push_back(trade(at + 1, at + 6, -sign * (1 + i % 2)));
  }
  const auto folds = walk_forward_folds(0, 700, 4, FoldKind::rolling, 0);
  const WalkForward walk = walk_forward(trials, folds, "avg_pnl");
  REQUIRE(walk.folds.size() == 4);
  CHECK(walk.folds[0].chosen == 0u);
  CHECK(*walk.folds[0].test_mean == Approx(-1.5));
  CHECK(walk.folds[3].chosen == 1u);
  CHECK(*walk.folds[3].test_mean == Approx(1.5));
  CHECK(walk.trades.size() == 40);
}

TEST_CASE("The bootstrap interval covers the true mean about as often as it says", "[honest]") {
  Draws draws(9);
  int covered = 0;
  constexpr int kTimes = 300;
  for (int k = 0; k < kTimes; ++k) {
    const auto interval = bootstrap_mean(noises(draws, 60, 0.5), static_cast<std::uint64_t>(k));
    covered += interval->low <= 0.5 && 0.5 <= interval->high;
  }
  INFO(covered);
  CHECK(covered >= 0.88 * kTimes);
  CHECK(covered <= 0.99 * kTimes);
  CHECK_FALSE(bootstrap_mean(std::vector<double>{1.0}, 1));
  const std::vector<double> steady(20, 0.3);
  CHECK(bootstrap_mean(steady, 1)->low == Approx(0.3));
  // Runs of wins and losses make it wider than the same results well mixed.
  std::vector<double> runs, mixed;
  for (int i = 0; i < 120; ++i) runs.push_back(i / 20 % 2 ? 1 : -1), mixed.push_back(i % 2 ? 1 : -1);
  const auto wide = *bootstrap_mean(runs, 3), narrow = *bootstrap_mean(mixed, 3);
  CHECK(wide.high - wide.low > 1.5 * (narrow.high - narrow.low));
}

TEST_CASE("Other orders of the same trades fall deeper or less deep", "[honest]") {
  std::vector<CurveStep> steps;
  for (int i = 0; i < 40; ++i) steps.push_back({i % 2 ? 2.0 : -1.5, std::nullopt});
  const auto falls = *shuffled_drawdown(steps, 4);
  CHECK(equity_curve(steps).max_drawdown < falls.median);
  CHECK(falls.median < falls.p95);
  CHECK(falls.p95 <= falls.p99);
  CHECK(falls.ruined == 0);
  // Where the order does not matter it is the fall of the curve itself, to the bit.
  const std::vector<CurveStep> alike(31, {-0.37, -1.9}), alone(1, {4.2, -3.3});
  CHECK(shuffled_drawdown(alike, 1)->p95 == equity_curve(alike).max_drawdown);
  CHECK(shuffled_drawdown(alone, 1)->median == equity_curve(alone).max_drawdown);
  // Two trades have two orders, and both come.
  const std::vector<CurveStep> there{{6.1, -2.2}, {-4.7, -8.3}}, back{there[1], there[0]};
  const double one = equity_curve(there).max_drawdown, other = equity_curve(back).max_drawdown;
  REQUIRE(one != other);
  CHECK(shuffled_drawdown(there, 3)->p99 == std::max(one, other));
  // All gains: no order falls. One loss of all: every order is ruined.
  CHECK(shuffled_drawdown(std::vector<CurveStep>(5, {1, std::nullopt}), 1)->p99 == 0);
  steps.push_back({-100, std::nullopt});
  CHECK(shuffled_drawdown(steps, 1)->ruined == 1);
}

TEST_CASE("The same seed gives the same bits, another one others", "[honest]") {
  Draws draws(3);
  const std::vector<double> list = noises(draws, 50, 0.1);
  CHECK(bootstrap_mean(list, 1)->low == bootstrap_mean(list, 1)->low);
  CHECK(bootstrap_mean(list, 1)->low != bootstrap_mean(list, 2)->low);
  Draws first(42);
  CHECK(first.bits() == 0xBDD732262FEB6E95u);  // SplitMix64's published sequence for seed 42
}

}  // namespace btk
