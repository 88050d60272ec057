// How a signal becomes a position or a limit order, and when the strategy is asked.
#include <numeric>

#include "tests/engine/trader_kit.h"

using namespace btk;
using namespace btk::test;

namespace {

// The minutes from..to at which a multiple of `step` begins.
std::vector<int> multiples(int from, int to, int step) {
  std::vector<int> found;
  for (int i = from; i <= to; ++i) {
    if (i % step == 0) found.push_back(i);
  }
  return found;
}

// Closes what is open at the next candle.
void close_it(Trader& t) { t.commit_close_pending(); }

}  // namespace

TEST_CASE("a market signal opens at the average price of the five candles before the tick") {
  // Typical price of minute 4 is 101; the candle that opens with the tick is not looked at.
  Play play(Market().flat(4, 100).bar(99, 102, 102).flat(5, 104));
  play.signal(5, go_long()).run();
  const Event opened = play.events(EventKind::position).at(0);
  CHECK(opened.action == Action::opened);
  CHECK(opened.time == minute(5));
  CHECK(opened.current_price == Approx(100.2).epsilon(1e-15));
  CHECK(opened.signal->price_open == opened.current_price);
  CHECK(opened.signal->pending_at == minute(5));
  CHECK(opened.signal->entries.size() == 1);
}

TEST_CASE("a limit price that the market already betters opens at once, at the limit price") {
  Play of_long(Market().flat(10, 100));
  of_long.signal(5, limit(go_long(), 101)).run();
  CHECK(of_long.only().signal.price_open == 101);
  CHECK(of_long.only().signal.pending_at == minute(5));

  Play of_short(Market().flat(10, 100));
  of_short.signal(5, limit(go_short(), 99)).run();
  CHECK(of_short.only().signal.price_open == 99);
}

TEST_CASE("another limit price waits until a candle touches it") {
  Play play(Market().flat(10, 100).bar(99, 100, 100).flat(5, 100));
  play.signal(5, limit(go_long(), 99)).run();
  CHECK(play.events(EventKind::order).at(0).action == Action::scheduled);
  CHECK(play.minutes(EventKind::order) == std::vector<int>{5});
  CHECK(play.minutes(EventKind::schedule_ping) == std::vector<int>{5, 6, 7, 8, 9});
  CHECK(play.events(EventKind::position).at(0).time == minute(10));
  CHECK(play.only().signal.price_open == 99);

  Play mirrored(Market().flat(10, 100).bar(100, 101, 100).flat(5, 100));
  mirrored.signal(5, limit(go_short(), 101)).run();
  CHECK(mirrored.only().signal.pending_at == minute(10));
}

TEST_CASE("the strategy is asked at the boundaries of its interval, and at the very first tick") {
  const auto [interval, step] = GENERATE(table<Interval, int>({{Interval::m1, 1},
                                                               {Interval::m3, 3},
                                                               {Interval::m5, 5},
                                                               {Interval::m15, 15},
                                                               {Interval::m30, 30},
                                                               {Interval::h1, 60}}));
  const std::uint32_t listened = GENERATE(as<std::uint32_t>{}, kEverything, 0);  // listening changes nothing
  Play play(Market().flat(200, 100));
  play.setup.signal_interval = interval;
  play.setup.frame_start = minute(7);
  play.listened = listened;
  play.run();
  std::vector<int> expected = multiples(8, 199, step);
  expected.insert(expected.begin(), 7);
  INFO("every " << step << " minutes");
  CHECK(play.asked() == expected);
  CHECK(play.trader().signal_calls() == static_cast<std::int64_t>(expected.size()));
}

TEST_CASE("ticks follow the frame's own grid from its start") {
  Play play(Market().flat(30, 100));
  play.setup.frame_interval = Interval::m5;
  play.setup.frame_start = minute(7) + 30'000;  // down to the minute
  play.run();
  CHECK(play.asked() == std::vector<int>{7, 12, 17, 22, 27});
}

TEST_CASE("both ends of the frame are ticks; a frame that ends before it starts has none") {
  Play one(Market().flat(10, 100));
  one.setup.frame_start = one.setup.frame_end = minute(6);
  CHECK(one.run().asked() == std::vector<int>{6});

  Play none(Market().flat(10, 100));
  none.setup.frame_end = minute(4);
  CHECK(none.run().asked().empty());
}

TEST_CASE("while something is held the strategy is not asked; the next tick is later than the close") {
  Play play(Market().flat(12, 100));
  play.signal(5, go_long()).ping(7, close_it).run();
  CHECK(play.only().close_timestamp == minute(8));
  CHECK(play.asked() == std::vector<int>{5, 9, 10, 11});
}

