// Risk checks, reservations, and that whatever ends an attempt gives its place back.
#include "tests/engine/trader_kit.h"

using namespace btk;
using namespace btk::test;

namespace {

Play with_profiles(std::vector<std::string> profiles, Market market) {
  Play play(std::move(market));
  play.setup.risk_profiles = std::move(profiles);
  return play;
}

Market quiet(int count = 20) { return Market().flat(count, 100); }

RiskPosition other_holder() {
  RiskPosition p;
  p.owner = {"another", "exchange", "ETHUSDT"};
  return p;
}

}  // namespace

TEST_CASE("an allowed position holds its place until it closes") {
  Play play = with_profiles({"p"}, quiet());
  std::vector<bool> held;
  play.on_event = [&](const Event& e, Trader&) {
    if (e.kind == EventKind::active_ping) held.push_back(!play.book.positions("p").empty());
  };
  play.signal(5, go_long()).ping(7, [](Trader& t) { t.commit_close_pending(); }).run();
  CHECK(held == std::vector<bool>{true, true, true});
  CHECK(play.book.empty());
}

TEST_CASE("what a validation sees: the candidate with defaults and its result at the present price") {
  Play play = with_profiles({"p"}, quiet());
  play.book.put("p", other_holder());
  play.signal(5, limit(go_long(), 102)).run();
  const RiskQuery& q = play.risk_queries().at(0);
  CHECK(q.profile == "p");
  CHECK(q.timestamp == minute(5));
  CHECK(q.current_price == 100);
  CHECK(q.signal.price_open == 102);
  CHECK(q.signal.cost == 100);
  CHECK(q.signal.minute_estimated_time == 1440);
  CHECK(q.pnl.price_open == Approx(102));
  CHECK(q.pnl.price_close == 100);
  CHECK_FALSE(q.waiting);
  REQUIRE(q.positions.size() == 1);
  CHECK(q.positions[0].owner.symbol == "ETHUSDT");
}

TEST_CASE("the book keeps the values of the opening, later changes do not show") {
  Play play = with_profiles({"p"}, quiet());
  RiskPosition seen;
  play.signal(5, go_long()).ping(8, [](Trader& t) { CHECK(t.commit_average_buy(100, 97)); });
  play.ping(9, [](Trader& t) { CHECK(t.commit_trailing_stop(-1, 100)); });
  play.ping(10, [&](Trader&) { seen = play.book.positions("p").at(0); });
  play.run();
  CHECK(seen.price_open == 100);
  CHECK(seen.price_stop_loss == 95);
  CHECK(seen.open_timestamp == minute(5));
  CHECK(play.risk_queries().size() == 1);  // an average buy is no new risk
}

TEST_CASE("a rejection is told and logged, and the strategy is asked again at the next tick") {
  Play play = with_profiles({"p"}, quiet());
  play.setup.signal_interval = Interval::m15;
  play.judge = [](const RiskQuery& q) {
    if (q.timestamp == minute(5)) return Play::Verdict{false, "r-1", "too many"};
    return Play::Verdict{};
  };
  play.signal(5, go_long()).signal(6, go_long()).run();
  CHECK(play.asked() == std::vector<int>{5, 6});
  CHECK(play.only().signal.pending_at == minute(6));
  const Event told = play.events(EventKind::risk_rejection).at(0);
  CHECK(told.profile == "p");
  CHECK(told.id == "r-1");
  CHECK(told.note == "too many");
  CHECK(play.trader().decisions().text().find("risk-rejection\t" + std::to_string(minute(5)) +
                                              "\tprofile=p") != std::string::npos);
}

TEST_CASE("profiles are asked in order, the first rejection ends the check and frees what was reserved") {
  Play play = with_profiles({"a", "b", "c"}, quiet());
  play.judge = [](const RiskQuery& q) { return Play::Verdict{q.profile != "b", {}, {}}; };
  std::size_t held_by_a = 99;
  play.on_event = [&](const Event& e, Trader&) {
    if (e.kind == EventKind::risk_rejection) held_by_a = play.book.positions("a").size();
  };
  play.signal(5, go_long()).run();
  REQUIRE(play.risk_queries().size() == 2);
  CHECK(play.risk_queries()[0].profile == "a");
  CHECK(play.risk_queries()[1].profile == "b");
  CHECK(held_by_a == 0);
  CHECK(play.book.empty());
}

TEST_CASE("an unanswered check rejects") {
  TraderSetup setup;
  setup.symbol = "BTCUSDT";
  setup.risk_profiles = {"p"};
  setup.frame_start = setup.frame_end = minute(5);
  const Market market = quiet();
  RiskBook book;
  Trader trader(setup, Config{}, market.candles(), book);
  for (Ask ask = trader.advance(); ask != Ask::done; ask = trader.advance()) {
    if (ask == Ask::signal_due) trader.answer_signal(go_long());
  }
  CHECK(trader.finished().empty());
  CHECK(trader.pending() == nullptr);
  CHECK(book.empty());
}

