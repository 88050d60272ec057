// A live trader takes the decisions of a back-test over the same candles.
#include "tests/engine/random_live.h"

using namespace btk;
using namespace btk::test;

namespace {

constexpr int kCandles = 700;

}  // namespace

TEST_CASE("minute by minute, with everything confirmed, a live run decides as a back-test") {
  std::size_t decided = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    const RandomCase c = live_case(seed, kCandles);
    const CandleSeries candles = random_market(seed, kCandles + 50);
    RandomUser user(c);
    LiveSession live(candles);
    give(live, c, user);
    live.listened = seed % 3 == 0 ? kOldEvents : kEverything;
    live.setup.ask_orders = seed % 2 == 0;
    live.until(kCandles);
    INFO("seed " << seed);
    REQUIRE(difference(live.log(), backtest_log(c, candles, candles.time(kCandles))) == "");
    decided += live.trader().decisions().lines();
  }
  CHECK(decided > 10000);
}

TEST_CASE("a live run that is shown many candles at once decides as one that sees each") {
  for (std::uint64_t seed = 200; seed <= 230; ++seed) {
    const RandomCase c = live_case(seed, kCandles);
    const CandleSeries candles = random_market(seed, kCandles + 1);
    RandomUser user(c), other(c);
    LiveSession each(candles), some(candles);
    give(each, c, user);
    give(some, c, other);
    each.until(kCandles);
    some.until(20);
    for (std::size_t shown = 20; shown < kCandles; shown += 17) {
      some.away_until(std::min<std::size_t>(shown, kCandles));
      some.work();
    }
    some.away_until(kCandles);
    some.work();
    INFO("seed " << seed);
    REQUIRE(difference(each.log(), some.log()) == "");
    REQUIRE(describe(each.trader().state()) == describe(some.trader().state()));
  }
}

TEST_CASE("a live tick needs the candles before it and no more; nothing is over when they end") {
  LiveSession live(Market().flat(20, 100).candles());
  Plan plan{{7, lasting(go_long(), 5)}};
  live.strategy = std::ref(plan);
  live.until(5);
  CHECK(plan.asked == std::vector{5});
  live.until(7);
  CHECK(plan.asked == std::vector{5, 6, 7});
  REQUIRE(live.trader().pending());
  CHECK(live.trader().pending()->pending_at == minute(7));
  live.until(11);
  CHECK(live.trader().pending());
  CHECK_FALSE(live.trader().data_ended());
  CHECK(live.told(EventKind::progress).empty());
}

TEST_CASE("a signal queued between the works of a run is taken at its next tick") {
  LiveSession live(Market().flat(40, 100).candles());
  live.setup.signal_interval = Interval::h1;
  live.listened = 0;
  live.until(12);
  live.trader().commit_create_signal(go_long());
  live.until(14);
  REQUIRE(live.trader().pending());
  CHECK(to_minute(live.trader().pending()->pending_at) == 13);

  // A back-test in slices: the ticks that it passes over end at the horizon.
  const Market market = Market().flat(40, 100);
  Play play(market);
  RiskBook book;
  play.setup.signal_interval = Interval::h1;
  Trader trader(play.setup, play.config, market.candles(), book);
  trader.set_horizon({minute(12), 1});
  while (trader.advance() != Ask::horizon) {
  }
  trader.commit_create_signal(lasting(go_long(), 3));
  trader.set_horizon({minute(20), 1});
  while (trader.advance() != Ask::horizon) {
  }
  REQUIRE(trader.finished().size() == 1);
  CHECK(to_minute(trader.finished()[0].signal.pending_at) == 13);
}

TEST_CASE("minutes that are too old bring no entry, and what is held is followed through them") {
  LiveSession live(Market().flat(60, 100).candles());
  Plan plan{{6, lasting(go_long(), 10)}, {7, lasting(go_long(), 10)}, {8, go_long()}};
  live.strategy = std::ref(plan);
  live.until(8);  // one position is open
  live.away_until(40);
  live.trader().forbid_entries_before(minute(40));
  live.work();
  CHECK(live.trader().finished().size() == 1);
  CHECK(to_minute(live.trader().finished()[0].close_timestamp) == 16);
  CHECK(plan.asked == std::vector{5, 6, 40});
  CHECK(live.trader().skipped_ticks() == 40 - 17);
  REQUIRE(live.trader().pending());
  CHECK(live.trader().pending()->pending_at == minute(40));
}

TEST_CASE("an answer that came too late is no answer") {
  LiveSession live(Market().flat(20, 100).candles());
  live.strategy = [](Trader& t) {
    t.answer_signal(go_long());
    t.drop_request();
  };
  live.until(12);
  CHECK_FALSE(live.trader().pending());
  CHECK(live.trader().signal_calls() == 8);
}

