#include "engine/stats.h"
#include "engine/stats_math.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <set>
#include <vector>

using namespace btk;

namespace {

constexpr double kStart = 1'700'000'000'000;

// One trade a day, open for an hour, closing at price 100.
ClosedTrade trade(double day, double pnl) {
  return {.id = "t",
          .pending_at = kStart + day * kDayMs,
          .close_timestamp = kStart + day * kDayMs + 3'600'000,
          .close_price = 100,
          .pnl_percentage = pnl};
}

std::vector<ClosedTrade> daily(const std::vector<double>& results, double days_apart = 2) {
  std::vector<ClosedTrade> trades;
  for (std::size_t i = 0; i < results.size(); ++i)
    trades.push_back(trade(static_cast<double>(i) * days_apart, results[i]));
  return trades;
}

std::vector<double> mixed(std::size_t count) {
  std::vector<double> results;
  for (std::size_t i = 0; i < count; ++i) results.push_back(i % 3 == 2 ? -0.5 : 0.4);
  return results;
}

// `count` trades; the first opens at 0, the last closes `days` later.
std::vector<ClosedTrade> spanning(std::size_t count, double days) {
  std::vector<ClosedTrade> trades = daily(mixed(count), 0.01);
  trades.front().pending_at = kStart;
  trades.back().close_timestamp = kStart + days * kDayMs;
  return trades;
}

}  // namespace

TEST_CASE("the median is the middle value, or the mean of the two in the middle") {
  CHECK_FALSE(median({}).has_value());
  CHECK(median({5}) == 5.0);
  CHECK(median({4, 1}) == 2.5);
  CHECK(median({9, -1, 3}) == 3.0);
  CHECK(median({2, 7, 2, 2}) == 2.0);
  CHECK(median({8, 1, 6, 3, 5, 2}) == 4.0);
}

TEST_CASE("no trades, or none usable: counts are zero and all else is absent") {
  std::vector<ClosedTrade> unusable = daily(mixed(12));
  for (ClosedTrade& t : unusable) t.pending_at = 0;
  for (const auto& stats : {trade_stats({}), trade_stats(unusable)}) {
    for (const StatField& field : trade_stat_fields()) {
      const StatValue value = field.value(stats);
      if (const auto* count = std::get_if<std::size_t>(&value)) {
        CHECK(*count == 0);
      } else {
        INFO(field.snake);
        CHECK(std::holds_alternative<std::monostate>(value));
      }
    }
  }
}

TEST_CASE("plain averages of a small list") {
  const TradeStats stats = trade_stats(daily({2, -1, 0, 4}));
  CHECK(stats.total_signals == 4);
  CHECK(stats.win_count == 2);
  CHECK(stats.loss_count == 1);
  CHECK(stats.win_rate.value() == Approx(200.0 / 3));
  CHECK(stats.avg_pnl == 1.25);
  CHECK(stats.total_pnl == 5.0);
  CHECK(stats.median_pnl == 1.0);
  CHECK(stats.avg_duration == 60.0);
  CHECK(stats.avg_loss_duration == 60.0);
  CHECK_FALSE(stats.std_dev);
  CHECK_FALSE(stats.expectancy);
  CHECK_FALSE(stats.avg_peak_pnl);
}

TEST_CASE("only break-even trades have a win rate of zero and no ratios") {
  const TradeStats stats = trade_stats(daily(std::vector<double>(12, 0.0)));
  CHECK(stats.win_rate == 0.0);
  CHECK(stats.std_dev == 0.0);
  CHECK(stats.expectancy == 0.0);
  CHECK_FALSE(stats.sharpe_ratio);
  CHECK_FALSE(stats.sortino_ratio);
  CHECK_FALSE(stats.recovery_factor);
  CHECK_FALSE(stats.avg_consecutive_win_pnl);
}

TEST_CASE("ratios need ten usable trades") {
  CHECK_FALSE(trade_stats(daily(mixed(9))).sharpe_ratio);
  CHECK(trade_stats(daily(mixed(10))).sharpe_ratio);
  std::vector<ClosedTrade> one_unusable = daily(mixed(10));
  one_unusable[3].close_timestamp = 0;
  const TradeStats stats = trade_stats(one_unusable);
  CHECK(stats.total_signals == 9);
  CHECK_FALSE(stats.std_dev);
}

