#include "host/cli/sweep_proof.h"

#include <utility>

namespace btk::host {

std::vector<Proof> prove_best(const SweepGround& ground, const ParamSweepResult& result, const ProofOptions& options,
                              Interrupt& interrupt, const std::function<void(const PoolProgress&)>& tick) {
  const std::vector<SweepRow> rows = sweep_rows(result);
  if (rows.empty() || !rows.front().metric_value) return {};
  std::vector<PoolRun> runs;
  for (lua::PlannedRun planned : ground.symbols) {
    planned.params = point_params(result.space, rows.front().tried->point);
    runs.push_back({std::move(planned), ground.script});
  }
  // The ledger keeps one hash for all symbols; the proof wants each run's.
  RunPool pool({.threads = options.threads}, interrupt);
  const std::vector<RunOutcome> outcomes = pool.run(runs, tick);
  std::vector<ProofWish> wishes;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const RunOutcome& outcome = outcomes[i];
    if (!outcome.failure.empty() || outcome.report.interrupted) continue;
    wishes.push_back({runs[i].planned, runs[i].script, outcome.report.run_hash, outcome.seconds,
                      point_text(result.space, rows.front().tried->point)});
  }
  return wishes.empty() ? std::vector<Proof>() : prove(wishes, options, interrupt, tick);
}

}  // namespace btk::host
