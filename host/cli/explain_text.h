// The table of `btkhost run --explain`: minute by minute, why there was no trade.
#pragma once

#include <string>
#include <vector>

#include "host/cli/run_pool.h"

namespace btk::host {

/// One section per run. Rows that follow each other and say the same are kept apart: each is a minute.
std::string explain_text(const std::vector<RunOutcome>& outcomes, const lua::ExplainWish& wish);

}  // namespace btk::host