TEST_CASE("annual figures need fourteen days and at most 365 trades a year, both ends allowed") {
  CHECK(trade_stats(spanning(10, 14)).annualized_sharpe_ratio);
  CHECK_FALSE(trade_stats(spanning(10, 13.9999)).annualized_sharpe_ratio);
  CHECK(trade_stats(spanning(20, 20)).expected_yearly_returns);
  CHECK_FALSE(trade_stats(spanning(20, 19.9999)).expected_yearly_returns);
}

TEST_CASE("of trades closed in the same millisecond the later arrival is walked first") {
  std::vector<ClosedTrade> trades = daily(std::vector<double>(10, 0.0));
  trades[8].pnl_percentage = -20;
  trades[9].pnl_percentage = 50;
  trades[9].fall_pnl = -40;
  trades[9].close_timestamp = trades[8].close_timestamp;
  // Later first: 1, trough 0.6, 1.5, 1.2: deepest 40 %. Earlier first: 1, 0.8, trough 0.48, 1.2: deepest 52
  // %.
  CHECK(trade_stats(trades).recovery_factor.value() == Approx(20.0 / 40));
}

TEST_CASE("streaks follow arrival, not close times") {
  std::vector<ClosedTrade> trades = daily({1, 2, -1, 3, 0, 4, -2, -3});
  const TradeStats stats = trade_stats(trades);
  CHECK(stats.avg_consecutive_win_pnl.value() == Approx((3 + 3 + 4) / 3.0));
  CHECK(stats.avg_consecutive_loss_pnl.value() == Approx((-1 - 5) / 2.0));
  std::swap(trades[0].close_timestamp, trades[7].close_timestamp);
  CHECK(trade_stats(trades).avg_consecutive_win_pnl == stats.avg_consecutive_win_pnl);
}

TEST_CASE("an account blown inside a trade or by its close has no yearly return, calmar or recovery") {
  std::vector<ClosedTrade> trades = daily(mixed(14));
  REQUIRE(trade_stats(trades).expected_yearly_returns);
  REQUIRE(trade_stats(trades).calmar_ratio);
  for (const bool by_trough : {true, false}) {
    std::vector<ClosedTrade> blown = trades;
    if (by_trough) {
      blown[5].fall_pnl = -100;
    } else {
      blown[5].pnl_percentage = -100;
    }
    const TradeStats stats = trade_stats(blown);
    CHECK_FALSE(stats.expected_yearly_returns);
    CHECK_FALSE(stats.calmar_ratio);
    CHECK_FALSE(stats.recovery_factor);
    CHECK(stats.annualized_sharpe_ratio);
  }
}

TEST_CASE("a trough above zero is ignored, one below deepens the drawdown only") {
  std::vector<ClosedTrade> trades = daily(std::vector<double>(10, 1.0));
  trades[2].fall_pnl = 5;
  CHECK_FALSE(trade_stats(trades).recovery_factor);
  trades[2].fall_pnl = -2;
  const double gain = (std::pow(1.01, 10) - 1) * 100;
  CHECK(trade_stats(trades).recovery_factor.value() == Approx(gain / 2));
}

TEST_CASE("ratios are clamped and large yearly returns are withheld") {
  std::vector<ClosedTrade> trades = daily(std::vector<double>(12, 1.0), 10);
  trades[4].fall_pnl = -0.0001;
  CHECK(trade_stats(trades).recovery_factor == 1000.0);
  CHECK(trade_stats(trades).calmar_ratio == 1000.0);
  CHECK_FALSE(trade_stats(daily(std::vector<double>(12, 20.0), 10)).expected_yearly_returns);
}

TEST_CASE("certainty is zero without wins and absent without losses") {
  CHECK(trade_stats(daily(std::vector<double>(10, -1.0))).certainty_ratio == 0.0);
  CHECK_FALSE(trade_stats(daily(std::vector<double>(10, 1.0))).certainty_ratio);
  CHECK_FALSE(trade_stats(daily(std::vector<double>(10, -1e-10))).certainty_ratio);
}

