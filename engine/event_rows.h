// The rows of the event statistics (analytics.md 1.4 and 1.5): what a trader told
// about limit orders, milestones, rejections, commands, orders and new extremes,
// as flat rows under snake_case names, and the figures over them. Reports, scripts
// and event lines all show these rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/event.h"
#include "engine/pnl.h"

namespace btk {

enum class EventReport { schedule, partial, breakeven, risk, strategy, sync, highest_profit, max_drawdown };

/// "schedule" ... "max_drawdown", in the order of the enumeration.
std::span<const std::string_view> event_report_names();
std::string_view to_string(EventReport kind);
std::optional<EventReport> parse_event_report(std::string_view name);

/// Kinds of events (bits of EventKind) that the rows are made of.
std::uint32_t event_mask(EventReport kind);

/// Text, number, flag, or nothing.
using RowValue = std::variant<std::monostate, bool, double, std::string>;

/// Fields in a fixed order; one that does not apply is not there.
struct EventRow {
  std::vector<std::pair<std::string_view, RowValue>> fields;

  void add(std::string_view name, RowValue value) { fields.emplace_back(name, std::move(value)); }
  /// Nothing when the row has no such field.
  const RowValue* find(std::string_view name) const;
  /// Empty when the field is absent or no text.
  std::string_view text(std::string_view name) const;
  std::optional<double> number(std::string_view name) const;
};

/// Whose events they are.
struct EventContext {
  std::string symbol, strategy_name, exchange_name, frame_name;
  Costs costs;
  bool backtest = true;
};

/// The row of an event, or nothing when this report does not show it (an immediate entry is no schedule).
std::optional<EventRow> event_row(EventReport kind, const Event& event, const EventContext& context);

/// The rows of all events that belong to the report, oldest first.
std::vector<EventRow> event_rows(EventReport kind, std::span<const Event> events,
                                 const EventContext& context);

/// The figures over the rows, oldest first: total_events and what else the report counts. Absent rates and
/// means have no value.
EventRow event_figures(EventReport kind, std::span<const EventRow> rows);

/// How many rows have each value of a text field, in the order met from the newest row on.
std::vector<std::pair<std::string, std::size_t>> counts_by(std::span<const EventRow> rows,
                                                           std::string_view field);

}  // namespace btk
