// What a trader makes of an exchange's verdicts, and of none.
#include <set>

#include "tests/engine/random_live.h"

using namespace btk;
using namespace btk::test;

namespace {

/// Answers one kind of question from a list, the last answer again and again; everything else is confirmed.
class Exchange {
 public:
  Exchange(OrderAsk kind, std::vector<OrderAnswer> answers) : kind_(kind), answers_(std::move(answers)) {}
  OrderAnswer operator()(const OrderQuery& q) {
    if (q.kind != kind_) return says(Verdict::confirmed);
    return answers_[std::min(next_++, answers_.size() - 1)];
  }

 private:
  OrderAsk kind_;
  std::vector<OrderAnswer> answers_;
  std::size_t next_ = 0;
};

std::vector<OrderAnswer> unknown_then(std::size_t times, OrderAnswer then) {
  std::vector<OrderAnswer> all(times, says(Verdict::unknown, "time-out"));
  all.push_back(std::move(then));
  return all;
}

Market calm() { return Market().flat(80, 100); }

}  // namespace

TEST_CASE("a confirmed market entry opens, and the fill stands beside the model") {
  LiveSession live(calm().candles());
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::open, {filled(100.2)});
  live.until(7);
  REQUIRE(live.asked.size() == 1);
  const OrderQuery& q = live.asked[0];
  CHECK(q.kind == OrderAsk::open);
  CHECK(q.price == 100);
  CHECK(q.attempt == 0);
  CHECK(q.time == minute(7));
  CHECK(q.pnl.pnl_percentage < 0);
  REQUIRE(live.trader().pending());
  const Signal& p = *live.trader().pending();
  CHECK(p.id == q.signal.id);
  CHECK(p.price_open == 100);
  REQUIRE(p.fills.size() == 1);
  CHECK(p.fills[0].action == "open");
  CHECK(p.fills[0].time == minute(7));
  CHECK(p.fills[0].price == 100.2);
  REQUIRE(live.told(EventKind::order_sync).size() == 1);
  REQUIRE(live.told(EventKind::order_fill).size() == 1);
  CHECK(live.told(EventKind::order_fill)[0].signal->fills.size() == 1);
}

TEST_CASE("a refused entry is dropped, its id consumed, and the strategy may answer anew") {
  const bool waits = GENERATE(false, true);
  const OrderAsk kind = waits ? OrderAsk::place : OrderAsk::open;
  LiveSession live(calm().candles());
  live.setup.signal_interval = Interval::h1;
  live.setup.risk_profiles = {"one"};
  const SignalRequest first = named(waits ? limit(go_long(), 98) : go_long(), "a");
  Plan plan{{7, first}, {7, first}, {7, named(first, "b")}};
  live.setup.frame_start = minute(7);
  live.strategy = std::ref(plan);
  live.exchange = Exchange(kind, {says(Verdict::rejected, "no money"), says(Verdict::confirmed)});
  live.until(8);
  CHECK(plan.asked == std::vector{7, 8});  // the throttle of an hour was rolled back
  CHECK(live.asked.size() == 1);           // and the second answer fell to the whipsaw guard
  REQUIRE(live.told(EventKind::order_reject).size() == 1);
  CHECK(live.told(EventKind::order_reject)[0].note == "no money");
  CHECK(live.log().find("order-rejected\t" + std::to_string(minute(7)) + "\tid=a\tkind=" +
                        std::string(to_string(kind))) != std::string::npos);
  CHECK(live.book().empty());
  CHECK_FALSE(live.trader().pending());
  CHECK_FALSE(live.trader().scheduled());
}

