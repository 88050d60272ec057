// Makes the trials of a parameter search: asks the search for points, takes those
// that the ledger has from there, makes the others on all threads, and puts each
// into the ledger as soon as it is over. Every run is a worker script of its own;
// all of them read the same candles. What comes out is the same on any number of
// threads, and whether or not an earlier search was interrupted.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/param_search.h"
#include "host/cli/interrupt.h"
#include "host/cli/run_pool.h"
#include "host/ledger/ledger.h"
#include "host/sweep/sweep_result.h"

namespace btk::host {

/// What all trials have in common.
struct SweepGround {
  TrialKey key;                              ///< all but the parameters
  std::vector<lua::PlannedRun> symbols;      ///< the runs of one trial, one per symbol
  const lua::ScriptOptions* script = nullptr;
};

class ParamSweep {
 public:
  /// All of them must outlive the object. `threads` 0: one per core.
  ParamSweep(const SweepGround& ground, Ledger& ledger, Interrupt& interrupt, unsigned threads)
      : ground_(ground), ledger_(ledger), interrupt_(interrupt), threads_(threads) {}

  /// Adds trials and failures to `result` until the search has no more points or an interrupt comes. `tick` is called
  /// about ten times a second. Throws btk::Error when the ledger cannot be read or written.
  void run(ParamSearch& search, ParamSweepResult& result, const std::function<void(const PoolProgress&)>& tick);

  /// Trials that were in the ledger already.
  std::size_t known() const { return known_; }
  /// Trials made now.
  std::size_t made() const { return made_; }

 private:
  class Batch;

  const SweepGround& ground_;
  Ledger& ledger_;
  Interrupt& interrupt_;
  unsigned threads_;
  std::shared_ptr<lua::SharedColumns> columns_ = std::make_shared<lua::SharedColumns>();  ///< of all batches
  std::size_t known_ = 0, made_ = 0;
  std::int64_t minutes_ = 0;  ///< simulated in earlier batches
};

}  // namespace btk::host
