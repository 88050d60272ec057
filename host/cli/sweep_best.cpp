#include "host/cli/sweep_best.h"

#include <utility>

namespace btk::host {

BestRuns run_best(const SweepGround& ground, const ParamSweepResult& result, const lua::ScriptOptions& script, unsigned threads,
                  Interrupt& interrupt, const std::function<void(const PoolProgress&)>& tick) {
  BestRuns best;
  const std::vector<SweepRow> rows = sweep_rows(result);
  if (rows.empty() || !rows.front().metric_value) return best;
  best.label = point_text(result.space, rows.front().tried->point);
  for (lua::PlannedRun planned : ground.symbols) {
    planned.params = point_params(result.space, rows.front().tried->point);
    best.runs.push_back({std::move(planned), &script});
  }
  RunPool pool({.threads = threads}, interrupt);
  best.outcomes = pool.run(best.runs, tick);
  return best;
}

std::vector<Proof> prove_best(const BestRuns& best, const ProofOptions& options, Interrupt& interrupt,
                              const std::function<void(const PoolProgress&)>& tick) {
  // The ledger keeps one hash for all symbols; the proof wants each run's.
  std::vector<ProofWish> wishes;
  for (std::size_t i = 0; i < best.runs.size(); ++i) {
    const RunOutcome& outcome = best.outcomes[i];
    if (!outcome.failure.empty() || outcome.report.interrupted) continue;
    wishes.push_back({best.runs[i].planned, best.runs[i].script, outcome.report.run_hash, outcome.seconds, best.label});
  }
  return wishes.empty() ? std::vector<Proof>() : prove(wishes, options, interrupt, tick);
}

}  // namespace btk::host
