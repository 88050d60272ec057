#include "engine/equity.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace btk;

namespace {

MoneyTrade trade(Timestamp opened, Timestamp closed, double percent, double cost = 100) {
  return {.pending_at = opened,
          .close_timestamp = closed,
          .pnl_percentage = percent,
          .cost = cost,
          .entry_notional = cost,
          .close_notional = cost * (1 + percent / 100)};
}

}  // namespace

TEST_CASE("results are percent of the cost and add up on the capital") {
  const std::vector<MoneyTrade> trades{trade(0, 10, 5), trade(10, 20, -10, 200), trade(20, 30, 4, 50)};
  const MoneySummary summary = money_summary(trades, 1000, 0.1, 0, 100);
  CHECK(summary.result == Approx(5 - 20 + 2));
  CHECK(summary.final_capital == Approx(987));
  CHECK(summary.result_percent.value() == Approx(-1.3));
  CHECK(summary.fees == Approx(0.001 * (100 + 105 + 200 + 180 + 50 + 52)));
  CHECK(summary.best == 0u);
  CHECK(summary.worst == 1u);
  CHECK(summary.drawdown.amount == Approx(20));
  CHECK(summary.drawdown.percent.value() == Approx(20.0 / 1005 * 100));
}

TEST_CASE("the drawdown walks close times and starts at the capital") {
  // Arrives as win, loss; closes as loss, win.
  const std::vector<MoneyTrade> trades{trade(0, 20, 50), trade(0, 10, -30)};
  CHECK(max_drawdown(trades, 1000).amount == Approx(30));
  CHECK(max_drawdown(trades, 1000).percent.value() == Approx(3));
  CHECK(max_drawdown({}, 1000).amount == 0);
  CHECK(max_drawdown({}, 1000).percent == 0.0);
  CHECK_FALSE(max_drawdown({}, 0).percent);
}

TEST_CASE("amount and percent of the drawdown belong to one fall") {
  // 1000 -> 900 is 100, 10 %; 3000 -> 2800 is 200, 6.7 %.
  const std::vector<MoneyTrade> trades{trade(0, 10, -100), trade(10, 20, 2100), trade(20, 30, -200)};
  CHECK(max_drawdown(trades, 1000).amount == Approx(100));
  CHECK(max_drawdown(trades, 1000).percent.value() == Approx(10));
}

TEST_CASE("the best and the worst trade are those of the results in percent, whatever their stakes") {
  const std::vector<MoneyTrade> trades{trade(0, 10, 5), trade(10, 20, 1, 1000), trade(20, 30, -1, 1000),
                                       trade(30, 40, -5)};
  CHECK(best_trade(trades) == 0u);
  CHECK(worst_trade(trades) == 3u);
}

TEST_CASE("exposure counts each moment of the frame once") {
  const std::vector<MoneyTrade> trades{trade(-50, 10, 1), trade(5, 20, 1), trade(8, 12, 1),
                                       trade(90, 200, 1)};
  CHECK(exposure(trades, 0, 100).value() == Approx(30));
  CHECK(exposure({}, 0, 100) == 0.0);
  CHECK(exposure({{trade(200, 300, 1)}}, 0, 100) == 0.0);
  CHECK_FALSE(exposure(trades, 100, 100));
}

TEST_CASE("nothing to compare gives nothing") {
  CHECK_FALSE(best_trade({}));
  CHECK_FALSE(worst_trade({}));
  CHECK(buy_and_hold(100, 125).value() == Approx(25));
  CHECK_FALSE(buy_and_hold(0, 125));
  CHECK_FALSE(money_summary({}, 0, 0.1, 0, 1).result_percent);
}