TEST_CASE("the id of the last position does not open again, other ids do") {
  Play play(Market().flat(20, 100));
  play.signal(5, named(go_long(), "a")).ping(5, close_it);  // closed at 6
  play.signal(7, named(go_long(), "a"));                    // the same again: nothing
  play.signal(8, named(go_long(), "b")).ping(8, close_it);  // closed at 9
  play.signal(10, named(go_long(), "a")).ping(10, close_it);
  play.run();
  REQUIRE(play.finished().size() == 3);
  CHECK(play.finished()[0].signal.id == "a");
  CHECK(play.finished()[1].signal.pending_at == minute(8));
  CHECK(play.finished()[2].signal.id == "a");
  CHECK(play.refusals().empty());
}

TEST_CASE("the whipsaw guard uses up the interval") {
  Play play(Market().flat(30, 100));
  play.setup.signal_interval = Interval::m15;
  play.signal(5, named(go_long(), "a")).ping(5, close_it).signal(15, named(go_long(), "a")).run();
  CHECK(play.asked() == std::vector<int>{5, 15});
  CHECK(play.finished().size() == 1);
}

TEST_CASE("an order that never opened may come again under its id") {
  Play play(Market().flat(20, 100));
  play.signal(5, named(limit(go_long(), 99), "a")).ping(5, [](Trader& t) { t.commit_cancel_scheduled(); });
  play.signal(7, named(go_long(), "a")).run();
  REQUIRE(play.finished().size() == 2);
  CHECK(play.finished()[0].action == Action::cancelled);
  CHECK(play.finished()[1].action == Action::closed);
}

TEST_CASE("a paused strategy is not asked, and is asked at the very next tick afterwards") {
  Play play(Market().flat(30, 100));
  play.setup.signal_interval = Interval::m15;
  play.ping(5, [](Trader& t) { t.set_paused(true); });
  play.ping(6, [](Trader& t) { t.set_paused(true); });  // no news
  play.ping(20, [](Trader& t) { t.set_paused(false); });
  play.run();
  CHECK(play.asked() == std::vector<int>{5, 21});
  CHECK(play.minutes(EventKind::pause) == std::vector<int>{5, 20});
}

TEST_CASE("a pause leaves an open position to its natural end") {
  Play play(Market().flat(8, 100).bar(95, 100, 100).flat(3, 100));
  play.signal(5, go_long()).ping(6, [](Trader& t) { t.set_paused(true); }).run();
  CHECK(play.only().close_reason == CloseReason::stop_loss);
  CHECK(play.asked() == std::vector<int>{5});
}

TEST_CASE("stop ends a flat run, and a run with a position when that has closed") {
  const auto stop = [](Trader& t) { t.stop(); };
  Play flat(Market().flat(12, 100));
  CHECK(flat.ping(6, stop).run().asked() == std::vector<int>{5, 6});

  Play open(Market().flat(12, 100).bar(95, 100, 100).flat(5, 100));
  open.signal(5, go_long()).ping(7, stop).run();
  CHECK(open.only().close_reason == CloseReason::stop_loss);
  CHECK(open.only().close_timestamp == minute(12));
  CHECK(open.asked() == std::vector<int>{5});

  Play thinking(Market().flat(12, 100));  // stopped from inside get_signal
  thinking.signal(5, go_long()).while_asked(5, stop).run();
  CHECK(thinking.finished().empty());
  CHECK(thinking.asked() == std::vector<int>{5});
}

TEST_CASE("abandon ends the run at once and leaves what is open as it is") {
  Play play(Market().flat(12, 100));
  play.signal(5, go_long()).ping(7, [](Trader& t) { t.abandon(); }).run();
  CHECK(play.finished().empty());
  CHECK(play.trader().pending() != nullptr);
  CHECK(play.minutes(EventKind::active_ping) == std::vector<int>{5, 6, 7});
}

TEST_CASE("ticks without enough candles for the average price are counted as warm-up") {
  Play play(Market().flat(10, 100));
  play.setup.frame_start = minute(-3);
  play.run();
  CHECK(play.trader().warmup_ticks() == 8);
  CHECK(play.asked() == std::vector<int>{5, 6, 7, 8, 9});

  Play history(Market().flat(10, 100));  // get_signal found its history too short
  history.while_asked(5, [](Trader& t) { t.answer_warmup(); }).run();
  CHECK(history.trader().warmup_ticks() == 1);
}

