// Commands on an open position (engine.md 7): when they are taken, what they change,
// how they are announced. Prices are given with the command unless the test is about the default.
#include <limits>

#include "tests/engine/trader_kit.h"

using namespace btk;
using namespace btk::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Runs `command` in the ping of minute 7 on a position opened at 100.
Play on_position(SignalRequest request, Play::Command command, const Config& config = {}) {
  Play play(Market().flat(20, 100));
  play.config = config;
  play.signal(5, std::move(request)).ping(7, std::move(command)).run();
  return play;
}
Play on_long(Play::Command command, const Config& config = {}) {
  return on_position(go_long(120, 90), std::move(command), config);
}
Play on_short(Play::Command command, const Config& config = {}) {
  return on_position(go_short(80, 110), std::move(command), config);
}

const Signal& row(const Trader& t) { return *t.pending(); }

}  // namespace

// Partial closes

TEST_CASE("a partial profit closes a share of what is left, at once") {
  const Play play = on_long([](Trader& t) {
    CHECK(t.commit_partial(true, 30, 105));
    CHECK(closed_percent(row(t)) == Approx(30));
    CHECK(t.commit_partial(true, 50, 106));
    CHECK(closed_percent(row(t)) == Approx(65));
    CHECK(remaining_basis(row(t)) == Approx(35));
    CHECK(row(t).partials.at(0).profit);
    CHECK(row(t).partials.at(1).cost_basis_at_close == Approx(70));
  });
  const auto told = play.events(EventKind::commit);
  REQUIRE(told.size() == 2);
  CHECK(told[0].commit == CommitAction::partial_profit);
  CHECK(told[0].time == minute(7));
  CHECK(told[0].current_price == 105);
  CHECK(told[0].amount == 30);
  CHECK(told[0].pnl.price_close == 105);
}

TEST_CASE("a partial loss closes below the entry") {
  on_long([](Trader& t) {
    CHECK(t.commit_partial(false, 30, 95));
    CHECK_FALSE(row(t).partials.at(0).profit);
  });
  on_short([](Trader& t) { CHECK(t.commit_partial(false, 30, 105)); });
}

TEST_CASE("partials: the percentage is within 0 to 100, the price is a price") {
  on_long([](Trader& t) {
    for (const double percent : {0.0, -1.0, 100.01, kNaN}) CHECK_FALSE(t.commit_partial(true, percent, 105));
    for (const double price : {0.0, -5.0, kNaN, std::numeric_limits<double>::infinity()}) {
      CHECK_FALSE(t.commit_partial(true, 10, price));
    }
    CHECK(row(t).partials.empty());
  });
}

TEST_CASE("partials: profit lies beyond the effective entry, loss before it, the entry itself is neither") {
  on_long([](Trader& t) {
    CHECK_FALSE(t.commit_partial(true, 10, 99));
    CHECK_FALSE(t.commit_partial(true, 10, 100));
    CHECK_FALSE(t.commit_partial(false, 10, 100));
    CHECK_FALSE(t.commit_partial(false, 10, 101));
  });
  on_short([](Trader& t) {
    CHECK(t.commit_partial(true, 10, 99));
    CHECK_FALSE(t.commit_partial(true, 10, 100));
    CHECK_FALSE(t.commit_partial(false, 10, 99));
  });
}

TEST_CASE("partials: not at or beyond the level that would close the position anyway") {
  on_long([](Trader& t) {
    CHECK_FALSE(t.commit_partial(true, 10, 120));
    CHECK_FALSE(t.commit_partial(false, 10, 90));
    CHECK(t.commit_partial(true, 10, 119.99));
    CHECK(t.commit_partial(false, 10, 90.01));
  });
  on_short([](Trader& t) {
    CHECK_FALSE(t.commit_partial(true, 10, 80));
    CHECK_FALSE(t.commit_partial(false, 10, 110));
  });
}

TEST_CASE("partials everywhere: direction does not matter, the levels still do") {
  Config config;
  config.enable_pppl_everywhere = true;
  on_long(
      [](Trader& t) {
        CHECK(t.commit_partial(true, 10, 95));
        CHECK(t.commit_partial(false, 10, 105));
        CHECK_FALSE(t.commit_partial(true, 10, 120));
        CHECK_FALSE(t.commit_partial(false, 10, 90));
      },
      config);
}

