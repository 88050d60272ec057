// The statistics of a paper or live session (analytics.md 1.2): rows are events of
// every kind, and the formulas of the back-test count the closed ones. What goes
// into the list as a new row and what replaces an older one, replaced_row() says.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/event.h"
#include "engine/stats.h"

namespace btk {

/// One event of a session: what the statistics read, and what a report shows beside that.
struct LiveEvent {
  Action action = Action::closed;
  std::string id{};                    ///< of the signal; empty for an idle event
  double timestamp = 0;                ///< ms; of a closed event the moment of the close
  double current_price = 0;            ///< quote currency
  std::optional<double> pnl{};         ///< net result, percent, also while open; a closed event without one does not count
  std::optional<double> pending_at{};  ///< ms; absent: the position counts as opened when it closed
  std::optional<double> peak_pnl{};    ///< best result while open, percent
  std::optional<double> fall_pnl{};    ///< worst result while open, percent
  std::optional<Signal> signal{};      ///< none of an idle event
  std::optional<double> pnl_cost{};    ///< net result, USD; there with `pnl`
  std::optional<double> percent_tp{}, percent_sl{};  ///< of the way to the take profit or the stop loss, while it waits or is open
  CloseReason close_reason = CloseReason::none;
  CancelReason cancel_reason = CancelReason::none;
};

struct LiveStats {
  std::size_t total_events = 0;  ///< rows of every kind
  TradeStats trades;             ///< of the closed ones; total_signals is their number
};

/// `events` in order of arrival, oldest first. A cap keeps the newest rows of all kinds.
LiveStats live_stats(std::span<const LiveEvent> events, std::optional<std::size_t> cap = std::nullopt);

/// total_events, total_closed, then the fields of trade_stat_fields() from win_count on.
std::span<const FieldOf<LiveStats>> live_stat_fields();

/// The rule by which a session's list takes an event: an idle, waiting or active event takes the place of the
/// row that said the same before. `rows` oldest first; the answer is the index of the row to replace, or
/// nothing when the event is a new row.
std::optional<std::size_t> replaced_row(std::span<const LiveEvent> rows, const LiveEvent& event);

}  // namespace btk
