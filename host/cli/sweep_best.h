// The best point of a parameter sweep, run once more: for the proof against
// look-ahead, and for the page, which shows its trades. Trials themselves keep
// neither candles nor signals.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/cli/param_sweep.h"
#include "host/prove/prove.h"

namespace btk::host {

struct BestRuns {
  std::string label;                 ///< "fast=10 slow=30"
  std::vector<PoolRun> runs;         ///< one per symbol; empty when no trial has a value of the metric
  std::vector<RunOutcome> outcomes;  ///< in their order
  std::string unlike{};              ///< why they are not the trial that was ranked; else empty
};

/// Makes the best point's runs again. `script` must outlive what is returned. `tick` as in RunPool::run.
BestRuns run_best(const SweepGround& ground, const ParamSweepResult& result, const lua::ScriptOptions& script, unsigned threads,
                  Interrupt& interrupt, const std::function<void(const PoolProgress&)>& tick);

/// Proves them; of those that failed or are unlike the trial, it says so.
std::vector<Proof> prove_best(const BestRuns& best, const ProofOptions& options, Interrupt& interrupt,
                              const std::function<void(const PoolProgress&)>& tick);

}  // namespace btk::host
