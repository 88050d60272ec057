// How a position ends by itself.
#include <limits>

#include "tests/engine/trader_kit.h"

using namespace btk;
using namespace btk::test;

namespace {

void check_closed(const FinishedSignal& f, CloseReason reason, double price, int at) {
  CHECK(f.action == Action::closed);
  CHECK(to_string(f.close_reason) == to_string(reason));
  CHECK(f.current_price == price);
  CHECK(to_minute(f.close_timestamp) == at);
}

}  // namespace

TEST_CASE("a stop is hit by the extreme of a candle, and closes at exactly its price") {
  Play of_long(Market().flat(8, 100).bar(95, 100, 100).flat(5, 100));
  check_closed(of_long.signal(5, go_long()).run().only(), CloseReason::stop_loss, 95, 8);

  Play of_short(Market().flat(8, 100).bar(100, 105, 100).flat(5, 100));
  check_closed(of_short.signal(5, go_short()).run().only(), CloseReason::stop_loss, 105, 8);

  Play missed(Market().flat(8, 100).bar(95.01, 100, 100).flat(5, 100));
  CHECK(missed.signal(5, go_long()).run().only().close_reason == CloseReason::time_expired);
}

TEST_CASE("a stop far behind a gap still closes at the stop") {
  Play play(Market().flat(8, 100).flat(5, 60));
  check_closed(play.signal(5, go_long()).run().only(), CloseReason::stop_loss, 95, 8);
}

TEST_CASE("the first candle that counts is the one that opens with the entry") {
  Play play(Market().flat(5, 100).bar(95, 100, 100).flat(5, 100));
  check_closed(play.signal(5, go_long()).run().only(), CloseReason::stop_loss, 95, 5);
}

TEST_CASE("a take profit needs the average price, not a wick, and closes at exactly its price") {
  Play wick(Market().flat(8, 100).bar(100, 140, 100).flat(5, 100));
  CHECK(wick.signal(5, go_long()).run().only().close_reason == CloseReason::time_expired);

  Play of_long(Market().flat(10, 100).flat(6, 115));  // averages 103 106 109 112
  check_closed(of_long.signal(5, go_long()).run().only(), CloseReason::take_profit, 110, 13);

  Play of_short(Market().flat(10, 100).flat(6, 85));
  check_closed(of_short.signal(5, go_short()).run().only(), CloseReason::take_profit, 90, 13);

  Play exact(Market().flat(10, 100).flat(6, 110));  // the average is 110 in the end: equality counts
  check_closed(exact.signal(5, go_long()).run().only(), CloseReason::take_profit, 110, 14);
}

TEST_CASE("on one candle the end of life goes before the stop, the stop before the take profit") {
  Play time(Market().flat(8, 100).bar(90, 110, 100).flat(3, 100));
  check_closed(time.signal(5, lasting(go_long(), 3)).run().only(), CloseReason::time_expired, 100, 8);

  // Low 95 and an average of 103.6: both levels are reached.
  Play stop(Market().flat(8, 100).bar(95, 130, 130).flat(3, 130));
  check_closed(stop.signal(5, go_long(101, 95)).run().only(), CloseReason::stop_loss, 95, 8);
}

TEST_CASE("a position lives its minutes and closes at the average that includes the last candle") {
  Play play(Market().flat(8, 100).flat(5, 105));
  check_closed(play.signal(5, lasting(go_long(), 4)).run().only(), CloseReason::time_expired, 102, 9);
}

TEST_CASE("an infinite life lasts until the frame ends") {
  Play play(Market().flat(3000, 100));
  play.config.max_signal_lifetime_minutes = std::numeric_limits<double>::infinity();
  play.setup.frame_end = minute(2900);
  check_closed(play.signal(5, go_long()).run().only(), CloseReason::time_expired, 100, 2901);
}

TEST_CASE("an isolated margin is liquidated before a stop that lies behind it") {
  Play of_long(Market().flat(8, 100).bar(84, 100, 100).flat(3, 100));
  const FinishedSignal& f = of_long.signal(5, leveraged(go_long(110, 85), 10)).run().only();
  check_closed(f, CloseReason::liquidation, 90.3707511315119, 8);
  CHECK(f.pnl.pnl_percentage == Approx(-99.99999999999997).epsilon(1e-12));

  Play of_short(Market().flat(8, 100).bar(100, 116, 100).flat(3, 100));
  check_closed(of_short.signal(5, leveraged(go_short(90, 115), 10)).run().only(), CloseReason::liquidation,
               109.5708487316879, 8);
}

TEST_CASE("a stop in front of the liquidation closes as a stop") {
  Play play(Market().flat(8, 100).bar(84, 100, 100).flat(3, 100));
  check_closed(play.signal(5, leveraged(go_long(110, 95), 10)).run().only(), CloseReason::stop_loss, 95, 8);
}

