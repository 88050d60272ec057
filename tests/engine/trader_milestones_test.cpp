// What a position tells on its way: pings, levels, best and worst moments (engine.md 8).
#include "tests/engine/trader_kit.h"

using namespace btk;
using namespace btk::test;

namespace {

// A long position at 100 with take profit 110 and stop 95, over candles that follow minute 9.
Play over(Market market) {
  Play play(std::move(market));
  play.signal(5, go_long());
  return play;
}

std::vector<double> levels(const Play& play, EventKind kind) {
  std::vector<double> found;
  for (const Event& e : play.events(kind)) found.push_back(e.level);
  return found;
}

std::vector<EventKind> kinds_at(const Play& play, int at) {
  std::vector<EventKind> found;
  for (const Event& e : play.events()) {
    if (e.time == minute(at)) found.push_back(e.kind);
  }
  return found;
}

using Levels = std::vector<double>;

}  // namespace

TEST_CASE("each candle of a position is one ping with the average price that includes the candle") {
  Play play = over(Market().flat(10, 100).flat(2, 105));
  play.run();
  CHECK(play.minutes(EventKind::active_ping) == std::vector<int>{5, 6, 7, 8, 9, 10, 11});
  const auto pings = play.events(EventKind::active_ping);
  CHECK(pings[5].current_price == 101);
  CHECK(pings[6].current_price == 102);
  CHECK(play.trader().active_pings() == 7);
}

TEST_CASE("what a command pays in a ping does not include the ping's candle") {
  Play play = over(Market().flat(10, 100).flat(3, 105));
  play.ping(11, [](Trader& t) { CHECK(t.visible_price() == 101); });
  play.run();
}