TEST_CASE("a refused signal says why and uses up the interval") {
  Play play(Market().flat(30, 100));
  play.setup.signal_interval = Interval::m15;
  play.signal(5, go_long(100.2, 95)).run();
  CHECK(play.refusals() == std::vector<std::string>{"tp_too_close"});
  CHECK(play.minutes(EventKind::refusal) == std::vector<int>{5});
  CHECK(play.trader().decisions().text().find("refused\t" + std::to_string(minute(5)) +
                                              "\tcodes=tp_too_close\n") != std::string::npos);
  CHECK(play.asked() == std::vector<int>{5, 15});
  CHECK(play.finished().empty());
}

TEST_CASE("a signal for another symbol is refused, naming both") {
  Play play(Market().flat(10, 100));
  SignalRequest other = go_long(), same = go_long();
  other.symbol = "ETHUSDT";
  same.symbol = "BTCUSDT";
  play.signal(5, other).signal(6, same).run();
  CHECK(play.refusals() == std::vector<std::string>{"symbol_mismatch"});
  const std::string note = play.events(EventKind::refusal).at(0).note;
  CHECK(note.find("ETHUSDT") != std::string::npos);
  CHECK(note.find("BTCUSDT") != std::string::npos);
  CHECK(play.only().signal.pending_at == minute(6));
}

TEST_CASE("ids that the engine makes follow from seed, strategy, symbol and time") {
  const auto id = [](std::uint64_t seed, int at) {
    Play play(Market().flat(12, 100));
    play.setup.seed = seed;
    return play.signal(at, go_long()).run().only().signal.id;
  };
  CHECK(id(1, 5) == id(1, 5));
  CHECK(id(1, 5) != id(2, 5));
  CHECK(id(1, 5) != id(1, 6));
  CHECK(id(1, 5).size() == 36);
}

TEST_CASE("a queued signal is taken at the next tick, whatever the interval") {
  Play play(Market().flat(50, 100));
  play.setup.signal_interval = Interval::m15;
  play.ping(14, [](Trader& t) { t.commit_create_signal(go_short()); }).ping(15, close_it).run();
  CHECK(play.only().signal.position == Side::short_side);
  CHECK(play.only().signal.pending_at == minute(15));
  CHECK(play.asked() == std::vector<int>{5, 30, 45});  // the slot of minute 15 is used up
}

TEST_CASE("a signal queued while the strategy thinks takes the place of its answer") {
  Play play(Market().flat(12, 100));
  play.signal(5, go_long()).while_asked(5, [](Trader& t) { t.commit_create_signal(go_short()); }).run();
  CHECK(play.only().signal.position == Side::short_side);
}

TEST_CASE("a queued signal outlasts a pause") {
  Play play(Market().flat(15, 100));
  play.ping(6, [](Trader& t) {
    t.set_paused(true);
    t.commit_create_signal(go_long());
  });
  play.ping(9, [](Trader& t) { t.set_paused(false); }).run();
  CHECK(play.only().signal.pending_at == minute(10));
}

TEST_CASE("a queued signal that the market has overtaken is refused, and the strategy is asked next") {
  Play play(Market().flat(6, 100).flat(14, 150));
  play.setup.signal_interval = Interval::m15;
  play.ping(6, [](Trader& t) { t.commit_create_signal(go_long(101, 95)); }).run();
  CHECK(play.minutes(EventKind::refusal) == std::vector<int>{7});
  CHECK(play.asked() == std::vector<int>{5, 8, 15});
}

TEST_CASE("a signal cannot be queued when there is no room for it, or when it is broken") {
  const auto queue = [](Trader& t) { CHECK_THROWS_AS(t.commit_create_signal(go_long()), Error); };
  Play with_position(Market().flat(12, 100));
  with_position.signal(5, go_long()).ping(6, queue).run();
  CHECK(with_position.finished().size() == 1);

  Play with_order(Market().flat(12, 100));
  with_order.signal(5, limit(go_long(), 99)).ping(6, queue).run();

  Play twice(Market().flat(12, 100));
  twice.ping(6, [&](Trader& t) {
    t.commit_create_signal(go_long());
    queue(t);
  });
  CHECK(twice.run().finished().size() == 1);

  Play stopped(Market().flat(12, 100));
  stopped.ping(6, [&](Trader& t) {
    t.stop();
    queue(t);
  });
  stopped.run();

  Play broken(Market().flat(12, 100));
  broken.ping(6, [](Trader& t) {
    CHECK_THROWS_WITH(t.commit_create_signal(go_long(99, 95)), Catch::Contains("above the entry"));
  });
  CHECK(broken.run().finished().empty());
}

TEST_CASE("a stop forgets the queued signal") {
  Play play(Market().flat(12, 100));
  play.ping(6, [](Trader& t) {
    t.commit_create_signal(go_long());
    t.stop();
  });
  CHECK(play.run().finished().empty());
}
