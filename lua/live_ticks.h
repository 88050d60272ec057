// The tick results of a paper or live run as its report lists them (analytics.md 1.2).
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/event.h"
#include "engine/pnl.h"
#include "engine/stats_live.h"

namespace btk::lua {

/// Adds a tick result to the list, or puts it in the place of the row that said the same before.
void keep_tick(std::vector<LiveEvent>& rows, const Event& event, const Costs& costs);

/// The list of a session as far as its journal tells: orders placed, openings, closes and cancellations. `decisions`
/// are whole lines of its decision log, `finished` its signals in the order in which they ended; the last two are
/// what is held now.
std::vector<LiveEvent> recorded_ticks(std::string_view decisions, std::span<const FinishedSignal> finished,
                                      const std::optional<Signal>& position, const std::optional<Signal>& order,
                                      const Costs& costs);

}  // namespace btk::lua
