#include "lua/live_ticks.h"

#include <algorithm>
#include <utility>

#include "lua/convert.h"

namespace btk::lua {
namespace {

Event tick_of(const FinishedSignal& f) {
  Event event;
  event.action = f.action;
  event.time = f.close_timestamp;
  event.current_price = f.current_price;
  event.close_reason = f.close_reason;
  event.cancel_reason = f.cancel_reason;
  event.signal = f.signal;
  event.pnl = f.pnl;
  return event;
}

// How the signal began: a limit order was placed, a position was opened, or one after the other.
void add_begin(std::vector<Event>& events, const Signal& s) {
  const auto add = [&](Action action, Timestamp time) {
    Event& event = events.emplace_back();
    event.action = action;
    event.time = time;
    event.current_price = s.price_open;
    event.signal = s;
  };
  const bool opened = s.pending_at > 0;
  if (!opened || s.scheduled_at < s.pending_at) add(Action::scheduled, s.scheduled_at);
  if (opened) add(Action::opened, s.pending_at);
}

}  // namespace

void keep_tick(std::vector<LiveEvent>& rows, const Event& event, const Costs& costs) {
  LiveEvent row;
  row.action = event.action;
  row.timestamp = static_cast<double>(event.time);
  row.current_price = event.current_price;
  row.close_reason = event.close_reason;
  row.cancel_reason = event.cancel_reason;
  if (event.signal) {
    const Signal& s = *event.signal;
    const bool waits = event.action == Action::waiting, held = waits || event.action == Action::active;
    row.signal = s;
    row.id = s.id;
    if (s.pending_at > 0) row.pending_at = static_cast<double>(s.pending_at);
    if (held || event.action == Action::closed) {
      const Pnl pnl = !held ? event.pnl : waits ? Pnl{} : pnl_at(s, event.current_price, costs);
      row.pnl = pnl.pnl_percentage;
      row.pnl_cost = pnl.pnl_cost;
    }
    if (held) {
      const Ways ways = ways_gone(s, event.current_price, waits);
      row.percent_tp = ways.take;
      row.percent_sl = ways.stop;
    }
    row.peak_pnl = s.peak.pnl.pnl_percentage;
    row.fall_pnl = s.fall.pnl.pnl_percentage;
  }
  if (const auto place = replaced_row(rows, row)) {
    rows[*place] = std::move(row);
  } else {
    rows.push_back(std::move(row));
  }
}

void keep_finished(std::vector<LiveEvent>& rows, const FinishedSignal& finished, const Costs& costs) {
  keep_tick(rows, tick_of(finished), costs);
}

std::vector<LiveEvent> recorded_ticks(const std::vector<FinishedSignal>& finished, const std::optional<Signal>& position,
                                      const std::optional<Signal>& order, const Costs& costs) {
  std::vector<Event> events;
  for (const FinishedSignal& f : finished) {
    add_begin(events, f.signal);
    events.push_back(tick_of(f));
  }
  if (position) add_begin(events, *position);
  if (order) add_begin(events, *order);
  std::ranges::stable_sort(events, {}, &Event::time);
  std::vector<LiveEvent> rows;
  for (const Event& event : events) keep_tick(rows, event, costs);
  return rows;
}

}  // namespace btk::lua
