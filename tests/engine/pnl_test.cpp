#include "engine/pnl.h"

#include <catch2/catch.hpp>

#include "engine/error.h"

using namespace btk;

namespace {

// A position at 100 unless it says otherwise; partial closes fill in their own basis.
struct Position : Signal {
  explicit Position(Side side, std::vector<Entry> buys = {{100, 100}}) {
    position = side;
    price_open = buys.empty() ? 100 : buys.front().price;
    cost = buys.empty() ? 100 : buys.front().cost;
    entries = std::move(buys);
  }
  Position& close(double percent, double at) {
    partials.push_back({true, percent, at, remaining_basis(*this), entries.size()});
    return *this;
  }
  Position& buy(double price, double dollars) {
    entries.push_back({price, dollars});
    return *this;
  }
  Position& leverage(double m) {
    multiplier = m;
    return *this;
  }
};

Position long_of(std::vector<Entry> buys = {{100, 100}}) {
  return Position(Side::long_side, std::move(buys));
}
Position short_of(std::vector<Entry> buys = {{100, 100}}) {
  return Position(Side::short_side, std::move(buys));
}

const Costs kCosts{Config{}};

Approx digits(double value) { return Approx(value).epsilon(1e-12).margin(0); }

void check_pnl(const Signal& s, double close, double percent, double dollars, double effective) {
  const Pnl pnl = pnl_at(s, close, kCosts);
  CHECK(pnl.pnl_percentage == digits(percent));
  CHECK(pnl.pnl_cost == digits(dollars));
  CHECK(pnl.price_open == digits(effective));
  CHECK(pnl.price_close == close);
  CHECK(pnl.pnl_entries == invested(s));
  CHECK(effective_price(s) == digits(effective));
}

}  // namespace

TEST_CASE("a simple position earns the move less slippage and fees") {
  check_pnl(long_of(), 110, 9.570439560439567, 9.570439560439567, 100);
  check_pnl(short_of(), 90, 9.629639639639656, 9.629639639639656, 100);
  check_pnl(short_of(), 110, -10.43044044044042, -10.43044044044042, 100);
}

TEST_CASE("a trade that goes nowhere costs about 0.4 percent") {
  check_pnl(long_of(), 100, -0.39960039960038823, -0.39960039960038823, 100);
  CHECK(pnl_at(short_of(), 100, kCosts).pnl_percentage == Approx(-0.4004004).epsilon(1e-7));
}

TEST_CASE("leverage multiplies the result and its costs") {
  check_pnl(long_of().leverage(5), 95, -26.923101898101866, -26.923101898101866, 100);
}

TEST_CASE("several purchases count by the coins that they bought") {
  check_pnl(long_of({{100, 100}, {80, 100}}), 95, 6.454802072927095, 12.909604145854193, 88.88888888888889);
  check_pnl(long_of({{100, 100}, {80, 300}}), 95, 12.374513299200798, 49.49805319680319, 84.21052631578948);
}

TEST_CASE("partial closes keep what they earned, the rest follows the price") {
  check_pnl(long_of().close(30, 105), 110, 8.07493356643357, 8.07493356643357, 100);

  const Signal twice = long_of().close(50, 105).close(50, 108);
  check_pnl(twice, 110, 6.5794275724275755, 6.579427572427575, 100);
  CHECK(closed_percent(twice) == digits(75));
  CHECK(closed_dollars(twice) == digits(75));
  CHECK(remaining_basis(twice) == digits(25));
}

TEST_CASE("purchases after a partial close blend with what is left") {
  const Signal s = long_of().close(50, 105).buy(80, 100);
  check_pnl(s, 95, 8.947312062937081, 17.894624125874163, 85.71428571428571);
  CHECK(closed_percent(s) == digits(25));
  CHECK(remaining_basis(s) == digits(150));

  const Signal mixed = long_of({{100, 100}, {80, 100}}).close(40, 95).buy(70, 50).close(25, 90);
  check_pnl(mixed, 92, 9.324037144284304, 23.31009286071076, 82.35294117647058);
  CHECK(closed_percent(mixed) == digits(49));
  CHECK(remaining_basis(mixed) == digits(127.5));

  check_pnl(short_of({{100, 100}, {120, 100}}).close(50, 105), 90, 10.256517142142142, 20.513034284284284,
            109.09090909090908);
}

