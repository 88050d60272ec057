// What the report of a comparison says beside its tables, for a reader who would
// otherwise compare what cannot be compared.
#pragma once

#include <string>

#include "lua/walk.h"

namespace btk::host {

/// Which strategies had signals that came to nothing, and why: it explains those without trades.
std::string turned_away_part(const lua::Walk& walk);

/// What each strategy paid, where they paid unequal fees: their results are no comparison then. Empty: all paid alike.
std::string costs_part(const lua::Walk& walk);

/// That not all strategies were tested.
std::string stopped_remark(const lua::Walk& walk);

}  // namespace btk::host
