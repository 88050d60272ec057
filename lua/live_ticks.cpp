#include "lua/live_ticks.h"

#include <algorithm>
#include <charconv>
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

// The signal as it was when it began: without what has been done to it since.
Signal as_begun(const Signal& now, Action action) {
  Signal s = now;
  s.pending_at = action == Action::opened ? now.pending_at : 0;
  s.entries.resize(std::min<std::size_t>(s.entries.size(), 1));
  s.partials.clear();
  s.trailing_stop.reset();
  s.trailing_take.reset();
  s.peak = s.fall = {s.price_open, s.pending_at, {}};
  const Timestamp began = action == Action::opened ? s.pending_at : s.scheduled_at;
  std::erase_if(s.fills, [&](const Fill& fill) { return fill.time > began; });
  return s;
}

// What a line of the decision log says.
struct Decision {
  std::string_view kind, id;
  Timestamp time = 0;
  double price = 0;
};

std::string_view next_part(std::string_view& rest, char end) {
  const std::size_t at = std::min(rest.find(end), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

template <class Number>
Number number_in(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Decision read_line(std::string_view line) {
  Decision out;
  out.kind = next_part(line, '\t');
  out.time = number_in<Timestamp>(next_part(line, '\t'));
  while (!line.empty()) {
    std::string_view value = next_part(line, '\t');
    const std::string_view key = next_part(value, '=');
    if (key == "id") out.id = value;
    if (key == "price") out.price = number_in<double>(value);
  }
  return out;
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

std::vector<LiveEvent> recorded_ticks(std::string_view decisions, std::span<const FinishedSignal> finished,
                                      const std::optional<Signal>& position, const std::optional<Signal>& order,
                                      const Costs& costs) {
  std::vector<LiveEvent> rows;
  // Signals end one after the other and in the order of `finished`; what began and has not ended is held.
  const auto begin = [&](const Decision& d, Action action) {
    const Signal* signal = !finished.empty() ? &finished.front().signal : position ? &*position : order ? &*order : nullptr;
    if (signal == nullptr) return;
    Event event;
    event.action = action;
    event.time = d.time;
    event.current_price = d.price;
    event.signal = as_begun(*signal, action);
    keep_tick(rows, event, costs);
  };
  while (!decisions.empty()) {
    const Decision d = read_line(next_part(decisions, '\n'));
    if (d.kind == "scheduled") {
      begin(d, Action::scheduled);
    } else if (d.kind == "opened") {
      begin(d, Action::opened);
    } else if ((d.kind == "closed" || d.kind == "cancelled") && !finished.empty()) {
      keep_tick(rows, tick_of(finished.front()), costs);
      finished = finished.subspan(1);
    }
  }
  for (const FinishedSignal& f : finished) keep_tick(rows, tick_of(f), costs);  // of a journal that keeps no decisions
  return rows;
}

}  // namespace btk::lua
