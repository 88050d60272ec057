#include "engine/walker.h"

#include <catch2/catch.hpp>

namespace btk {
namespace {

constexpr double kDay = 86'400'000;

// One trade every other day with these results in percent.
std::vector<ClosedTrade> trades(const std::vector<double>& results, double first = kDay) {
  std::vector<ClosedTrade> list;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const double opened = first + static_cast<double>(2 * i) * kDay;
    list.push_back({"t" + std::to_string(i), opened, opened + kDay / 2, 100, results[i]});
  }
  return list;
}

std::vector<std::string> names(const std::vector<const WalkerResult*>& results) {
  std::vector<std::string> out;
  for (const WalkerResult* result : results) out.push_back(result->strategy_name);
  return out;
}

}  // namespace

TEST_CASE("The strategy with the highest value wins, and of equal ones the earlier", "[walker]") {
  WalkerRanking ranking("total_pnl");
  ranking.add("a", trades({1, 1}));
  ranking.add("b", trades({3}));
  ranking.add("c", trades({2, 1}));
  ranking.add("d", trades({-1}));
  REQUIRE(ranking.best() != nullptr);
  CHECK(ranking.best()->strategy_name == "b");
  CHECK(ranking.best_after(0)->strategy_name == "a");
  CHECK(ranking.best_after(2)->strategy_name == "b");
  // The table shows equal values newest first, as the reference's does.
  CHECK(names(ranking.ranked()) == std::vector<std::string>{"c", "b", "a", "d"});
}

TEST_CASE("A strategy without a value never wins and comes last", "[walker]") {
  WalkerRanking ranking;  // the Sharpe ratio needs ten trades
  ranking.add("few", trades({5, 5}));
  CHECK(ranking.best() == nullptr);
  ranking.add("none", {});
  ranking.add("losing", trades({-1, -2, -1, -2, -1, -2, -1, -2, -1, -2}));
  REQUIRE(ranking.best() != nullptr);
  CHECK(ranking.best()->strategy_name == "losing");
  CHECK(*ranking.best()->metric_value < 0);
  CHECK(ranking.best_after(1) == nullptr);
  CHECK(names(ranking.ranked()) == std::vector<std::string>{"losing", "none", "few"});
}

TEST_CASE("Every metric of the reference is known by both spellings, words and unknown names have no value", "[walker]") {
  std::vector<double> results;
  for (int i = 0; i < 30; ++i) results.push_back(i % 3 == 0 ? -0.2 : 0.15);
  const TradeStats stats = trade_stats(trades(results));
  for (const std::string_view metric : walker_metrics()) {
    INFO(metric);
    CHECK(is_metric(metric));
    CHECK(metric_value(stats, metric).has_value());
  }
  CHECK(metric_value(stats, "winRate") == stats.win_rate);
  CHECK(metric_value(stats, "annualizedSharpeRatio") == stats.annualized_sharpe_ratio);
  CHECK(metric_value(stats, "total_signals") == 30.0);
  CHECK_FALSE(metric_value(stats, "trend").has_value());
  CHECK_FALSE(is_metric("trend"));
  CHECK_FALSE(metric_value(stats, "luck").has_value());
  CHECK_FALSE(is_metric("luck"));
}

TEST_CASE("A result knows when its trades began and ended", "[walker]") {
  WalkerRanking ranking("avg_pnl");
  const WalkerResult& traded = ranking.add("a", trades({1, -1, 2}, 5 * kDay));
  CHECK(traded.first_event_time == 5 * kDay);
  CHECK(traded.last_event_time == 9.5 * kDay);
  const WalkerResult& idle = ranking.add("b", {});
  CHECK_FALSE(idle.first_event_time.has_value());
  CHECK_FALSE(idle.metric_value.has_value());
}

}  // namespace btk
