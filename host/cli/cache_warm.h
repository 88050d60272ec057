// Fetching series into the candle store, several symbols at the same time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/cli/cache_progress.h"
#include "host/exchange/candle_filler.h"

namespace btk::host {

struct WarmPlan {
  std::vector<std::string> symbols;
  std::vector<Interval> intervals;
  Timestamp from = 0, to = 0;  ///< [from, to)
  bool quiet = false;
};

/// Says what it does and finds through the console. The number of series that failed.
std::size_t warm_cache(const WarmPlan& plan, CandleFiller& source, Console& console,
                       const std::function<bool()>& stopped);

}  // namespace btk::host
