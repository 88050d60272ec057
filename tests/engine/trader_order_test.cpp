// The life of a limit order until it opens or is cancelled.
#include "tests/engine/trader_kit.h"

using namespace btk;
using namespace btk::test;

namespace {

// A long order at 99, placed at minute 5.
SignalRequest order() { return limit(go_long(110, 95), 99); }

void check_cancelled(const FinishedSignal& f, CancelReason reason, int at) {
  CHECK(f.action == Action::cancelled);
  CHECK(to_string(f.cancel_reason) == to_string(reason));
  CHECK(to_minute(f.close_timestamp) == at);
}

std::vector<CommitAction> commits(const Play& play) {
  std::vector<CommitAction> found;
  for (const Event& e : play.events(EventKind::commit)) found.push_back(e.commit);
  return found;
}

}  // namespace

TEST_CASE("an order waits its minutes and no longer") {
  Play play(Market().flat(30, 100));
  play.config.schedule_await_minutes = 4;
  check_cancelled(play.signal(5, order()).run().only(), CancelReason::timeout, 9);
  CHECK(commits(play).empty());
}

TEST_CASE("on the candle of its timeout an order does not open any more") {
  Play play(Market().flat(9, 100).bar(98, 100, 100).flat(5, 100));
  play.config.schedule_await_minutes = 4;
  check_cancelled(play.signal(5, order()).run().only(), CancelReason::timeout, 9);
}

TEST_CASE("a candle that reaches the stop first rejects the order, even if it passed the entry") {
  Play of_long(Market().flat(9, 100).bar(95, 100, 100).flat(5, 100));
  check_cancelled(of_long.signal(5, order()).run().only(), CancelReason::price_reject, 9);

  Play of_short(Market().flat(9, 100).bar(100, 105, 100).flat(5, 100));
  check_cancelled(of_short.signal(5, limit(go_short(), 101)).run().only(), CancelReason::price_reject, 9);
}

TEST_CASE("the candle on which the order is placed can already open it") {
  Play play(Market().flat(5, 100).bar(99, 100, 100).flat(5, 100));
  CHECK(play.signal(5, order()).run().only().signal.pending_at == minute(5));
  CHECK(play.minutes(EventKind::schedule_ping).empty());
}

TEST_CASE("an opened order lives from its opening; its excursions start there") {
  Play play(Market().flat(9, 100).bar(99, 100, 100).flat(20, 100));
  const FinishedSignal& f = play.signal(5, lasting(order(), 6)).run().only();
  CHECK(f.close_timestamp == minute(15));
  CHECK(f.signal.scheduled_at == minute(5));
  CHECK(f.signal.pending_at == minute(9));
  CHECK(f.signal.entries.at(0).timestamp == minute(5));
  CHECK(f.signal.fall.timestamp == minute(9));
}

TEST_CASE("exits are looked at from the candle after the opening") {
  Play play(Market().flat(9, 100).bar(98, 130, 130).bar(98, 100, 100).flat(20, 100));
  play.signal(5, limit(go_long(101, 95), 99))
      .run();  // the average at the opening is 103.9, above the take profit
  CHECK(play.only().close_timestamp == minute(10));
  CHECK(play.only().close_reason == CloseReason::take_profit);
}

TEST_CASE("a user's cancel takes effect on the next candle and carries id and note") {
  Play play(Market().flat(20, 100));
  play.signal(5, order()).ping(7, [](Trader& t) {
    t.commit_cancel_scheduled("c-1", "changed my mind");
    CHECK(t.scheduled() == nullptr);
  });
  check_cancelled(play.run().only(), CancelReason::user, 8);
  CHECK(play.only().id == "c-1");
  const Event told = play.events(EventKind::commit).at(0);
  CHECK(told.commit == CommitAction::cancel_scheduled);
  CHECK(told.note == "changed my mind");
  CHECK(told.id == "c-1");
}

TEST_CASE("a cancel beats the opening on the same candle") {
  Play play(Market().flat(8, 100).bar(98, 100, 100).flat(5, 100));
  play.signal(5, order()).ping(7, [](Trader& t) { t.commit_cancel_scheduled(); });
  check_cancelled(play.run().only(), CancelReason::user, 8);
}