TEST_CASE("a row without entries stands for one at its own price and cost") {
  Position s = long_of({});
  s.cost = 250;
  check_pnl(s, 101, 0.5974035964036031, 1.4935089910090076, 100);
  CHECK(remaining_basis(s) == 250);
}

TEST_CASE("once everything is closed later prices do not matter") {
  check_pnl(long_of().close(100, 105), 200, 4.585419580419582, 4.585419580419582, 100);
  check_pnl(long_of().close(100, 105), 1, 4.585419580419582, 4.585419580419582, 100);
  CHECK(closed_percent(long_of().close(100, 105)) == 100);
}

TEST_CASE("liquidation takes the margin and no more, a stop without isolation takes what it takes") {
  Position s = long_of().leverage(10);
  check_pnl(s, *liquidation_price(s, kCosts), -99.99999999999997, -99.99999999999997, 100);
  CHECK(pnl_at(s, 85, kCosts).pnl_percentage == digits(-153.5466033966033));
}

TEST_CASE("liquidation prices of an entry at 100") {
  struct Row {
    double leverage, of_long, of_short;
  };
  const std::vector<Row> table{
      {1, 0.10030050070099605, 199.30129810249687}, {2, 50.250550851151495, 149.45104845204744},
      {5, 80.3407010614218, 119.54089866177779},    {10, 90.3707511315119, 109.5708487316879},
      {20, 95.38577616655694, 104.58582376664296},  {50, 98.39479118758398, 101.59480878761599},
      {100, 99.39779619459298, 100.597803794607},   {125, 99.59839719599478, 100.3984027960052}};
  for (const Row& row : table) {
    INFO("leverage " << row.leverage);
    CHECK(liquidation_price(long_of().leverage(row.leverage), kCosts).value() == digits(row.of_long));
    CHECK(liquidation_price(short_of().leverage(row.leverage), kCosts).value() == digits(row.of_short));
  }
}

TEST_CASE("there is no liquidation when nothing is held or the price cannot fall that far") {
  CHECK_FALSE(liquidation_price(long_of().close(100, 105), kCosts));
  CHECK_FALSE(liquidation_price(long_of().leverage(0.5), kCosts));
}

TEST_CASE("liquidation with purchases and partial closes still stands at minus 100 percent") {
  for (const Position& s : {long_of({{100, 100}, {90, 200}}).leverage(7).close(20, 97),
                            short_of({{100, 100}, {120, 50}}).leverage(4).close(35, 101).buy(125, 70)}) {
    CHECK(pnl_at(s, *liquidation_price(s, kCosts), kCosts).pnl_percentage == Approx(-100).epsilon(1e-11));
  }
}

TEST_CASE("fees are what a trade without fees would have earned more") {
  Config free;
  free.percent_fee = 0;
  for (const Position& s :
       {long_of(), short_of().leverage(3), long_of().close(30, 105), long_of().close(100, 105),
        long_of({{100, 100}, {80, 100}}).close(40, 95).buy(70, 50).close(25, 90).leverage(2)}) {
    const double without = pnl_at(s, 92, Costs(free)).pnl_cost;
    CHECK(fees_paid(s, 92, kCosts) == Approx(without - pnl_at(s, 92, kCosts).pnl_cost).epsilon(1e-11));
  }
  CHECK(fees_paid(long_of(), 110, kCosts) == digits(0.2097802197802198));
}

TEST_CASE("partial closes beyond what was invested are reported, not traded on") {
  Position s = long_of().close(80, 105);
  s.partials.push_back({true, 50, 105, 100, 1});
  CHECK_THROWS_AS(pnl_at(s, 105, kCosts), Error);
}

TEST_CASE("break-even asks for the costs of both sides and its margin") {
  CHECK(breakeven_threshold(Config{}) == 0.6000000000000001);
}