TEST_CASE("without isolation the stop may cost more than the margin") {
  Play play(Market().flat(8, 100).bar(84, 100, 100).flat(3, 100));
  const FinishedSignal& f = play.signal(5, leveraged(go_long(110, 85), 10, false)).run().only();
  check_closed(f, CloseReason::stop_loss, 85, 8);
  CHECK(f.pnl.pnl_percentage == Approx(-153.5466033966033).epsilon(1e-12));
}

TEST_CASE("costs at extreme leverage liquidate a position on its first candle") {
  Play play(Market().flat(10, 100));
  CHECK(play.signal(5, leveraged(go_long(), 300)).run().only().close_reason == CloseReason::liquidation);
  CHECK(play.only().close_timestamp == minute(5));
}

TEST_CASE("at the end of the frame a position closes one candle after the last tick") {
  Play play(Market().flat(12, 100).flat(10, 101));
  play.setup.frame_end = minute(11);
  const FinishedSignal& f = play.signal(5, go_long()).run().only();
  check_closed(f, CloseReason::time_expired, 100.2, 12);
  CHECK_FALSE(f.data_ended);
  CHECK_FALSE(play.trader().data_ended());
}

TEST_CASE("the frame ends with its last tick, not with its end date") {
  Play play(Market().flat(40, 100));
  play.setup.frame_interval = Interval::m5;
  play.setup.frame_end = minute(19);  // ticks 5, 10, 15
  CHECK(play.signal(5, go_long()).run().only().close_timestamp == minute(16));
}

TEST_CASE("where the data ends a position closes at the last candle and says so") {
  Play play(Market().flat(12, 100).flat(1, 105));
  play.setup.frame_end = minute(100);
  const FinishedSignal& f = play.signal(5, go_long()).run().only();
  check_closed(f, CloseReason::time_expired, 101, 12);
  CHECK(f.data_ended);
  CHECK(play.trader().data_ended());
  CHECK(play.events(EventKind::position).back().data_ended);
}

TEST_CASE("where the data ends flat the run ends, listened to or not") {
  const std::uint32_t listened = GENERATE(as<std::uint32_t>{}, kEverything, 0);
  const Interval interval = GENERATE(Interval::m1, Interval::h1);
  Play play(Market().flat(30, 100));
  play.listened = listened;
  play.setup.signal_interval = interval;
  play.setup.frame_end = minute(50);
  CHECK(play.run().trader().data_ended());
}

TEST_CASE("the end of the data carries out what the user had asked for") {
  const auto last_ping = [](Play::Command command) {
    Play play(Market().flat(12, 100));
    return play.signal(5, go_long()).ping(11, command).run().only();
  };
  check_closed(last_ping([](Trader& t) { t.commit_close_pending(); }), CloseReason::closed, 100, 11);
  check_closed(last_ping([](Trader& t) { t.commit_create_take_profit(); }), CloseReason::take_profit, 110,
               11);
  check_closed(last_ping([](Trader& t) { t.commit_create_stop_loss(); }), CloseReason::stop_loss, 95, 11);
}

TEST_CASE("the closing price counts for the best and the worst moment") {
  Play stop(Market().flat(8, 100).bar(95, 100, 100).flat(3, 100));
  const FinishedSignal& loss = stop.signal(5, go_long()).run().only();
  CHECK(loss.signal.fall.price == 95);
  CHECK(loss.signal.fall.pnl.pnl_percentage == loss.pnl.pnl_percentage);

  Play take(Market().flat(10, 100).flat(6, 115));
  const FinishedSignal& gain = take.signal(5, go_long()).run().only();
  CHECK(gain.signal.peak.price == 110);
  CHECK(gain.signal.peak.pnl.pnl_percentage == gain.pnl.pnl_percentage);
}

TEST_CASE("the price of a close by the user does not count for the excursions") {
  Play play(Market().flat(8, 100).flat(4, 96));
  const FinishedSignal& f =
      play.signal(5, go_long()).ping(7, [](Trader& t) { t.commit_close_pending(); }).run().only();
  check_closed(f, CloseReason::closed, 99.2, 8);
  CHECK(f.signal.fall.price == 100);
}

TEST_CASE("a closed position tells its result, fees and levels") {
  Play play(Market().flat(10, 100).flat(6, 115));
  const FinishedSignal& f = play.signal(5, go_long()).run().only();
  CHECK(f.pnl.pnl_percentage == Approx(9.570439560439567).epsilon(1e-12));
  CHECK(f.fees == Approx(0.2097802197802198).epsilon(1e-12));
  const Event told = play.events(EventKind::position).back();
  CHECK(told.action == Action::closed);
  CHECK(told.pnl.pnl_cost == f.pnl.pnl_cost);
  CHECK(told.signal->id == f.signal.id);
}