TEST_CASE("an entry that is asked again may be sent only while it is still what the strategy wanted") {
  const auto may_send = [](const LiveSession& live) {
    std::vector<bool> all;
    for (const OrderQuery& q : live.asked) all.push_back(q.may_send);
    return all;
  };
  Plan plan{{7, go_long()}};
  SECTION("as long as there are retries") {
    LiveSession live(calm().candles());
    live.config.order_open_retry_attempts = 2;
    live.strategy = std::ref(plan);
    live.exchange = Exchange(OrderAsk::open, unknown_then(9, says(Verdict::rejected)));
    live.until(11);
    CHECK(may_send(live) == std::vector{true, true, true, false, false});
  }
  SECTION("not paused, stopped or halted") {
    const auto hold = GENERATE(+[](Trader& t) { t.set_paused(true); }, +[](Trader& t) { t.stop(); },
                               +[](Trader& t) { t.block_entries(true); }, +[](Trader& t) { t.flatten(); });
    LiveSession live(calm().candles());
    live.strategy = std::ref(plan);
    live.exchange = Exchange(OrderAsk::open, unknown_then(9, says(Verdict::rejected)));
    live.until(8);
    hold(live.trader());
    live.until(9);
    CHECK(may_send(live) == std::vector{true, true, false});
  }
  SECTION("while the price lies between its levels") {
    LiveSession live(Market().flat(8, 100).flat(20, 97).flat(20, 100).candles());
    live.strategy = std::ref(plan);
    live.exchange = Exchange(OrderAsk::open, unknown_then(9, says(Verdict::rejected)));
    live.until(13);
    REQUIRE(may_send(live).size() == 7);
    CHECK(may_send(live).front());
    CHECK_FALSE(may_send(live).back());
  }
  SECTION("not hours later") {
    LiveSession live(calm().candles());
    live.strategy = std::ref(plan);
    live.exchange = Exchange(OrderAsk::open, unknown_then(9, says(Verdict::rejected)));
    live.until(7).away_until(60);
    live.trader().forbid_entries_before(minute(60));
    live.work();
    REQUIRE(live.asked.size() == 2);
    CHECK_FALSE(live.asked[1].may_send);
  }
}

