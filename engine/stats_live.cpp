#include "engine/stats_live.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "engine/stats_rows.h"

namespace btk {
namespace {

// The field of the same name in the statistics of the closed trades.
template <std::size_t Index>
StatValue trade_value(const LiveStats& stats) {
  return trade_stat_fields()[Index].value(stats.trades);
}

template <std::size_t... Index>
std::array<FieldOf<LiveStats>, kTradeStatCount + 1> make_fields(std::index_sequence<Index...>) {
  const auto names = trade_stat_fields();
  return {
      {{"total_events", "totalEvents", [](const LiveStats& s) { return stat_value(s.total_events); }},
       {"total_closed", "totalClosed", [](const LiveStats& s) { return stat_value(s.trades.total_signals); }},
       {names[Index + 1].snake, names[Index + 1].camel, trade_value<Index + 1>}...}};
}

bool is_valid(const LiveEvent& event) {
  return event.action == Action::closed && event.pnl && std::isfinite(*event.pnl) && event.timestamp > 0 &&
         !std::isnan(event.pending_at.value_or(event.timestamp));
}

}  // namespace

LiveStats live_stats(std::span<const LiveEvent> events, std::optional<std::size_t> cap) {
  if (cap && events.size() > *cap) events = events.last(*cap);
  std::vector<ClosedTrade> trades;
  for (const LiveEvent& event : events) {
    if (!is_valid(event)) continue;
    trades.push_back({.id = event.id,
                      .pending_at = event.pending_at.value_or(event.timestamp),
                      .close_timestamp = event.timestamp,
                      .close_price = event.current_price,
                      .pnl_percentage = *event.pnl,
                      .peak_pnl = event.peak_pnl,
                      .fall_pnl = event.fall_pnl});
  }
  return {.total_events = events.size(),
          .trades = stats_of(newest_first(trades, std::nullopt), Durations::of_all_rows)};
}

std::span<const FieldOf<LiveStats>> live_stat_fields() {
  static const auto fields = make_fields(std::make_index_sequence<kTradeStatCount - 1>());
  return fields;
}

std::optional<std::size_t> replaced_row(std::span<const LiveEvent> rows, const LiveEvent& event) {
  if (event.action == Action::idle) {
    const auto oldest_idle = std::ranges::find(rows, Action::idle, &LiveEvent::action);
    const bool position_before = std::any_of(rows.begin(), oldest_idle, [](const LiveEvent& row) {
      return row.action == Action::opened || row.action == Action::active;
    });
    if (oldest_idle == rows.end() || position_before) return std::nullopt;
    return static_cast<std::size_t>(oldest_idle - rows.begin());
  }
  if (event.action != Action::waiting && event.action != Action::active) return std::nullopt;
  const auto same = std::ranges::find_if(
      rows, [&](const LiveEvent& row) { return row.action == event.action && row.id == event.id; });
  if (same == rows.end()) return std::nullopt;
  return static_cast<std::size_t>(same - rows.begin());
}

}  // namespace btk