TEST_CASE("partials in dollars are a share of what is left") {
  on_long([](Trader& t) {
    CHECK(t.commit_partial_cost(true, 25, 105));
    CHECK(t.commit_partial_cost(true, 25, 105));
    CHECK(row(t).partials.at(1).percent == Approx(100.0 / 3));
    CHECK(closed_percent(row(t)) == Approx(50));
    CHECK_FALSE(t.commit_partial_cost(true, 51, 105));
    CHECK_FALSE(t.commit_partial_cost(true, kNaN, 105));
    CHECK_FALSE(t.commit_partial_cost(true, 0, 105));
  });
}

TEST_CASE("closing everything in parts ends the position on the next candle, at the result it has") {
  Play play(Market().flat(8, 100).flat(10, 104));
  play.signal(5, go_long()).ping(7, [](Trader& t) {
    CHECK(t.commit_partial(true, 100, 105));
    CHECK(t.pending() == nullptr);
    CHECK_FALSE(t.commit_partial(true, 10, 105));
  });
  const FinishedSignal& f = play.run().only();
  CHECK(f.close_reason == CloseReason::closed);
  CHECK(f.close_timestamp == minute(8));
  CHECK(f.pnl.pnl_percentage == Approx(4.585419580419582).epsilon(1e-12));
  const auto told = play.events(EventKind::commit);
  REQUIRE(told.size() == 2);
  CHECK(told[0].commit == CommitAction::partial_profit);
  CHECK(told[1].commit == CommitAction::close_pending);
  CHECK(told[1].note == "full_partial_close");
}

TEST_CASE("without a price a command takes the average of the closed candles") {
  Play play(Market().flat(10, 100).flat(5, 105));
  play.signal(5, go_long()).ping(11, [](Trader& t) { CHECK(t.commit_partial(true, 10)); }).run();
  const Event told = play.events(EventKind::commit).at(0);
  CHECK(told.current_price == 101);  // the ping itself says 102
}

// Trailing

TEST_CASE("a trailing stop lies at the original distance plus the shift, always from the original") {
  on_long([](Trader& t) {
    CHECK(t.commit_trailing_stop(-5, 100));
    CHECK(row(t).stop() == Approx(95));
    CHECK(t.commit_trailing_stop(-7, 100));
    CHECK(row(t).stop() == Approx(97));
    CHECK(t.commit_trailing_stop(-13, 104));
    CHECK(row(t).stop() == Approx(103));
    CHECK(row(t).price_stop_loss == 90);
  });
  on_short([](Trader& t) {
    CHECK(t.commit_trailing_stop(-5, 100));
    CHECK(row(t).stop() == Approx(105));
  });
}

TEST_CASE("a trailing take profit likewise") {
  on_long([](Trader& t) {
    CHECK(t.commit_trailing_take(-5, 100));
    CHECK(row(t).take() == Approx(115));
  });
  on_short([](Trader& t) {
    CHECK(t.commit_trailing_take(-5, 100));
    CHECK(row(t).take() == Approx(85));
  });
}

TEST_CASE("the first trailing call may loosen, later ones only tighten, everywhere lifts that") {
  const auto calls = [](bool expected) {
    return [=](Trader& t) {
      CHECK(t.commit_trailing_stop(3, 100));
      CHECK(row(t).stop() == Approx(87));
      CHECK(t.commit_trailing_stop(-2, 100));
      CHECK(t.commit_trailing_stop(-1, 100) == expected);
      CHECK(t.commit_trailing_stop(-2, 100) == expected);
      CHECK(t.commit_trailing_take(4, 100));
      CHECK(t.commit_trailing_take(5, 100) == expected);
      CHECK(t.commit_trailing_take(-5, 100));
    };
  };
  on_long(calls(false));
  on_short([](Trader& t) {
    CHECK(t.commit_trailing_stop(3, 100));
    CHECK_FALSE(t.commit_trailing_stop(4, 100));
    CHECK(t.commit_trailing_take(4, 100));
    CHECK_FALSE(t.commit_trailing_take(5, 100));
  });
  Config config;
  config.enable_trailing_everywhere = true;
  on_long(calls(true), config);
}

