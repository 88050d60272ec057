// What `btkhost run --verbose` tells of a run's signals: a block of lines for each
// that was scheduled, opened, closed or cancelled, in the order of time.
#pragma once

#include <string>

#include "lua/run.h"

namespace btk::host {

/// "[POSITION CLOSED] BTCUSDT" and indented lines "Name: value"; times in UTC, prices in quote currency, the result in percent
/// of what was invested, costs included. Empty for a run without signals.
std::string position_blocks(const lua::RunReport& report);

}  // namespace btk::host
