#include "engine/event_rows.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace btk;

namespace {

constexpr Timestamp kStart = 1'704'067'200'000;
const EventContext kContext{"BTCUSDT", "s", "m", "f", Costs(Config{}), true};

Signal signal(const std::string& id) {
  Signal s;
  s.id = id;
  s.price_open = 100;
  s.price_take_profit = 110;
  s.price_stop_loss = 90;
  s.entries = {{100, 100, kStart}};
  s.scheduled_at = kStart;
  return s;
}

Event event(EventKind kind, Action action, int minute, const std::string& id) {
  Event e;
  e.kind = kind;
  e.action = action;
  e.time = kStart + minute * kMinute;
  e.current_price = 101;
  e.waiting = kind == EventKind::order;
  e.signal = signal(id);
  if (action == Action::opened) e.signal->pending_at = e.time;
  return e;
}

std::vector<EventRow> rows(EventReport kind, const std::vector<Event>& events) {
  return event_rows(kind, events, kContext);
}

}  // namespace

TEST_CASE("limit orders: an immediate entry is none, rates count orders that came to an end",
          "[event_rows]") {
  Event immediate = event(EventKind::position, Action::opened, 5, "now");
  immediate.signal->scheduled_at = immediate.signal->pending_at;
  const auto schedule =
      rows(EventReport::schedule, {immediate, event(EventKind::order, Action::scheduled, 0, "a"),
                                   event(EventKind::position, Action::opened, 10, "a"),
                                   event(EventKind::position, Action::closed, 20, "a"),
                                   event(EventKind::order, Action::scheduled, 0, "b"),
                                   event(EventKind::order, Action::cancelled, 30, "b"),
                                   event(EventKind::order, Action::cancelled, 50, "before")});
  REQUIRE(schedule.size() == 5);
  CHECK(schedule[1].text("action") == "opened");
  CHECK(schedule[1].number("duration") == 10.0);
  const EventRow figures = event_figures(EventReport::schedule, schedule);
  CHECK(figures.number("total_events") == 5.0);
  CHECK(figures.number("total_cancelled") == 2.0);
  CHECK(figures.number("activation_rate") == 50.0);  // the order placed before the list does not count
  CHECK(figures.number("avg_activation_time") == 10.0);
  CHECK(figures.number("avg_wait_time") == 40.0);
}

TEST_CASE("without orders the rates are not available", "[event_rows]") {
  const EventRow figures = event_figures(EventReport::schedule, {});
  CHECK(figures.number("total_events") == 0.0);
  REQUIRE(figures.find("activation_rate") != nullptr);
  CHECK_FALSE(figures.number("activation_rate"));
}

TEST_CASE("milestones, commands and rejections become rows with their own fields", "[event_rows]") {
  Event level = event(EventKind::partial_loss, Action::active, 3, "a");
  level.level = 20;
  const auto partial = rows(EventReport::partial, {level});
  CHECK(partial.at(0).text("action") == "loss");
  CHECK(partial.at(0).number("level") == 20.0);
  CHECK(event_figures(EventReport::partial, partial).number("total_loss") == 1.0);

  Event commit = event(EventKind::commit, Action::active, 4, "a");
  commit.commit = CommitAction::trailing_stop;
  commit.amount = -1.5;
  const auto commits = rows(EventReport::strategy, {commit, level});
  REQUIRE(commits.size() == 1);
  CHECK(commits[0].number("percent_shift") == -1.5);
  CHECK(commits[0].text("created_at") == "2024-01-01T00:04:00.000Z");
  CHECK(event_figures(EventReport::strategy, commits).number("trailing_stop_count") == 1.0);

  Event rejection = event(EventKind::risk_rejection, Action::idle, 5, "");
  rejection.note = "too many";
  rejection.count = 3;
  const auto risk = rows(EventReport::risk, {rejection, rejection});
  CHECK(risk.at(0).text("rejection_note") == "too many");
  CHECK(risk.at(0).number("active_position_count") == 3.0);
  CHECK_FALSE(risk.at(0).find("signal_id"));
  CHECK(event_figures(EventReport::risk, risk).number("total_rejections") == 2.0);
  CHECK(counts_by(risk, "symbol") == std::vector<std::pair<std::string, std::size_t>>{{"BTCUSDT", 2}});
}

TEST_CASE("orders: opens and closes of positions", "[event_rows]") {
  const auto sync = rows(EventReport::sync, {event(EventKind::position, Action::opened, 0, "a"),
                                             event(EventKind::position, Action::closed, 9, "a"),
                                             event(EventKind::order, Action::scheduled, 10, "b")});
  REQUIRE(sync.size() == 2);
  CHECK(sync[1].text("action") == "signal-close");
  CHECK(event_figures(EventReport::sync, sync).number("close_count") == 1.0);
}