TEST_CASE("a trailing level must not have been passed by the price, nor cross the other level") {
  on_long([](Trader& t) {
    CHECK_FALSE(t.commit_trailing_stop(-5, 94.9));   // the stop would lie above the price
    CHECK_FALSE(t.commit_trailing_stop(-30, 125));   // at the take profit
    CHECK_FALSE(t.commit_trailing_take(-5, 115.1));  // the take profit would lie below the price
    CHECK_FALSE(t.commit_trailing_take(-30, 89));    // at the stop
    CHECK(t.commit_trailing_stop(-5, 95.1));
  });
  on_short([](Trader& t) {
    CHECK_FALSE(t.commit_trailing_stop(-5, 105.1));
    CHECK_FALSE(t.commit_trailing_stop(-30, 75));
    CHECK_FALSE(t.commit_trailing_take(-5, 84.9));
    CHECK_FALSE(t.commit_trailing_take(-30, 111));
  });
}

TEST_CASE("a shift is a number other than zero within 100") {
  on_long([](Trader& t) {
    for (const double shift : {0.0, 100.1, -100.1, kNaN}) {
      CHECK_FALSE(t.commit_trailing_stop(shift, 100));
      CHECK_FALSE(t.commit_trailing_take(shift, 100));
    }
    CHECK_FALSE(t.commit_trailing_stop(-5, 0));
    CHECK_FALSE(t.commit_trailing_stop(-5, kNaN));
  });
}

TEST_CASE("trailing levels can be given as prices") {
  const Play play = on_long([](Trader& t) {
    CHECK(t.commit_trailing_stop_cost(96, 100));
    CHECK(row(t).stop() == Approx(96));
    CHECK(t.commit_trailing_take_cost(112, 100));
    CHECK(row(t).take() == Approx(112));
    CHECK_FALSE(t.commit_trailing_stop_cost(kNaN, 100));
    CHECK_FALSE(t.commit_trailing_stop_cost(95, 100));  // looser
  });
  CHECK(play.events(EventKind::commit).at(0).commit == CommitAction::trailing_stop);
  CHECK(play.events(EventKind::commit).at(0).amount == Approx(-6));
  on_short([](Trader& t) {
    CHECK(t.commit_trailing_stop_cost(104, 100));
    CHECK(row(t).stop() == Approx(104));
    CHECK(t.commit_trailing_take_cost(88, 100));
    CHECK(row(t).take() == Approx(88));
  });
}

TEST_CASE("trailing levels close the position") {
  Play play(Market().flat(8, 100).bar(97, 100, 100).flat(3, 100));
  play.signal(5, go_long(120, 90)).ping(7, [](Trader& t) { CHECK(t.commit_trailing_stop_cost(97)); }).run();
  CHECK(play.only().close_reason == CloseReason::stop_loss);
  CHECK(play.only().current_price == Approx(97));
}

TEST_CASE("an average buy leaves a trailing level where it is; the next call starts from the new entry") {
  on_long([](Trader& t) {
    CHECK(t.commit_trailing_stop(-5, 100));
    CHECK(t.commit_average_buy(100, 96));
    CHECK(row(t).stop() == Approx(95));
    const double effective = effective_price(row(t));
    CHECK(t.commit_trailing_stop(-7, 100));
    CHECK(row(t).stop() == Approx(effective * (1 - ((effective - 90) / effective * 100 - 7) / 100)));
  });
}

// Break-even

TEST_CASE("break-even moves the stop to the entry once costs and margin are covered") {
  on_long([](Trader& t) {
    CHECK_FALSE(t.breakeven_possible(100.59));
    CHECK_FALSE(t.commit_breakeven(100.59));
    CHECK(t.breakeven_possible(100.61));
    CHECK(t.commit_breakeven(100.61));
    CHECK(row(t).stop() == 100);
    CHECK_FALSE(t.commit_breakeven(105));  // it is there already
  });
  on_short([](Trader& t) {
    CHECK_FALSE(t.commit_breakeven(99.41));
    CHECK(t.commit_breakeven(99.39));
    CHECK(row(t).stop() == 100);
  });
}

TEST_CASE("a stop that already is in profit needs no break-even: true, and nothing moves") {
  const Play play = on_long([](Trader& t) {
    CHECK(t.commit_trailing_stop(-13, 104));
    CHECK(t.commit_breakeven(100));
    CHECK(row(t).stop() == Approx(103));
  });
  CHECK(play.events(EventKind::commit).at(1).commit == CommitAction::breakeven);
}