TEST_CASE("an entry without a verdict is asked again with the same row until there is one") {
  const bool waits = GENERATE(false, true);
  const OrderAsk kind = waits ? OrderAsk::place : OrderAsk::open;
  LiveSession live(Market().flat(10, 100).flat(40, 101).candles());
  live.setup.risk_profiles = {"one"};
  Plan plan{{7, waits ? limit(go_long(), 98) : go_long()}, {8, go_short()}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(kind, unknown_then(13, filled(100)));
  live.until(19);
  CHECK(live.minutes(kind) == std::vector{7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  CHECK(plan.asked == std::vector{5, 6, 7});
  CHECK(live.trader().question());
  CHECK_FALSE(live.book().empty());
  CHECK_THROWS_AS(live.trader().commit_create_signal(go_long()), Error);
  live.until(20);
  for (std::size_t i = 0; i < live.asked.size(); ++i) {
    CHECK(live.asked[i].signal.id == live.asked[0].signal.id);
    CHECK(live.asked[i].signal.price_open == (waits ? 98 : 100));
    CHECK(live.asked[i].attempt == static_cast<int>(i));
  }
  CHECK_FALSE(live.trader().question());
  const Signal* row = waits ? live.trader().scheduled() : live.trader().pending();
  REQUIRE(row);
  CHECK(row->id == live.asked[0].signal.id);
  CHECK(row->pending_at == (waits ? 0 : minute(20)));
  CHECK(row->timestamp == minute(7));
  CHECK(live.told(EventKind::alarm).size() == 13);
  REQUIRE(live.told(EventKind::exit_alarm).size() == 1);  // the 6th unknown answer
  CHECK(live.told(EventKind::exit_alarm)[0].time == minute(12));
  CHECK(live.told(EventKind::exit_alarm)[0].attempt == 6);
  CHECK_FALSE(live.trader().entries_blocked());
}

TEST_CASE("an entry in question outlives stop, pause and a block, and its refusal frees everything") {
  LiveSession live(calm().candles());
  live.setup.risk_profiles = {"one"};
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::open, unknown_then(5, says(Verdict::rejected, "never heard of it")));
  live.until(8);
  live.trader().stop();
  live.trader().set_paused(true);
  live.trader().block_entries(true);
  live.until(11);
  CHECK(live.trader().advance() == Ask::horizon);
  CHECK_FALSE(live.book().empty());
  live.until(13);
  CHECK(live.minutes(OrderAsk::open) == std::vector{7, 8, 9, 10, 11, 12});
  CHECK(live.book().empty());
  CHECK(live.trader().advance() == Ask::done);
}

TEST_CASE("an order that is placed after stop is cancelled again") {
  LiveSession live(calm().candles());
  Plan plan{{7, limit(go_long(), 98)}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::place, unknown_then(2, says(Verdict::confirmed)));
  live.until(8);
  live.trader().stop();
  live.until(10);
  REQUIRE(live.trader().finished().size() == 1);
  CHECK(live.trader().finished()[0].cancel_reason == CancelReason::user);
}

TEST_CASE("an entry in question waits for a minute that may enter") {
  LiveSession live(calm().candles());
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::open, unknown_then(2, says(Verdict::confirmed)));
  live.until(7).away_until(30);
  live.trader().forbid_entries_before(minute(30));
  live.work();
  CHECK(live.minutes(OrderAsk::open) == std::vector{7, 30});
}

TEST_CASE("an activation: confirmed opens, refused cancels, unknown is asked again on every candle") {
  const bool by_user = GENERATE(false, true);
  Market market = Market().flat(10, 100);
  if (!by_user) market.bar(97.5, 100, 100);
  market.flat(200, 100);
  LiveSession live(market.candles());
  live.setup.risk_profiles = {"one"};
  live.config.schedule_await_minutes = 20;
  Plan plan{{7, named(limit(go_long(), 98), "a")}, {8, named(go_long(), "a")}};
  live.strategy = std::ref(plan);
  if (by_user) {
    live.on_event = [](const Event& e, Trader& t) {
      if (e.kind == EventKind::schedule_ping && e.time == minute(9)) t.commit_activate_scheduled("mine");
    };
  }
  SECTION("confirmed") {
    live.exchange = Exchange(OrderAsk::activate, {filled(97.9)});
    live.until(11);
    REQUIRE(live.trader().pending());
    CHECK(live.trader().pending()->price_open == 98);
    CHECK(live.trader().pending()->fills.back().action == "activate");
    CHECK(live.minutes(OrderAsk::activate) == std::vector{10});
  }
  SECTION("refused") {
    live.exchange = Exchange(OrderAsk::activate, {says(Verdict::rejected, "no")});
    live.until(12);
    REQUIRE(live.trader().finished().size() == 1);
    CHECK(live.trader().finished()[0].action == Action::cancelled);
    CHECK(live.trader().finished()[0].cancel_reason == CancelReason::user);
    CHECK(live.told(EventKind::commit).back().commit == CommitAction::cancel_scheduled);
    CHECK(plan.asked.back() == 12);
    CHECK(live.minutes(OrderAsk::open).empty());  // the id is consumed
    CHECK(live.book().empty());
  }
  SECTION("unknown, for longer than the order may wait") {
    live.exchange = Exchange(OrderAsk::activate, unknown_then(50, says(Verdict::confirmed)));
    live.until(30);
    const auto pings = live.told(EventKind::schedule_ping).size();
    live.trader().commit_cancel_scheduled();
    live.trader().stop();
    live.until(60);
    CHECK(live.told(EventKind::schedule_ping).size() == pings + 30);
    CHECK(live.trader().scheduled());
    CHECK(live.book().positions("one").size() == 1);
    live.until(62);
    REQUIRE(live.trader().pending());
    CHECK(live.trader().pending()->pending_at == minute(60));
    CHECK(live.trader().pending()->price_open == 98);
    CHECK(live.minutes(OrderAsk::activate).size() == 51);
  }
}

TEST_CASE("for a limit order that was touched long ago, or whose price is past its levels, nothing may be bought any more") {
  Plan plan{{7, limit(go_long(), 98)}};
  const auto activations = [](const LiveSession& live) {
    std::vector<bool> all;
    for (const OrderQuery& q : live.asked) {
      if (q.kind == OrderAsk::activate) all.push_back(q.may_send);
    }
    return all;
  };
  SECTION("touched in the minute that has just ended") {
    LiveSession live(Market().flat(10, 100).bar(97.5, 100, 100).flat(80, 100).candles());
    live.strategy = std::ref(plan);
    live.until(12);
    CHECK(activations(live) == std::vector{true});
  }
  SECTION("touched while the process was away") {
    LiveSession live(Market().flat(10, 100).bar(97.5, 100, 100).flat(80, 100).candles());
    live.strategy = std::ref(plan);
    live.until(9).away_until(70);
    live.trader().forbid_entries_before(minute(70));
    live.work();
    CHECK(activations(live) == std::vector{false});
  }
  SECTION("called when the price has passed the take profit") {
    LiveSession live(Market().flat(10, 100).flat(80, 112).candles());
    live.strategy = std::ref(plan);
    live.on_event = [](const Event& e, Trader& t) {
      if (e.kind == EventKind::schedule_ping && e.time == minute(20)) t.commit_activate_scheduled("mine");
    };
    live.until(23);
    CHECK(activations(live) == std::vector{false});
  }
}

TEST_CASE("a close: refused closes in the books at once with an alarm") {
  LiveSession live(calm().candles());
  live.setup.risk_profiles = {"one"};
  Plan plan{{7, lasting(go_long(), 5)}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::close, {says(Verdict::rejected, "no such position")});
  live.until(13);
  REQUIRE(live.trader().finished().size() == 1);
  CHECK(live.trader().finished()[0].close_reason == CloseReason::time_expired);
  CHECK(live.told(EventKind::order_reject).size() == 1);
  CHECK(live.told(EventKind::alarm).size() == 1);
  CHECK(live.told(EventKind::exit_alarm).empty());
  CHECK(live.book().empty());
  CHECK(live.log().find("order-rejected") < live.log().find("closed"));
}

TEST_CASE("a close at a level keeps level and reason until the exchange has spoken") {
  LiveSession live(Market().flat(10, 100).bar(94, 100, 99).flat(60, 102).candles());
  Plan plan{{7, lasting(go_long(110, 95), 20)}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::close, unknown_then(30, filled(94.7)));
  live.until(30);  // far beyond its life time
  REQUIRE(live.trader().pending());
  CHECK(live.told(EventKind::active_ping).size() == 23);  // one for each candle, also while the close is in question
  CHECK_FALSE(live.trader().commit_partial(true, 50));
  CHECK_FALSE(live.trader().commit_average_buy());
  CHECK_FALSE(live.trader().commit_trailing_stop(-1, 102));
  live.trader().commit_close_pending("other");
  CHECK(live.trader().entries_blocked());
  CHECK(live.told(EventKind::exit_alarm).size() == 1);
  live.until(41);
  REQUIRE(live.trader().finished().size() == 1);
  const FinishedSignal& done = live.trader().finished()[0];
  CHECK(done.close_reason == CloseReason::stop_loss);
  CHECK(done.current_price == 95);
  CHECK(to_minute(done.close_timestamp) == 40);
  CHECK(done.signal.fills.back().action == "close");
  CHECK(done.id.empty());
  CHECK_FALSE(live.trader().entries_blocked());
  CHECK(live.minutes(OrderAsk::check_position) == std::vector{7, 8, 9, 10});  // the question goes first
}

TEST_CASE("a close by a user or by time takes the market's price of when it is confirmed") {
  const bool by_user = GENERATE(false, true);
  LiveSession live(Market().flat(12, 100).flat(60, 103).candles());
  Plan plan{{7, lasting(go_long(), by_user ? 500 : 3)}};
  live.strategy = std::ref(plan);
  if (by_user) {
    live.on_event = [](const Event& e, Trader& t) {
      if (e.kind == EventKind::active_ping && e.time == minute(9)) t.commit_close_pending("mine", "enough");
    };
  }
  live.exchange = Exchange(OrderAsk::close, unknown_then(10, says(Verdict::confirmed)));
  live.until(21);
  REQUIRE(live.trader().finished().size() == 1);
  const FinishedSignal& done = live.trader().finished()[0];
  CHECK(done.close_reason == (by_user ? CloseReason::closed : CloseReason::time_expired));
  CHECK(done.current_price == Approx(103));
  CHECK(done.id == (by_user ? "mine" : ""));
  CHECK(live.asked.front().price == 100);
}

TEST_CASE("a fill that the broker reports settles a close in question without a gate") {
  LiveSession live(Market().flat(10, 100).bar(94, 100, 99).flat(60, 102).candles());
  Plan plan{{7, go_long(110, 95)}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::close, {says(Verdict::unknown, "time-out")});
  live.until(20);
  const auto times = live.minutes(OrderAsk::close).size();
  live.trader().commit_create_stop_loss("fill");
  live.until(21);
  REQUIRE(live.trader().finished().size() == 1);
  CHECK(live.trader().finished()[0].close_reason == CloseReason::stop_loss);
  CHECK(live.minutes(OrderAsk::close).size() == times);
  CHECK_FALSE(live.trader().question());
  CHECK_FALSE(live.trader().entries_blocked());
}

TEST_CASE("checks: a position or an order that is gone leaves the books without a gate") {
  const bool order = GENERATE(false, true);
  LiveSession live(calm().candles());
  live.setup.risk_profiles = {"one"};
  Plan plan{{7, order ? limit(go_long(), 98) : go_long()}};
  live.strategy = std::ref(plan);
  const OrderAsk kind = order ? OrderAsk::check_order : OrderAsk::check_position;
  live.exchange = Exchange(kind, {says(Verdict::confirmed), says(Verdict::confirmed), says(Verdict::deleted, "sold by hand")});
  live.until(12);
  REQUIRE(live.trader().finished().size() == 1);
  const FinishedSignal& done = live.trader().finished()[0];
  CHECK(to_minute(done.close_timestamp) == 9);
  CHECK(done.close_reason == (order ? CloseReason::none : CloseReason::closed));
  CHECK(done.cancel_reason == (order ? CancelReason::user : CancelReason::none));
  CHECK(live.minutes(OrderAsk::close).empty());
  REQUIRE(live.told(EventKind::order_stop).size() == 1);
  CHECK(live.told(EventKind::order_stop)[0].codes == std::vector<std::string>{"deleted"});
  CHECK(live.told(EventKind::order_stop)[0].note == "sold by hand");
  CHECK(live.told(EventKind::order_check).size() == 3);
  CHECK(live.told(EventKind::order_continue).size() == 2);
  CHECK(live.log().find("order-deleted") != std::string::npos);
  CHECK(live.book().empty());
}

TEST_CASE("checks without a verdict close nothing; a budget's end is told once, and the next verdict lifts it") {
  const Verdict none = GENERATE(Verdict::unknown, Verdict::rejected);
  LiveSession live(calm().candles());
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  std::vector<OrderAnswer> answers(10, says(none, "down"));
  answers.push_back(says(Verdict::confirmed));
  live.exchange = Exchange(OrderAsk::check_position, answers);
  live.until(17);
  CHECK(live.trader().pending());
  CHECK(live.told(EventKind::alarm).size() == 10);
  REQUIRE(live.told(EventKind::exit_alarm).size() == 1);
  CHECK(live.told(EventKind::exit_alarm)[0].time == minute(12));
  CHECK(live.told(EventKind::active_ping).size() == 10);
  CHECK(live.told(EventKind::order_continue).back().attempt == 10);
  CHECK(live.trader().entries_blocked());
  live.until(18);
  CHECK(live.told(EventKind::order_continue).back().attempt == 0);
  CHECK_FALSE(live.trader().entries_blocked());
}

TEST_CASE("budgets of zero: the first unknown entry is an exit alarm, a close never is") {
  LiveSession live(calm().candles());
  live.config.order_open_retry_attempts = live.config.order_close_retry_attempts = 0;
  Plan plan{{7, lasting(go_long(), 5)}};
  live.strategy = std::ref(plan);
  int opens = 0;
  live.exchange = [&](const OrderQuery& q) {
    if (q.kind == OrderAsk::open) return says(opens++ == 0 ? Verdict::unknown : Verdict::confirmed);
    return says(q.kind == OrderAsk::close ? Verdict::unknown : Verdict::confirmed);
  };
  live.until(7);
  CHECK(live.told(EventKind::exit_alarm).size() == 1);
  live.until(60);
  CHECK(live.told(EventKind::exit_alarm).size() == 1);
  CHECK(live.minutes(OrderAsk::close).size() > 40);
  CHECK(live.trader().pending());
}

TEST_CASE("what a check's listener reports is carried out on the next candle, and this one is over") {
  LiveSession live(Market().flat(10, 100).bar(94, 100, 99).flat(20, 100).candles());
  Plan plan{{7, go_long(110, 95)}};
  live.strategy = std::ref(plan);
  live.on_event = [](const Event& e, Trader& t) {
    if (e.kind == EventKind::order_check && e.time == minute(10)) t.commit_create_take_profit("filled");
  };
  live.until(12);
  REQUIRE(live.trader().finished().size() == 1);
  CHECK(live.trader().finished()[0].close_reason == CloseReason::take_profit);
  CHECK(to_minute(live.trader().finished()[0].close_timestamp) == 11);
  CHECK(live.told(EventKind::active_ping).size() == 3);
}

TEST_CASE("flatten while the exchange is silent asks on until it answers") {
  LiveSession live(calm().candles());
  Plan plan{{7, go_long()}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(OrderAsk::close, unknown_then(4, says(Verdict::confirmed)));
  live.until(9);
  const auto pings = live.told(EventKind::active_ping).size();
  live.trader().flatten();
  live.work();
  CHECK(live.minutes(OrderAsk::close).size() == 1);
  CHECK(live.told(EventKind::active_ping).size() == pings);  // no candle was worked on
  live.trader().flatten();
  live.work();
  CHECK(live.minutes(OrderAsk::close).size() == 2);
  live.until(12);
  REQUIRE(live.trader().finished().size() == 1);
  CHECK(live.trader().finished()[0].close_reason == CloseReason::closed);
}

TEST_CASE("flatten waits for an entry in question and closes it then") {
  LiveSession live(Market().flat(12, 100).bar(97, 100, 100).flat(40, 100).candles());
  const bool waits = GENERATE(false, true);
  Plan plan{{7, waits ? limit(go_long(), 98) : go_long()}};
  live.strategy = std::ref(plan);
  live.exchange = Exchange(waits ? OrderAsk::activate : OrderAsk::open, unknown_then(4, says(Verdict::confirmed)));
  live.until(waits ? 14 : 9);
  CHECK(live.trader().flatten());
  live.work();
  CHECK(live.trader().finished().empty());
  live.until(25);
  REQUIRE(live.trader().finished().size() == 1);
  CHECK(live.trader().finished()[0].action == Action::closed);
  CHECK(live.trader().finished()[0].signal.fills.empty());
  CHECK(live.minutes(OrderAsk::close).size() == 1);
}

TEST_CASE("whatever an exchange answers, nothing is forgotten and nothing is done twice") {
  std::size_t questions = 0, closes = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    INFO("seed " << seed);
    const RandomCase c = live_case(seed, 600);
    RandomUser user(c);
    LiveSession live(random_market(seed, 601));
    give(live, c, user);
    std::optional<OrderQuery> open;  // a gate that has no verdict
    std::set<std::string> opened;
    bool may_leave = false;          // the exchange, or a reported fill, let the position go
    const auto ident = [](const Signal& s) { return s.id + std::to_string(s.timestamp); };
    live.exchange = [&](const OrderQuery& q) {
      OrderAnswer answer = random_verdict(seed, q);
      if (is_check(q.kind)) {
        REQUIRE_FALSE(open);
        if (answer.verdict == Verdict::deleted) may_leave = true;
        return answer;
      }
      if (open) {
        ++questions;
        REQUIRE(ident(open->signal) == ident(q.signal));
        REQUIRE(open->kind == q.kind);
        REQUIRE(open->close_reason == q.close_reason);
        REQUIRE(open->time < q.time);
        REQUIRE(q.attempt == open->attempt + 1);
      } else {
        REQUIRE(q.attempt == 0);
      }
      const bool settled = answer.verdict == Verdict::confirmed || answer.verdict == Verdict::rejected;
      if (settled && q.kind == OrderAsk::close) may_leave = true;
      if (answer.verdict == Verdict::confirmed && (q.kind == OrderAsk::open || q.kind == OrderAsk::activate)) {
        REQUIRE(opened.insert(ident(q.signal)).second);
      }
      open = settled ? std::nullopt : std::optional(q);
      return answer;
    };
    live.strategy = [&](Trader& t) {
      REQUIRE_FALSE(open);
      REQUIRE_FALSE(t.question());
      user.strategy(t);
    };
    const auto random_events = live.on_event;
    live.on_event = [&](const Event& e, Trader& t) {
      if (e.kind == EventKind::commit && e.commit == CommitAction::close_pending) {  // of a fill or of a gated close
        if (!open || open->kind == OrderAsk::close) may_leave = true;
      }
      if (e.kind == EventKind::position) {
        if (e.action == Action::opened) {
          may_leave = false;
          REQUIRE(opened.count(ident(*e.signal)));
        } else {
          ++closes;
          REQUIRE(may_leave);
          open.reset();  // a reported fill is a verdict
        }
      }
      if (e.kind == EventKind::order && e.action == Action::cancelled) REQUIRE_FALSE(open);
      random_events(e, t);
    };
    live.until(600);
  }
  CHECK(questions > 1000);
  CHECK(closes > 500);
}
