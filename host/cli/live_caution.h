// What is looked at before a session that asks a broker begins: whether its orders
// and its prices belong together, and what the user has to be told of it.
#pragma once

#include <string>
#include <vector>

#include <spdlog/logger.h>

#include "host/cli/live_options.h"
#include "lua/script.h"

namespace btk::host {

/// Orders of a broker follow prices that are not the market's: made up (driver "synthetic") or recorded ("csv", "sqlite").
/// A warning per exchange; a UsageError when the prices are made up, the session runs on the machine's clock and the script
/// can reach an exchange: then orders of real money would follow them.
void mind_prices(const LiveOptions& options, lua::Script& script, const std::vector<lua::PlannedRun>& planned, bool wall_clock,
                 spdlog::logger& logger);

/// A session on the machine's clock that asks a broker trades for real: at a terminal the user is asked whether that is meant
/// (not with --yes), elsewhere it is told. Throws UsageError when the answer is not yes.
void mind_money(const LiveOptions& options, lua::Script& script, const std::vector<lua::PlannedRun>& planned, bool wall_clock,
                Console& console, spdlog::logger& logger);

}  // namespace btk::host
