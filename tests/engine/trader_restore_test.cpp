// A trader that is taken apart and put together again goes on as if nothing had been.
#include "tests/engine/random_live.h"

using namespace btk;
using namespace btk::test;

namespace {

constexpr int kCandles = 500;

/// A session of a random user over a market of the same seed.
struct RandomLive {
  RandomCase c;
  RandomUser user;
  LiveSession session;
  RandomLive(std::uint64_t seed, std::uint32_t listened)
      : c(live_case(seed, kCandles)), user(c), session(random_market(seed, kCandles + 1)) {
    user.may_stop = false;  // a restart runs again
    give(session, c, user);
    session.listened = listened;
  }
};

}  // namespace

TEST_CASE("restored at any step boundary, a run decides and tells what an uninterrupted one does") {
  int restarts = 0;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    INFO("seed " << seed);
    RandomLive whole(seed, kEverything), broken(seed, kEverything);
    Dice dice(seed, 7);
    const int pause = dice.pick({1, 3, 20, 100});
    const bool silent = seed % 2 == 0;
    const auto exchange = [&](const OrderQuery& q) {
      return silent ? random_verdict(seed, q) : says(Verdict::confirmed);
    };
    whole.session.exchange = broken.session.exchange = exchange;
    for (int n = 1; n <= kCandles; ++n) {
      whole.session.until(static_cast<std::size_t>(n));
      broken.session.until(static_cast<std::size_t>(n));
      if (!dice.one_in(pause)) continue;
      const auto before = describe(broken.session.trader().state());
      broken.session.restart();
      REQUIRE(describe(broken.session.trader().state()) == before);
      ++restarts;
    }
    REQUIRE(difference(broken.session.log(), whole.session.log()) == "");
    REQUIRE(broken.session.trader().decisions().hash() == whole.session.trader().decisions().hash());
    REQUIRE(old_events(broken.session) == old_events(whole.session));
    REQUIRE(describe(broken.session.trader().state()) == describe(whole.session.trader().state()));
    REQUIRE(broken.session.trader().finished().size() == whole.session.trader().finished().size());
    for (const std::string& profile : whole.c.setup.risk_profiles) {
      const auto& a = whole.session.book().positions(profile);
      const auto& b = broken.session.book().positions(profile);
      REQUIRE(a.size() == b.size());
      for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK(a[i].open_timestamp == b[i].open_timestamp);
        CHECK(a[i].price_open == b[i].price_open);
        CHECK(a[i].price_stop_loss == b[i].price_stop_loss);
        CHECK(a[i].price_take_profit == b[i].price_take_profit);
      }
    }
  }
  CHECK(restarts > 5000);
}

TEST_CASE("a process that ends while the exchange is asked goes on as if the answer had been unknown") {
  int restarts = 0;
  for (std::uint64_t seed = 1; seed <= 120; ++seed) {
    INFO("seed " << seed);
    RandomLive whole(seed, seed % 3 == 0 ? kOldEvents : kEverything), broken(seed, whole.session.listened);
    whole.session.exchange = broken.session.exchange = [&](const OrderQuery& q) { return random_verdict(seed, q); };
    broken.session.dies = [&](const OrderQuery& q) {
      return random_verdict(seed, q).verdict == Verdict::unknown &&
             Dice(seed + 1, static_cast<std::uint64_t>(q.time)).one_in(2);
    };
    for (std::size_t n = 1; n <= kCandles; ++n) {
      whole.session.until(n);
      broken.session.until(n);
      if (n % 50 == 0) {  // out of everything at once, on both sides
        whole.session.trader().flatten();
        broken.session.trader().flatten();
        whole.session.work();
        broken.session.work();
      }
    }
    restarts += broken.session.restarts;
    REQUIRE(difference(broken.session.log(), whole.session.log()) == "");
    REQUIRE(old_events(broken.session) == old_events(whole.session));
  }
  CHECK(restarts > 1000);
}

TEST_CASE("an unanswered entry of a process that ended is asked again with the same row, never forgotten") {
  LiveSession live(Market().flat(40, 100).candles());
  live.setup.risk_profiles = {"one"};
  Plan plan{{7, go_long()}, {8, go_long()}};
  live.strategy = std::ref(plan);
  live.dies = [](const OrderQuery& q) { return q.kind == OrderAsk::open && q.attempt < 3; };
  live.until(9);
  CHECK(live.restarts == 3);
  CHECK(plan.asked == std::vector{5, 6, 7});
  CHECK(live.book().positions("one").size() == 1);
  CHECK(live.told(EventKind::alarm).back().note.find("process ended") != std::string::npos);
  live.until(10);
  REQUIRE(live.trader().pending());
  CHECK(live.trader().pending()->id == live.asked[0].signal.id);
  for (int i = 0; i < 4; ++i) CHECK(live.asked[static_cast<std::size_t>(i)].attempt == i);
}

TEST_CASE("what was asked when the process ended is still open in the state of the one that follows") {
  LiveSession live(Market().flat(40, 100).candles());
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  bool looked = false;
  live.exchange = [&](const OrderQuery&) {
    const TraderState state = live.trader().state();
    looked = state.question && state.question->unanswered && state.question->attempts == 1;
    return says(Verdict::confirmed);
  };
  live.until(7);
  CHECK(looked);
  CHECK_FALSE(live.trader().state().question);
}