TEST_CASE("break-even improves a trailing stop that lies behind the entry") {
  on_long([](Trader& t) {
    CHECK(t.commit_trailing_stop(-5, 100));
    CHECK_FALSE(t.commit_breakeven(100.5));
    CHECK(t.commit_breakeven(101));
    CHECK(row(t).stop() == 100);
  });
}

TEST_CASE("break-even counts as the first trailing call") {
  on_long([](Trader& t) {
    CHECK(t.commit_breakeven(101));
    CHECK_FALSE(t.commit_trailing_stop(3, 100));
  });
}

TEST_CASE("there is no break-even when the take profit lies at or behind the entry") {
  on_long([](Trader& t) {
    CHECK(t.commit_trailing_take(-25, 94));
    CHECK_FALSE(t.commit_breakeven(101));
  });
}

// Average buy

TEST_CASE("an average buy must better every entry") {
  on_long([](Trader& t) {
    CHECK_FALSE(t.commit_average_buy(100, 100));
    CHECK_FALSE(t.commit_average_buy(100, 101));
    CHECK(t.commit_average_buy(300, 80));
    CHECK_FALSE(t.commit_average_buy(100, 90));
    CHECK(effective_price(row(t)) == Approx(84.21052631578948));
    CHECK(invested(row(t)) == 400);
    CHECK(row(t).price_open == 100);
    CHECK(row(t).stop() == 90);
  });
  on_short([](Trader& t) {
    CHECK_FALSE(t.commit_average_buy(100, 100));
    CHECK(t.commit_average_buy(100, 105));
    CHECK_FALSE(t.commit_average_buy(100, 104));
  });
}

TEST_CASE("average buys everywhere") {
  Config config;
  config.enable_dca_everywhere = true;
  on_long([](Trader& t) { CHECK(t.commit_average_buy(100, 110)); }, config);
}

TEST_CASE("an average buy costs what the configuration says, and always something") {
  Config config;
  config.position_entry_cost = 40;
  on_long(
      [](Trader& t) {
        CHECK(t.commit_average_buy({}, 95));
        CHECK(row(t).entries.at(1).cost == 40);
        for (const double cost : {0.0, -1.0, kNaN}) CHECK_FALSE(t.commit_average_buy(cost, 94));
        for (const double price : {0.0, -1.0, kNaN}) CHECK_FALSE(t.commit_average_buy(10, price));
      },
      config);
}

TEST_CASE("a purchase too large or too small to calculate with is not taken") {
  on_long([](Trader& t) {
    CHECK_FALSE(t.commit_average_buy(1e308, 1e-5));
    CHECK_FALSE(t.commit_average_buy(100, 1e-310));
    CHECK(row(t).entries.size() == 1);
  });
}

// Deferred commands

TEST_CASE("a close takes effect on the next candle, at its average price, with id and note") {
  Play play(Market().flat(8, 100).flat(5, 105));
  play.signal(5, go_long()).ping(7, [](Trader& t) {
    t.commit_close_pending("x-1", "enough");
    CHECK(t.pending() == nullptr);
  });
  const FinishedSignal& f = play.run().only();
  CHECK(f.close_reason == CloseReason::closed);
  CHECK(f.close_timestamp == minute(8));
  CHECK(f.current_price == 101);
  CHECK(f.id == "x-1");
  CHECK(play.events(EventKind::commit).at(0).note == "enough");
  CHECK(play.events(EventKind::commit).at(0).id == "x-1");
}

TEST_CASE("a close without a note carries that of the signal") {
  SignalRequest r = go_long();
  r.note = "cross";
  const Play play = on_position(r, [](Trader& t) { t.commit_close_pending(); });
  CHECK(play.events(EventKind::commit).at(0).note == "cross");
}

TEST_CASE("a close goes before an exit on the same candle, and the first of two requests counts") {
  Play play(Market().flat(8, 100).bar(80, 100, 100).flat(5, 100));
  play.signal(5, go_long()).ping(7, [](Trader& t) {
    t.commit_close_pending("first");
    t.commit_create_stop_loss("second");
  });
  CHECK(play.run().only().close_reason == CloseReason::closed);
  CHECK(play.only().id == "first");
}

