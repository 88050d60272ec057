#include "host/report/live_report.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "lua/live_ticks.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01
const Costs kCosts{Config()};

Signal bought(Timestamp opened) {
  Signal s;
  s.id = "a1";
  s.price_open = 100, s.price_take_profit = 102, s.price_stop_loss = 99;
  s.cost = 100;
  s.entries = {{100, 100, opened}};
  s.scheduled_at = s.pending_at = opened;
  return s;
}

Event tick(Action action, Timestamp time, double price, std::optional<Signal> signal = {}) {
  Event e;
  e.action = action;
  e.time = time;
  e.current_price = price;
  e.signal = std::move(signal);
  return e;
}

/// A line of a decision log, as far as reports read it.
std::string decision(const std::string& kind, Timestamp time, double price = 100) {
  return fmt::format("{}\t{}\tid=a1\tprice={}\n", kind, time, price);
}

std::string cell(const std::string& key, const LiveEvent& event) {
  for (const auto& column : live_columns("X", {}, true)) {
    if (column.key == key) return column.format(event, 0);
  }
  return "no such column";
}

}  // namespace

TEST_CASE("the columns of a session are the reference's, and its fills only where an exchange told them", "[live][report]") {
  const auto columns = live_columns("X", {}, false);
  REQUIRE(columns.size() == 29);
  CHECK(columns[0].key == "timestamp");
  CHECK(columns[18].label == "% to TP");
  CHECK(columns[27].key == "fallPnl");
  CHECK_FALSE(columns[5].visible);  // the note is asked for by CC_REPORT_SHOW_SIGNAL_NOTE
  CHECK_FALSE(columns[28].visible);
}

TEST_CASE("a session's report lists its events, newest first, above the figures of its trades", "[live][report]") {
  std::vector<LiveEvent> rows;
  lua::keep_tick(rows, tick(Action::idle, kStart, 100), kCosts);
  lua::keep_tick(rows, tick(Action::opened, kStart + kMinute, 100, bought(kStart + kMinute)), kCosts);
  lua::keep_tick(rows, tick(Action::active, kStart + 2 * kMinute, 101, bought(kStart + kMinute)), kCosts);
  CHECK(cell("percentTp", rows.back()) == "50.00%");
  CHECK(cell("percentSl", rows.back()) == "0.00%");
  CHECK_THAT(cell("pnl", rows.back()), StartsWith("+0."));
  CHECK(cell("peakPnl", rows.back()) == "N/A");  // still open
  Event closed = tick(Action::closed, kStart + 3 * kMinute, 102, bought(kStart + kMinute));
  closed.close_reason = CloseReason::take_profit;
  closed.pnl.pnl_percentage = 1.5, closed.pnl.pnl_cost = 1.5;
  lua::keep_tick(rows, closed, kCosts);
  CHECK(cell("duration", rows.back()) == "2");
  CHECK(cell("closeReason", rows.back()) == "take_profit");
  CHECK(cell("symbol", rows.front()) == "N/A");  // an idle event has only its time and the price

  const std::string text = live_report("s", "X", rows);
  CHECK_THAT(text, StartsWith("# Live Trading Report: s\n\n| Timestamp | Action |"));
  CHECK(text.find("CLOSED") < text.find("OPENED"));
  CHECK_THAT(text, Contains("**Total events:** 4\n**Closed signals:** 1\n**Win rate:** 100.00%"));
  CHECK_THAT(live_report("s", "X", rows, {.max_rows = 1}), Contains("CLOSED") && !Contains("OPENED") && Contains("events:** 4"));
  CHECK_THAT(live_report("s", "X", rows, {}, "| mine |"), Contains("| mine |") && !Contains("Timestamp"));
  CHECK(live_report("s", "X", {}) == "# Live Trading Report: s\n\nNo events recorded yet.");
}

TEST_CASE("what a journal kept shows a signal as it was when it began", "[live][report]") {
  Signal now = bought(kStart);
  now.entries.push_back({90, 100, kStart + 5 * kMinute});
  now.partials.push_back({true, 50, 101, 100, 1, kStart + 6 * kMinute});
  now.trailing_stop = 99.5, now.trailing_take = 103;
  now.peak = {101, kStart + kMinute, {}};
  FinishedSignal finished;
  finished.signal = now;
  finished.close_timestamp = kStart + kHour;
  // A limit order that was filled in the minute in which it was placed.
  const std::string decisions = decision("scheduled", kStart, 100.5) + decision("opened", kStart) + decision("closed", kStart + kHour);
  const auto rows = lua::recorded_ticks(decisions, std::span(&finished, 1), {}, {}, kCosts);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].action == Action::scheduled);
  CHECK(rows[0].current_price == 100.5);
  CHECK_FALSE(rows[0].pending_at);
  CHECK(rows[1].action == Action::opened);
  for (const LiveEvent& begun : {rows[0], rows[1]}) {
    CHECK(effective_price(*begun.signal) == 100);
    CHECK(begun.signal->entries.size() == 1);
    CHECK(begun.signal->partials.empty());
    CHECK(begun.signal->stop() == 99);
    CHECK(begun.signal->take() == 102);
  }
  CHECK(rows[2].signal->entries.size() == 2);
  CHECK(rows[2].signal->stop() == 99.5);
}

TEST_CASE("beside the model a row shows what the exchange had filled when it arose", "[live][report]") {
  Signal s = bought(kStart);
  Fill open, close;
  open.time = kStart, open.price = 100.1, open.fee = 0.2;
  close.time = kStart + kHour, close.price = 101.9;
  s.fills = {open, close};
  FinishedSignal finished;
  finished.signal = s;
  finished.close_timestamp = kStart + kHour;
  const std::string decisions = decision("opened", kStart) + decision("closed", kStart + kHour);
  const auto rows = lua::recorded_ticks(decisions, std::span(&finished, 1), {}, {}, kCosts);
  REQUIRE(rows.size() == 2);
  CHECK(has_fills(rows));
  CHECK(cell("fill", rows[0]) == "100.10 USD (fee 0.2000 USD)");
  CHECK(cell("fill", rows[1]) == "101.90 USD");
}

TEST_CASE("what a journal kept of a session is listed in the order of time, with what is still held", "[live][report]") {
  FinishedSignal closed, cancelled;
  closed.signal = bought(kStart + 10 * kMinute);
  closed.signal.scheduled_at = kStart;  // a limit order that waited ten minutes
  closed.close_timestamp = kStart + 30 * kMinute;
  cancelled.action = Action::cancelled;
  cancelled.signal = bought(0);
  cancelled.signal.scheduled_at = kStart + 40 * kMinute;
  cancelled.close_timestamp = kStart + 50 * kMinute;
  const std::vector<FinishedSignal> finished{closed, cancelled};
  const std::string decisions = decision("scheduled", kStart) + decision("opened", kStart + 10 * kMinute) +
                                decision("level-profit", kStart + 11 * kMinute) + decision("closed", kStart + 30 * kMinute) +
                                decision("scheduled", kStart + 40 * kMinute) + decision("cancelled", kStart + 50 * kMinute) +
                                decision("opened", kStart + kHour);
  std::string seen;
  for (const LiveEvent& row : lua::recorded_ticks(decisions, finished, bought(kStart + kHour), {}, kCosts)) {
    seen += std::string(to_string(row.action)) + " ";
  }
  CHECK(seen == "scheduled opened closed scheduled cancelled opened ");
  // A journal without decisions knows how signals ended.
  CHECK(lua::recorded_ticks("", finished, {}, {}, kCosts).size() == 2);
}
