#include "host/cli/sweep_best.h"

#include <algorithm>
#include <iterator>
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
  const bool whole = std::ranges::all_of(best.outcomes, [](const RunOutcome& o) { return o.failure.empty() && !o.report.interrupted; });
  if (whole && combined_hash(best.outcomes) != rows.front().tried->trial.run_hash) {
    best.unlike = "made again, the best point decided otherwise than its trial in the ledger: something beside the script, its "
                  "settings and its candles has changed; give another --ledger to try every point anew";
  }
  return best;
}

std::vector<Proof> prove_best(const BestRuns& best, const ProofOptions& options, Interrupt& interrupt,
                              const std::function<void(const PoolProgress&)>& tick) {
  // The ledger keeps one hash for all symbols; the proof wants each run's.
  std::vector<Proof> proofs;
  std::vector<ProofWish> wishes;
  for (std::size_t i = 0; i < best.runs.size(); ++i) {
    const RunOutcome& outcome = best.outcomes[i];
    const lua::PlannedRun& planned = best.runs[i].planned;
    if (outcome.report.interrupted) continue;
    if (outcome.failure.empty() && best.unlike.empty()) {
      wishes.push_back({planned, best.runs[i].script, outcome.report.run_hash, outcome.seconds, best.label});
      continue;
    }
    Proof& proof = proofs.emplace_back();
    proof.symbol = planned.symbol, proof.strategy_name = best.label;
    proof.exchange_name = planned.exchange_name, proof.frame_name = planned.frame_name;
    proof.why = outcome.failure.empty() ? best.unlike : "made again, the run failed: " + outcome.failure;
  }
  if (!wishes.empty()) std::ranges::move(prove(wishes, options, interrupt, tick), std::back_inserter(proofs));
  return proofs;
}

}  // namespace btk::host
