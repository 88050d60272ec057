// The tick results of a paper or live run as its report lists them (analytics.md 1.2).
#pragma once

#include <optional>
#include <vector>

#include "engine/event.h"
#include "engine/pnl.h"
#include "engine/stats_live.h"

namespace btk::lua {

/// Adds a tick result to the list, or puts it in the place of the row that said the same before.
void keep_tick(std::vector<LiveEvent>& rows, const Event& event, const Costs& costs);

/// Adds the tick result that ended the signal.
void keep_finished(std::vector<LiveEvent>& rows, const FinishedSignal& finished, const Costs& costs);

/// The list of a session as far as its journal tells: orders placed, openings, closes, cancellations, and what is
/// held now.
std::vector<LiveEvent> recorded_ticks(const std::vector<FinishedSignal>& finished, const std::optional<Signal>& position,
                                      const std::optional<Signal>& order, const Costs& costs);

}  // namespace btk::lua