TEST_CASE("restored while its candle is not there yet, a trader waits for it") {
  const CandleSeries all = Market().flat(12, 100).bar(94, 100, 99).flat(20, 100).candles();
  LiveSession live(all);
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  TraderState state;
  std::string log;
  live.exchange = [&](const OrderQuery& q) {
    if (q.kind != OrderAsk::close) return says(Verdict::confirmed);
    state = live.trader().state();
    log = live.log();
    return says(Verdict::unknown);
  };
  live.until(13);
  CandleSeries shown(Interval::m1, kStart);
  RiskBook book;
  Trader next(live.setup, live.config, shown, book);
  next.restore(state, log, {});
  CHECK(next.advance() == Ask::horizon);
  CHECK(next.state().question->unanswered);
  for (std::size_t i = 0; i < 13; ++i) shown.push(all.open()[i], all.high()[i], all.low()[i], all.close()[i], all.volume()[i]);
  CHECK(next.advance() == Ask::horizon);
  CHECK_FALSE(next.state().question->unanswered);
  const Candle c = all.at(13);
  shown.push(c.open, c.high, c.low, c.close, c.volume);
  CHECK(next.advance() == Ask::order);
  CHECK(next.order_query().kind == OrderAsk::close);
  CHECK(next.order_query().close_reason == CloseReason::stop_loss);
  CHECK(next.order_query().price == 95);
}

TEST_CASE("the series may begin elsewhere after a restart, but not too late for average prices") {
  const CandleSeries all = Market().flat(30, 100).flat(20, 101).candles();
  LiveSession live(all);
  Plan plan{{7, lasting(go_long(), 30)}};
  live.strategy = std::ref(plan);
  live.until(20);
  const TraderState state = live.trader().state();
  const auto later = [&](int from) {
    CandleSeries series(Interval::m1, minute(from));
    for (std::size_t i = static_cast<std::size_t>(from); i < all.size(); ++i) {
      const Candle c = all.at(i);
      series.push(c.open, c.high, c.low, c.close, c.volume);
    }
    return series;
  };
  RiskBook book;
  const CandleSeries late = later(18), enough = later(16);
  Trader refused(live.setup, live.config, late, book);
  CHECK_THROWS_AS(refused.restore(state, live.log(), {}), Error);
  Trader taken(live.setup, live.config, enough, book);
  taken.restore(state, live.log(), {});
  for (Ask ask = taken.advance(); ask != Ask::horizon; ask = taken.advance()) {
    if (ask == Ask::order) taken.answer_order(says(Verdict::confirmed));
  }
  live.until(50);
  CHECK(taken.decisions().text() == live.log());
}

TEST_CASE("state is taken between works only, and restored once") {
  LiveSession live(Market().flat(20, 100).candles());
  live.strategy = [](Trader& t) { CHECK_THROWS_AS(t.state(), Error); };
  live.until(8);
  CHECK_THROWS_AS(live.trader().restore(live.trader().state(), {}, {}), Error);
}

TEST_CASE("an endless life and a queued signal come back") {
  LiveSession live(Market().flat(40, 100).candles());
  live.config.max_signal_lifetime_minutes = std::numeric_limits<double>::infinity();
  Plan plan{{7, lasting(go_long(), std::numeric_limits<double>::infinity())}};
  live.strategy = std::ref(plan);
  live.until(9).restart();
  CHECK(std::isinf(live.trader().pending()->minute_estimated_time));
  live.trader().commit_close_pending();
  live.until(10).restart();
  live.trader().block_entries(true);
  live.trader().commit_create_signal(go_short());
  live.restart();
  live.trader().block_entries(false);
  live.until(11);
  REQUIRE(live.trader().pending());
  CHECK(live.trader().pending()->position == Side::short_side);
}

TEST_CASE("the counter of changes moves with everything that must be kept, and not with a quiet minute") {
  LiveSession live(Market().flat(60, 100).candles());
  live.setup.signal_interval = Interval::h1;
  Plan plan{{7, limit(lasting(go_long(), 20), 98)}};
  live.setup.frame_start = minute(7);
  live.strategy = std::ref(plan);
  live.until(7);
  Trader& t = live.trader();
  std::uint64_t seen = t.changes();
  const auto moved = [&] { return std::exchange(seen, t.changes()) != seen; };
  live.until(9);
  CHECK_FALSE(moved());
  t.commit_activate_scheduled();
  CHECK(moved());
  live.until(10);
  CHECK(moved());  // open
  t.commit_trailing_take(-1, 100);
  CHECK(moved());
  t.set_paused(true);
  CHECK(moved());
  t.add_fill({"partial-profit", 0, 100, 1, 0, "x"});
  CHECK(moved());
  live.until(12);
  moved();
  live.until(14);
  CHECK_FALSE(moved());
  t.commit_close_pending();
  CHECK(moved());
  live.until(15);
  CHECK(moved());
}