TEST_CASE("a user's activation opens at the order's own price on the next candle") {
  Play play(Market().flat(20, 100));
  play.signal(5, order()).ping(7, [](Trader& t) { t.commit_activate_scheduled("a-1", "filled"); }).run();
  CHECK(play.only().signal.price_open == 99);
  CHECK(play.only().signal.pending_at == minute(8));
  const Event told = play.events(EventKind::commit).at(0);
  CHECK(told.commit == CommitAction::activate_scheduled);
  CHECK(told.current_price == 100);  // the market's
  CHECK(told.id == "a-1");
  CHECK(play.events(EventKind::position).at(0).current_price == 99);
}

TEST_CASE("a stop cancels a waiting order, also one about to be activated") {
  Play waiting(Market().flat(20, 100));
  waiting.signal(5, order()).ping(7, [](Trader& t) { t.stop(); });
  check_cancelled(waiting.run().only(), CancelReason::user, 8);
  CHECK(waiting.events(EventKind::commit).at(0).note == "stop_strategy");

  Play activated(Market().flat(20, 100));
  activated.signal(5, order()).ping(7, [](Trader& t) {
    t.commit_activate_scheduled();
    t.stop();
  });
  check_cancelled(activated.run().only(), CancelReason::user, 8);
}

TEST_CASE("after a stop an activation is ignored") {
  Play play(Market().flat(20, 100));
  play.signal(5, order()).ping(7, [](Trader& t) {
    t.stop();
    t.commit_activate_scheduled();
  });
  check_cancelled(play.run().only(), CancelReason::user, 8);
}

TEST_CASE("a cancel during the risk check of an opening is honoured") {
  Play play(Market().flat(8, 100).bar(99, 100, 100).flat(5, 100));
  play.setup.risk_profiles = {"p"};
  Trader* trader = nullptr;
  play.signal(5, order()).ping(5, [&](Trader& t) { trader = &t; });
  play.judge = [&](const RiskQuery& q) {
    if (q.waiting) trader->commit_cancel_scheduled();
    return Play::Verdict{};
  };
  check_cancelled(play.run().only(), CancelReason::user, 8);
  CHECK(play.book.empty());
}

TEST_CASE(
    "at the end of the frame an order is cancelled one candle later, at the end of the data at the last") {
  Play frame(Market().flat(20, 100));
  frame.setup.frame_end = minute(11);
  check_cancelled(frame.signal(5, order()).run().only(), CancelReason::timeout, 12);
  CHECK_FALSE(frame.only().data_ended);

  Play data(Market().flat(20, 100));
  check_cancelled(data.signal(5, order()).run().only(), CancelReason::timeout, 19);
  CHECK(data.only().data_ended);
}

TEST_CASE("after a cancelled order the strategy is asked at the next tick") {
  Play play(Market().flat(12, 100));
  play.signal(5, order()).ping(7, [](Trader& t) { t.commit_cancel_scheduled(); }).run();
  CHECK(play.asked() == std::vector<int>{5, 9, 10, 11});
}

TEST_CASE("commands for a position do nothing to an order, and the other way round") {
  Play waiting(Market().flat(12, 100));
  waiting.signal(5, order()).ping(7, [](Trader& t) {
    t.commit_close_pending();
    t.commit_create_take_profit();
    t.commit_create_stop_loss();
    CHECK_FALSE(t.commit_partial(true, 50, 105));
    CHECK_FALSE(t.commit_average_buy(100, 90));
    CHECK(t.scheduled() != nullptr);
  });
  CHECK(waiting.run().only().cancel_reason == CancelReason::timeout);

  Play open(Market().flat(12, 100));
  open.signal(5, go_long()).ping(7, [](Trader& t) {
    t.commit_cancel_scheduled();
    t.commit_activate_scheduled();
    CHECK(t.pending() != nullptr);
  });
  CHECK(open.run().only().close_reason == CloseReason::time_expired);
}