TEST_CASE("a refused signal gives back what its risk check reserved") {
  Play play = with_profiles({"p"}, quiet());
  play.signal(5, go_long(100.1, 95)).run();
  CHECK(play.risk_queries().size() == 1);
  CHECK(play.refusals() == std::vector<std::string>{"tp_too_close"});
  CHECK(play.book.empty());
}

TEST_CASE("an order is checked when placed and again when it opens, and does not count against itself") {
  Play play = with_profiles({"p"}, Market().flat(9, 100).bar(98, 100, 100).flat(10, 100));
  play.judge = [](const RiskQuery& q) { return Play::Verdict{q.positions.empty(), {}, "one at most"}; };
  play.signal(5, limit(go_long(), 99)).run();
  REQUIRE(play.risk_queries().size() == 2);
  const RiskQuery& again = play.risk_queries()[1];
  CHECK(again.waiting);
  CHECK(again.current_price == 99);
  CHECK(again.timestamp == minute(9));
  CHECK(play.only().action == Action::closed);
  CHECK(play.book.empty());
}

TEST_CASE("an order that a user activates is checked at the average price") {
  Play play = with_profiles({"p"}, quiet());
  play.signal(5, limit(go_long(), 99)).ping(6, [](Trader& t) { t.commit_activate_scheduled(); }).run();
  CHECK(play.risk_queries().at(1).current_price == 100);
  CHECK(play.only().signal.pending_at == minute(7));
}

TEST_CASE("an order whose opening is rejected is cancelled and gives its place back") {
  Play play = with_profiles({"a", "b"}, Market().flat(9, 100).bar(98, 100, 100).flat(10, 100));
  play.judge = [](const RiskQuery& q) { return Play::Verdict{!(q.waiting && q.profile == "b"), {}, {}}; };
  play.signal(5, limit(go_long(), 99)).run();
  CHECK(play.only().action == Action::cancelled);
  CHECK(play.only().cancel_reason == CancelReason::user);
  CHECK(play.only().close_timestamp == minute(9));
  CHECK(play.events(EventKind::commit).at(0).commit == CommitAction::cancel_scheduled);
  CHECK(play.book.empty());
}

TEST_CASE("every end of an order or a position gives its place back") {
  const auto leftover = [](
                            Market market, SignalRequest request,
                            Play::Command at_minute_6 = [](Trader&) {}) {
    Play play = with_profiles({"a", "b"}, std::move(market));
    play.config.schedule_await_minutes = 3;
    play.signal(5, request).ping(6, at_minute_6).run();
    CHECK(play.finished().size() == 1);
    return !play.book.empty();
  };
  CHECK_FALSE(leftover(Market().flat(7, 100).flat(5, 90), go_long()));             // stop
  CHECK_FALSE(leftover(Market().flat(7, 100).flat(9, 120), go_long()));            // take profit
  CHECK_FALSE(leftover(quiet(), lasting(go_long(), 2)));                           // time
  CHECK_FALSE(leftover(quiet(), go_long()));                                       // end of data
  CHECK_FALSE(leftover(quiet(), limit(go_long(), 99)));                            // timeout
  CHECK_FALSE(leftover(Market().flat(7, 100).flat(5, 90), limit(go_long(), 99)));  // price
  CHECK_FALSE(leftover(quiet(), go_long(), [](Trader& t) { t.commit_close_pending(); }));
  CHECK_FALSE(leftover(quiet(), go_long(), [](Trader& t) { t.commit_create_stop_loss(); }));
  CHECK_FALSE(leftover(quiet(), go_long(), [](Trader& t) { t.commit_partial(true, 100, 105); }));
  CHECK_FALSE(leftover(quiet(), limit(go_long(), 99), [](Trader& t) { t.commit_cancel_scheduled(); }));
  CHECK_FALSE(leftover(quiet(), limit(go_long(), 99), [](Trader& t) { t.stop(); }));
}

TEST_CASE("the place is free before the close is told") {
  Play play = with_profiles({"p"}, quiet());
  bool free_when_told = false;
  play.on_event = [&](const Event& e, Trader&) {
    if (e.kind == EventKind::position && e.action == Action::closed) free_when_told = play.book.empty();
  };
  play.signal(5, go_long()).run();
  CHECK(free_when_told);
}

TEST_CASE("the reference's counting: an order counts against itself, a rejection leaks") {
  Play order = with_profiles({"p"}, Market().flat(9, 100).bar(98, 100, 100).flat(10, 100));
  order.config.risk_reference_reservations = true;
  order.judge = [](const RiskQuery& q) { return Play::Verdict{q.positions.empty(), {}, {}}; };
  order.signal(5, limit(go_long(), 99)).run();
  CHECK(order.only().action == Action::cancelled);

  Play merged = with_profiles({"a", "b"}, quiet());
  merged.config.risk_reference_reservations = true;
  merged.judge = [](const RiskQuery& q) { return Play::Verdict{q.profile != "b", {}, {}}; };
  merged.signal(5, go_long()).run();
  CHECK(merged.book.positions("a").size() == 1);
}