TEST_CASE("with a cap the oldest arrivals are forgotten, without one all count") {
  std::vector<double> results(260, 1.0);
  results[3] = -50;
  const std::vector<ClosedTrade> trades = daily(results);
  CHECK(trade_stats(trades).total_signals == 260);
  CHECK(trade_stats(trades).loss_count == 1);
  CHECK(trade_stats(trades, 250).total_signals == 250);
  CHECK(trade_stats(trades, 250).loss_count == 0);
}

TEST_CASE("snapshots are averaged over the trades that have them") {
  std::vector<ClosedTrade> trades = daily({1, 2, 3});
  trades[0].peak_pnl = 4;
  trades[2].peak_pnl = 2;
  trades[1].fall_pnl = -1;
  const TradeStats stats = trade_stats(trades);
  CHECK(stats.avg_peak_pnl == 3.0);
  CHECK(stats.avg_fall_pnl == -1.0);
}

TEST_CASE("the price profile reads the closes in time order") {
  std::vector<ClosedTrade> trades = daily(mixed(12), 1);
  for (std::size_t i = 0; i < trades.size(); ++i)
    trades[i].close_price = 100 * std::pow(1.01, static_cast<double>(i));
  PriceProfile profile = trade_stats(trades).profile;
  CHECK(profile.trend == Trend::bullish);
  CHECK(profile.trend_strength.value() == Approx(std::log(1.01) * 100));
  CHECK(profile.trend_confidence.value() == Approx(1));
  CHECK(profile.buyer_pressure == 1.0);
  CHECK(profile.seller_strength == 0.0);
  CHECK(profile.pressure_imbalance == 1.0);
  CHECK(profile.median_step_size.value() == Approx(1));

  for (ClosedTrade& t : trades) t.close_price = 1 / t.close_price;
  CHECK(trade_stats(trades).profile.trend == Trend::bearish);

  for (ClosedTrade& t : trades) t.close_price = 5;
  profile = trade_stats(trades).profile;
  CHECK(profile.trend == Trend::sideways);
  CHECK(profile.trend_confidence == 0.0);
  CHECK_FALSE(profile.buyer_pressure);

  trades[0].close_price = trades[1].close_price = trades[2].close_price = 0;
  CHECK_FALSE(trade_stats(trades).profile.median_step_size);
}

TEST_CASE("a trend small against its steps is neutral, and simultaneous closes have none") {
  std::vector<ClosedTrade> trades = daily(mixed(40), 10);
  for (std::size_t i = 0; i < trades.size(); ++i) {
    trades[i].close_price = 100 * std::pow(1.005, static_cast<double>(i)) * (i % 2 == 0 ? 1.01 : 1);
  }
  CHECK(trade_stats(trades).profile.trend == Trend::neutral);
  for (ClosedTrade& t : trades) t.close_timestamp = kStart;
  CHECK_FALSE(trade_stats(trades).profile.trend);
  CHECK(trade_stats(trades).profile.median_step_size);
}

TEST_CASE("what is not finite is absent") {
  std::vector<ClosedTrade> trades = daily(mixed(12));
  trades[0].pnl_percentage = std::nan("");
  const TradeStats stats = trade_stats(trades);
  for (const StatField& field : trade_stat_fields()) {
    const StatValue value = field.value(stats);
    INFO(field.snake);
    if (const auto* number = std::get_if<double>(&value)) CHECK(std::isfinite(*number));
  }
  CHECK_FALSE(stats.avg_pnl);
}

TEST_CASE("fields are found by name and have one spelling in two cases") {
  std::set<std::string_view> names;
  for (const StatField& field : trade_stat_fields()) {
    CHECK(names.insert(field.snake).second);
    CHECK(find_trade_stat(field.snake) == &field);
    std::string camel;
    bool raise = false;
    for (const char c : field.snake) {
      if (c == '_') {
        raise = true;
      } else {
        camel += raise ? static_cast<char>(c - 'a' + 'A') : c;
        raise = false;
      }
    }
    CHECK(camel == field.camel);
  }
  CHECK(names.size() == 32);
  CHECK(find_trade_stat("win_ratio") == nullptr);
  const StatValue value = find_trade_stat("win_count")->value(trade_stats(daily({1, -1})));
  CHECK(std::get<std::size_t>(value) == 1);
}
