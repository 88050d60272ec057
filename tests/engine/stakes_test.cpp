#include "engine/stakes.h"

#include <catch2/catch.hpp>

using namespace btk;

namespace {

MoneyTrade trade(Timestamp opened, Timestamp closed, double percent, double cost) {
  MoneyTrade t;
  t.pending_at = opened;
  t.close_timestamp = closed;
  t.pnl_percentage = percent;
  t.cost = cost;
  return t;
}

}  // namespace

TEST_CASE("What was staked at once is the sum of the trades that were open together", "[stakes]") {
  CHECK(highest_stake({}) == 0);
  const std::vector<MoneyTrade> trades{trade(0, 10, 1, 100), trade(5, 20, 1, 200), trade(20, 30, 1, 250), trade(10, 15, 1, 50)};
  CHECK(highest_stake(trades) == 300);
}

TEST_CASE("Capital is used up with the first close that leaves nothing", "[stakes]") {
  const std::vector<MoneyTrade> trades{trade(0, 4 * kMinute, -50, 100), trade(0, 2 * kMinute, -60, 100), trade(0, 9 * kMinute, 400, 100)};
  CHECK(capital_used_up(trades, 110) == 4 * kMinute);
  CHECK(capital_used_up(trades, 60) == 2 * kMinute);
  CHECK_FALSE(capital_used_up(trades, 111));
}

TEST_CASE("Stakes beyond the capital are told, those within it are not", "[stakes]") {
  const std::vector<MoneyTrade> trades{trade(0, kHour, -90, 100), trade(0, 2 * kHour, -90, 100)};
  CHECK(stake_warnings(trades, 200).empty());
  CHECK(stake_warnings(trades, 150) ==
        std::vector<std::string>{"up to 200.00 were staked at once with 150.00 of capital (cost, --capital)",
                                 "the capital of 150.00 was used up on 1970-01-01 02:00; no account could have made the trades after that"});
}