TEST_CASE("a close works in a stopped run") {
  const Play play = on_long([](Trader& t) {
    t.stop();
    t.commit_close_pending();
  });
  CHECK(play.only().close_reason == CloseReason::closed);
  CHECK(play.asked() == std::vector<int>{5});
}

TEST_CASE("fills that the broker reports close at the level in force, whatever the market does") {
  Play take = on_long([](Trader& t) {
    CHECK(t.commit_trailing_take(-5, 100));
    t.commit_create_take_profit("tp", "filled");
  });
  CHECK(take.only().close_reason == CloseReason::take_profit);
  CHECK(take.only().current_price == Approx(115));
  CHECK(take.only().close_timestamp == minute(8));
  CHECK(take.events(EventKind::commit).back().commit == CommitAction::close_pending);

  Play stop = on_short([](Trader& t) { t.commit_create_stop_loss(); });
  CHECK(stop.only().close_reason == CloseReason::stop_loss);
  CHECK(stop.only().current_price == 110);
}

// Announcements

TEST_CASE("commands are announced in order at the end of the candle on which they were given") {
  const Play play = on_long([](Trader& t) {
    CHECK(t.commit_trailing_stop(-5, 100));
    CHECK(t.commit_average_buy(100, 97));
    CHECK(t.commit_partial(true, 10, 105));
  });
  const auto told = play.events(EventKind::commit);
  REQUIRE(told.size() == 3);
  CHECK(told[0].commit == CommitAction::trailing_stop);
  CHECK(told[1].commit == CommitAction::average_buy);
  CHECK(told[2].commit == CommitAction::partial_profit);
  for (const Event& e : told) CHECK(e.time == minute(7));
  CHECK(told[1].pnl.pnl_entries == 200);
}

TEST_CASE("a command given when the position opened is announced even if the first candle closes it") {
  Play play(Market().flat(5, 100).bar(80, 100, 100).flat(5, 100));
  play.on_event = [](const Event& e, Trader& t) {
    if (e.kind == EventKind::position && e.action == Action::opened) CHECK(t.commit_partial(true, 50, 105));
  };
  play.signal(5, go_long()).run();
  const std::string text = play.trader().decisions().text();
  CHECK(play.only().signal.partials.size() == 1);
  CHECK(text.find("action=partial-profit") < text.find("closed\t"));
}

TEST_CASE("a refused command is not announced and changes nothing") {
  const Play play = on_long([](Trader& t) { CHECK_FALSE(t.commit_partial(true, 10, 99)); });
  CHECK(play.events(EventKind::commit).empty());
  CHECK(play.trader().decisions().text().find("commit") == std::string::npos);
}

TEST_CASE("without a position commands answer false or do nothing, and a notice is an error") {
  Play play(Market().flat(12, 100));
  play.ping(7, [](Trader& t) {
    CHECK_FALSE(t.commit_partial(true, 10, 105));
    CHECK_FALSE(t.commit_partial_cost(false, 10, 95));
    CHECK_FALSE(t.commit_trailing_stop(-1, 100));
    CHECK_FALSE(t.commit_trailing_take_cost(105, 100));
    CHECK_FALSE(t.commit_breakeven(105));
    CHECK_FALSE(t.breakeven_possible(105));
    CHECK_FALSE(t.commit_average_buy(10, 90));
    t.commit_close_pending();
    t.commit_cancel_scheduled();
    t.commit_activate_scheduled();
    CHECK_THROWS_WITH(t.commit_signal_notify(), Catch::Contains("BTCUSDT has no open position"));
  });
  play.signal(8, go_long()).run();
  CHECK(play.only().close_reason == CloseReason::time_expired);  // nothing waited for the next position
}

TEST_CASE("a notice is told at once with the position's row") {
  SignalRequest r = go_long();
  r.note = "cross";
  const Play play = on_position(r, [](Trader& t) {
    t.commit_signal_notify("n-1", "look");
    t.commit_signal_notify();
  });
  const auto told = play.events(EventKind::notify);
  REQUIRE(told.size() == 2);
  CHECK(told[0].id == "n-1");
  CHECK(told[0].note == "look");
  CHECK(told[0].time == minute(7));
  CHECK(told[0].signal->position == Side::long_side);
  CHECK(told[1].note == "cross");
}