TEST_CASE("while entries are blocked get_signal is not asked, and a queued signal stays queued") {
  LiveSession live(Market().flat(30, 100).candles());
  Plan plan{{100, go_long()}};
  live.strategy = std::ref(plan);
  live.until(6);
  live.trader().block_entries(true);
  live.trader().commit_create_signal(go_long());
  live.until(10).restart().until(12);  // the block outlives the process
  CHECK(plan.asked == std::vector{5, 6});
  CHECK_FALSE(live.trader().pending());
  live.trader().block_entries(false);
  live.until(13);
  REQUIRE(live.trader().pending());
  CHECK(live.trader().pending()->pending_at == minute(13));
}

TEST_CASE("signals carry when and by which script they were made, and the decisions do not") {
  LiveSession live(Market().flat(20, 100).candles());
  Plan plan{{7, go_long()}}, same{{7, go_long()}};
  live.strategy = std::ref(plan);
  live.until(6);
  live.trader().set_stamps(12345, 3);
  live.until(9);
  REQUIRE(live.trader().pending());
  CHECK(live.trader().pending()->observed_at == 12345);
  CHECK(live.trader().pending()->script_version == 3);
  LiveSession plain(Market().flat(20, 100).candles());
  plain.strategy = std::ref(same);
  CHECK(plain.until(9).log() == live.log());
}

TEST_CASE("flatten closes a position at once, at the price that is visible") {
  const bool gates = GENERATE(true, false);
  LiveSession live(Market().flat(10, 100).bar(101, 101, 101).flat(20, 101).candles());
  live.setup.ask_orders = gates;
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  live.until(9);
  REQUIRE(live.trader().pending());
  const double price = live.trader().visible_price();
  CHECK(live.trader().flatten());
  live.work();
  REQUIRE(live.trader().finished().size() == 1);
  const FinishedSignal& done = live.trader().finished()[0];
  CHECK(done.close_reason == CloseReason::closed);
  CHECK(done.current_price == price);
  CHECK(to_minute(done.close_timestamp) == 8);
  CHECK(live.told(EventKind::commit).back().note == "flatten");
  CHECK(live.minutes(OrderAsk::close) == (gates ? std::vector{8} : std::vector<int>{}));
  CHECK_FALSE(live.trader().flatten());
}

TEST_CASE("flatten cancels an order and forgets a queued signal") {
  LiveSession live(Market().flat(30, 100).candles());
  Plan plan{{7, limit(go_long(), 98)}};
  live.strategy = std::ref(plan);
  live.until(9);
  REQUIRE(live.trader().scheduled());
  CHECK(live.trader().flatten());
  live.work();
  REQUIRE(live.trader().finished().size() == 1);
  CHECK(live.trader().finished()[0].cancel_reason == CancelReason::user);
  live.until(12);
  live.trader().commit_create_signal(go_long());
  CHECK(live.trader().flatten());
  live.until(15);
  CHECK_FALSE(live.trader().pending());
  CHECK(live.trader().finished().size() == 1);
}

TEST_CASE("a risk check that was judged on old positions is judged again") {
  LiveSession live(Market().flat(20, 100).candles());
  live.setup.risk_profiles = {"one"};
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  std::vector<std::size_t> seen;
  live.judge = [&](Trader& t) {
    seen.push_back(t.risk_query().positions.size());
    if (seen.size() == 1) {  // another trader takes a place while this check is being judged
      RiskPosition other;
      other.owner = {"test", "exchange", "ETHUSDT"};
      live.book().put("one", other);
    }
    t.answer_risk(seen.back() == 0);
  };
  live.until(8);
  CHECK(seen == std::vector<std::size_t>{0, 1});
  CHECK_FALSE(live.trader().pending());
  CHECK(live.book().positions("one").size() == 1);
}

TEST_CASE("a replay says what a risk check sees") {
  LiveSession live(Market().flat(20, 100).candles());
  live.setup.risk_profiles = {"one"};
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  live.judge = [](Trader& t) {
    t.set_risk_positions(std::vector<RiskPosition>(3));
    t.answer_risk(t.risk_query().positions.empty());
  };
  live.until(8);
  REQUIRE(live.told(EventKind::risk_rejection).size() == 1);
  CHECK(live.told(EventKind::risk_rejection)[0].count == 3);
}

TEST_CASE("stop and abandon end a live run as they end a back-test") {
  LiveSession live(Market().flat(40, 100).candles());
  Plan plan{{7, lasting(go_long(), 5)}};
  live.strategy = std::ref(plan);
  live.until(9);
  live.trader().stop();
  live.until(12);
  CHECK(live.trader().pending());
  live.until(14);
  CHECK(live.trader().finished().size() == 1);
  CHECK(live.trader().advance() == Ask::done);
}
