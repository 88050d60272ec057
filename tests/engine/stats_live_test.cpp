#include "engine/stats_live.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace btk;

namespace {

constexpr double kStart = 1'700'000'000'000;

LiveEvent closed(double day, double pnl) {
  return {.action = Action::closed,
          .id = "c",
          .timestamp = kStart + day * kDayMs + 60'000,
          .current_price = 100,
          .pnl = pnl,
          .pending_at = kStart + day * kDayMs};
}

}  // namespace

TEST_CASE("a session's statistics count closed events alone, but every row as an event") {
  const std::vector<LiveEvent> events{{.action = Action::idle, .timestamp = kStart},
                                      {.action = Action::opened, .id = "a", .timestamp = kStart},
                                      closed(1, 2),
                                      {.action = Action::cancelled, .id = "b", .timestamp = kStart},
                                      closed(2, -1)};
  const LiveStats stats = live_stats(events);
  CHECK(stats.total_events == 5);
  CHECK(stats.trades.total_signals == 2);
  CHECK(stats.trades.avg_pnl == 0.5);
  CHECK(stats.trades.avg_duration == 1.0);
}

TEST_CASE("a session's cap counts events of all kinds: trades are pushed out by others") {
  std::vector<LiveEvent> events{closed(1, 2)};
  events.resize(4, {.action = Action::opened, .id = "x", .timestamp = kStart});
  CHECK(live_stats(events).trades.total_signals == 1);
  CHECK(live_stats(events, 3).trades.total_signals == 0);
  CHECK(live_stats(events, 3).total_events == 3);
}

TEST_CASE("a closed event counts without a time of opening, but not without a result or a time") {
  LiveEvent no_pending = closed(1, 2), no_pnl = closed(2, 2), no_time = closed(3, 2),
            zero_pending = closed(4, 2);
  no_pending.pending_at.reset();
  no_pnl.pnl.reset();
  no_time.timestamp = 0;
  zero_pending.pending_at = 0;
  CHECK(live_stats(std::vector{no_pending}).trades.avg_duration == 0.0);
  CHECK(live_stats(std::vector{no_pnl, no_time}).trades.total_signals == 0);
  CHECK(live_stats(std::vector{zero_pending}).trades.total_signals == 1);
}

TEST_CASE("the fields of a session are the back-test's with its own two counts in front") {
  const auto fields = live_stat_fields();
  REQUIRE(fields.size() == trade_stat_fields().size() + 1);
  CHECK(fields[0].snake == "total_events");
  CHECK(fields[1].snake == "total_closed");
  CHECK(fields[2].snake == "win_count");
  CHECK(fields.back().snake == trade_stat_fields().back().snake);
}

TEST_CASE("repeated idle, waiting and active events take the place of their row") {
  std::vector<LiveEvent> rows{{.action = Action::idle},
                              {.action = Action::opened, .id = "a"},
                              {.action = Action::active, .id = "a"},
                              closed(1, 1)};
  CHECK(replaced_row(rows, {.action = Action::idle}) == 0U);
  CHECK(replaced_row(rows, {.action = Action::active, .id = "a"}) == 2U);
  CHECK_FALSE(replaced_row(rows, {.action = Action::active, .id = "b"}));
  CHECK_FALSE(replaced_row(rows, {.action = Action::waiting, .id = "a"}));
  CHECK_FALSE(replaced_row(rows, closed(1, 1)));
  rows.erase(rows.begin());
  rows.push_back({.action = Action::idle});
  CHECK_FALSE(replaced_row(rows, {.action = Action::idle}));
}
