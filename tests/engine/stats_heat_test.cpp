#include "engine/stats_heat.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace btk;

namespace {

constexpr double kStart = 1'700'000'000'000;

// One trade every two days, open for an hour.
SymbolTrades list(const std::string& symbol, const std::vector<double>& results) {
  SymbolTrades made{symbol, {}};
  double opened = kStart;
  for (const double pnl : results) {
    made.trades.push_back({.id = "t",
                           .pending_at = opened,
                           .close_timestamp = opened + 3'600'000,
                           .close_price = 100,
                           .pnl_percentage = pnl});
    opened += 2 * kDayMs;
  }
  return made;
}

std::vector<double> repeated(std::size_t count, double win, double loss) {
  std::vector<double> results;
  for (std::size_t i = 0; i < count; ++i) results.push_back(i % 2 == 0 ? win : loss);
  return results;
}

}  // namespace

TEST_CASE("a heat map that was never fed is empty") {
  const HeatStats stats = heat_stats({});
  CHECK(stats.symbols.empty());
  CHECK(stats.portfolio.total_symbols == 0);
  CHECK_FALSE(stats.portfolio.total_pnl);
}

TEST_CASE("symbols come best Sharpe ratio first; those without one last, in order of arrival") {
  const std::vector lists{list("FEW", {1, 2}), list("POOR", repeated(10, 1, -0.9)), list("ALSO_FEW", {3}),
                          list("GOOD", repeated(10, 1, -0.1))};
  std::vector<std::string> order;
  for (const HeatRow& row : heat_stats(lists).symbols) order.push_back(row.symbol);
  CHECK(order == std::vector<std::string>{"GOOD", "POOR", "FEW", "ALSO_FEW"});
}

TEST_CASE("a heat row says nothing where the back-test says zero") {
  const HeatRow flat = heat_stats(std::vector{list("FLAT", std::vector<double>(10, 0.0))}).symbols.at(0);
  CHECK_FALSE(flat.trades.win_rate);
  CHECK_FALSE(flat.trades.expectancy);
  const HeatRow losing = heat_stats(std::vector{list("LOSING", std::vector<double>(10, -1.0))}).symbols.at(0);
  CHECK_FALSE(losing.trades.certainty_ratio);
  CHECK_FALSE(losing.profit_factor);
}

TEST_CASE("profit factor, averages, streaks and drawdown of a row need no ten trades") {
  const HeatRow row = heat_stats(std::vector{list("A", {2, 4, -1, -2, -1, 3})}).symbols.at(0);
  CHECK(row.profit_factor.value() == Approx(9.0 / 4));
  CHECK(row.avg_win == 3.0);
  CHECK(row.avg_loss.value() == Approx(-4.0 / 3));
  CHECK(row.max_win_streak == 2);
  CHECK(row.max_loss_streak == 3);
  CHECK(row.max_drawdown == Approx(100 * (1 - 0.99 * 0.98 * 0.99)));
  CHECK_FALSE(row.trades.std_dev);
}

TEST_CASE("rows with unusable times count in everything but the durations") {
  SymbolTrades trades = list("A", {1, 2});
  trades.trades[0].pending_at = 0;
  const HeatStats stats = heat_stats(std::vector{trades});
  CHECK(stats.symbols.at(0).trades.total_pnl == 3.0);
  CHECK(stats.symbols.at(0).trades.avg_duration == 60.0);
  CHECK(stats.portfolio.total_trades == 2);
}

TEST_CASE("the portfolio pools the trades and weighs the symbols' averages by their trades") {
  std::vector lists{list("A", {1, 1, 1, 1, 1, 1}), list("B", {-1, -1, -1, -1})};
  for (ClosedTrade& t : lists[0].trades) t.peak_pnl = 2;
  lists[1].trades[0].peak_pnl = 1;  // one snapshot, but it weighs as much as its symbol
  const Portfolio portfolio = heat_stats(lists).portfolio;
  CHECK(portfolio.total_pnl == 2.0);
  CHECK(portfolio.sharpe_ratio);
  CHECK(portfolio.avg_peak_pnl.value() == Approx((6 * 2.0 + 4 * 1.0) / 10));
  CHECK(portfolio.peak_profit_pnl == 2.0);
  lists[1].trades.pop_back();
  CHECK_FALSE(heat_stats(lists).portfolio.sharpe_ratio);  // nine trades
}

TEST_CASE("the cap of the heat map is per symbol") {
  const std::vector lists{list("A", {9, 1, 1}), list("B", {1, 1})};
  const HeatStats stats = heat_stats(lists, 2);
  CHECK(stats.portfolio.total_trades == 4);
  CHECK(stats.portfolio.total_pnl == 4.0);
}
