// The real product on candles in memory: a worker script that makes one run, the
// way host/cli/run_pool.cpp drives it (a day at a time at first, more for a fast
// script).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lua/script.h"
#include "measure.h"
#include "year.h"

namespace btk::bench {

/// A strategy file beside the benchmark's sources.
std::filesystem::path strategy(const std::string& name);

/// Options for a strategy file with this source of candles. `guarded`: as `btkhost run` has it.
lua::ScriptOptions options_for(const std::string& name, std::shared_ptr<lua::CandleSource> source,
                               bool guarded = true);

struct ProductRun {
  double load = 0;     ///< s of CPU: the isolate, the btk module, the strategy file
  double begin = 0;    ///< s: preparing the run
  double run = 0;      ///< s: the run itself
  double finish = 0;   ///< s: statistics and report
  lua::RunReport report{};
  double all() const { return load + begin + run + finish; }
};

/// One whole run with the first registered strategy, or the one that is named.
ProductRun product_run(const lua::ScriptOptions& options, const std::string& strategy_name = {});

}  // namespace btk::bench