TEST_CASE("idle ticks ping too, also those at which the strategy is not asked") {
  Play play(Market().flat(12, 100));
  play.setup.signal_interval = Interval::m5;
  play.run();
  CHECK(play.minutes(EventKind::idle_ping) == std::vector<int>{5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("each tenth of the way to the take profit is told once") {
  Play play = over(Market().flat(10, 100).flat(2, 105).flat(5, 100).flat(3, 105));
  play.run();
  CHECK(levels(play, EventKind::partial_profit) == Levels{10, 20, 30});
  CHECK(play.minutes(EventKind::partial_profit) == std::vector<int>{10, 11, 19});
}

TEST_CASE("a jump tells all the levels that it crosses, in order, at one price") {
  Play play = over(Market().flat(10, 100).flat(1, 122).flat(2, 100));
  play.run();
  CHECK(levels(play, EventKind::partial_profit) == Levels{10, 20, 30, 40});
  for (const Event& e : play.events(EventKind::partial_profit)) {
    CHECK(e.time == minute(10));
    CHECK(e.current_price == Approx(104.4));
  }
}

TEST_CASE("the way to the stop has levels of its own") {
  Play play = over(Market().flat(10, 100).flat(2, 96).flat(5, 100).flat(1, 110).flat(2, 100));
  play.run();
  CHECK(levels(play, EventKind::partial_loss) == Levels{10, 20, 30});  // averages 99.2, 98.4
  CHECK(levels(play, EventKind::partial_profit) == Levels{10, 20});
}

TEST_CASE("levels count from the effective entry to the levels in force") {
  Play play = over(Market().flat(10, 100).flat(1, 105).flat(4, 100));
  play.ping(9, [](Trader& t) { CHECK(t.commit_trailing_take(-8, 100)); });  // take profit 102
  play.run();
  CHECK(levels(play, EventKind::partial_profit) == Levels{10, 20, 30, 40, 50});
}

TEST_CASE("the next signal starts with fresh levels") {
  Play play = over(Market().flat(10, 100).flat(1, 105).flat(5, 100).flat(1, 105).flat(3, 100));
  play.ping(12, [](Trader& t) { t.commit_close_pending(); }).signal(16, go_long()).run();
  CHECK(levels(play, EventKind::partial_profit) == Levels{10, 10});
}

TEST_CASE("listeners that run on each candle get the way covered") {
  Play play = over(Market().flat(10, 100).flat(2, 105).flat(2, 97.5));
  play.run();
  CHECK(levels(play, EventKind::profit_progress) == Levels{10, 20, 15, 10});
  CHECK(play.events(EventKind::loss_progress).empty());
}

TEST_CASE("break-even is told once, when costs and margin are covered") {
  Play play = over(Market().flat(10, 100).flat(1, 102).flat(1, 104).flat(1, 100).flat(1, 110).flat(2, 100));
  play.run();
  CHECK(play.minutes(EventKind::breakeven) == std::vector<int>{11});  // 100.4 is too little, 101.2 enough
  CHECK(play.only().signal.stop() == 95);                             // it moves no stop
}

TEST_CASE("the best moment needs a result above zero, the worst starts at the costs") {
  Play play = over(Market().flat(10, 100).flat(1, 101).flat(1, 105).flat(1, 90.5).flat(6, 100));
  play.run();
  // Averages: 100.2 does not pay the costs, 101.2 does; then 99.3.
  CHECK(play.minutes(EventKind::highest_profit) == std::vector<int>{11});
  const FinishedSignal* none = play.finished().empty() ? nullptr : &play.finished().front();
  REQUIRE(none != nullptr);
  CHECK(none->signal.peak.price == Approx(101.2));
  CHECK(none->signal.peak.timestamp == minute(11));
}

TEST_CASE("the worst moment follows the average price") {
  Play play = over(Market().flat(10, 100).flat(2, 97).flat(6, 100));
  play.run();
  CHECK(play.minutes(EventKind::max_drawdown) == std::vector<int>{10, 11});
  CHECK(play.only().signal.fall.price == Approx(98.8));
}

TEST_CASE("a position that never moves shows the costs as its worst moment") {
  Play play = over(Market().flat(10, 100));
  play.run();
  CHECK(play.only().signal.fall.pnl.pnl_percentage == Approx(-0.39960039960038823).epsilon(1e-12));
  CHECK(play.only().signal.peak.pnl.pnl_percentage == 0);
}

TEST_CASE("one candle tells in this order") {
  Play play = over(Market().flat(10, 100).flat(1, 110).flat(4, 100));
  play.ping(10, [](Trader& t) { CHECK(t.commit_partial(true, 10, 102)); }).run();
  CHECK(kinds_at(play, 10) ==
        std::vector<EventKind>{EventKind::write, EventKind::highest_profit, EventKind::active_ping,
                               EventKind::write, EventKind::breakeven, EventKind::partial_profit,
                               EventKind::partial_profit, EventKind::profit_progress, EventKind::commit});
}

TEST_CASE("a run is told in this order") {
  Play play(Market().flat(9, 100));
  play.setup.frame_end = minute(6);
  play.signal(5, go_long()).run();
  std::vector<EventKind> kinds;
  for (const Event& e : play.events()) kinds.push_back(e.kind);
  CHECK(kinds == std::vector<EventKind>{EventKind::before_start, EventKind::progress, EventKind::write,
                                        EventKind::position, EventKind::tick, EventKind::active_ping,
                                        EventKind::active_ping, EventKind::position, EventKind::write,
                                        EventKind::tick, EventKind::progress, EventKind::after_end});
  CHECK(play.events().back().kind == EventKind::after_end);
}

TEST_CASE("only what is listened to is told, and the decisions stay the same") {
  const auto hash = [](std::uint32_t listened, std::size_t* told) {
    Play play = over(Market().flat(10, 100).flat(9, 106));
    play.listened = listened;
    play.run();
    *told = play.events().size();
    return play.trader().decisions().hash();
  };
  std::size_t all = 0, closes = 0, none = 0;
  const std::string expected = hash(kEverything, &all);
  CHECK(hash(bit(EventKind::position), &closes) == expected);
  CHECK(hash(0, &none) == expected);
  CHECK(all > 20);
  CHECK(closes == 2);
  CHECK(none == 0);
}
