// The files of an idea sweep: ideas, one JSON object per line, and a configuration.
// Everything is checked before any work; throws UsageError with file, line, field
// and the shape that was expected.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/idea_sweep.h"

namespace btk::host {

/// {"id": 1, "ts": 1704067200000, "symbol": "BTCUSDT", "direction": "LONG", "author": "somebody"}; empty lines are passed
/// over. At least one idea.
std::vector<Idea> read_ideas(const std::filesystem::path& file);

struct IdeaSweepConfig {
  SweepAxes axes;
  std::string report_order = "sharpe";  ///< one of kSweepCriteria
};

/// {"gridAxes": {"hardStopPercent": [1, 2], ...}, "reportOrder": "pnl"}, both optional. A given axis replaces the usual
/// one. An empty path gives the usual ones.
IdeaSweepConfig read_idea_config(const std::filesystem::path& file);

}  // namespace btk::host
