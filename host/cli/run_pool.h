// Makes planned runs on several threads. Each run is a worker script of its own;
// runs whose strategies share a risk profile form a group that keeps step on one
// thread, in the order of the list within a minute, so that a shared limit gives
// the same result on one core or many. A run that fails leaves the others alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/cli/interrupt.h"
#include "lua/script.h"

namespace btk::host {

/// What became of one planned run.
struct RunOutcome {
  lua::RunReport report{};      ///< names and hash are always there
  std::string failure{};        ///< one sentence: why it could not be made or could not go on; else empty
  bool not_loaded = false;      ///< the failure is an error of the script's loading
  bool bad_input = false;       ///< it is about files that were given, and nothing was begun
  double seconds = 0;           ///< wall-clock time of the run itself
};

/// Whether there is anything to report: a run that was never begun says nothing.
bool was_made(const RunOutcome& outcome);

/// How far all runs together are; may be read while they run.
struct PoolProgress {
  double share = 0;          ///< 0..1
  std::int64_t minutes = 0;  ///< simulated, of all runs together
  std::size_t done = 0, runs = 0;
};

struct PoolOptions {
  unsigned threads = 0;  ///< 0: one per core
  bool fail_fast = false;
  /// Where runs over the same candles find what others made of them; empty: the runs of this pool do.
  std::shared_ptr<lua::SharedColumns> columns{};
  /// Called as soon as a run is over, on the thread that made it; must not throw.
  std::function<void(std::size_t index, const RunOutcome& outcome)> finished{};
};

/// A planned run and the script that makes it.
struct PoolRun {
  lua::PlannedRun planned;
  const lua::ScriptOptions* script;
};

/// Indices of runs that must keep step, each group in list order, groups in the order of their first run.
std::vector<std::vector<std::size_t>> lock_step_groups(const std::vector<lua::PlannedRun>& planned);

/// SHA-256 over several run hashes, each followed by a line end (differences.md 20); a single one stands for itself.
std::string combined_hash(const std::vector<RunOutcome>& outcomes);

class RunPool {
 public:
  /// `interrupt` must outlive the pool.
  RunPool(PoolOptions options, Interrupt& interrupt);

  /// Outcomes in the order of `runs`. Their scripts must outlive the call. `tick` is called on this thread about ten times a second meanwhile.
  std::vector<RunOutcome> run(const std::vector<PoolRun>& runs, const std::function<void(const PoolProgress&)>& tick);
  /// Runs of one script.
  std::vector<RunOutcome> run(const lua::ScriptOptions& script, const std::vector<lua::PlannedRun>& planned,
                              const std::function<void(const PoolProgress&)>& tick);

  // While it runs, on the thread of tick().
  /// The outcome of a run that is over, else nullptr.
  const RunOutcome* finished(std::size_t index) const { return meters_[index]->done ? &outcomes_[index] : nullptr; }
  /// The run is not wanted any more; if it has not begun, it never will.
  void skip(std::size_t index) { meters_[index]->unwanted.store(true); }
  /// The run shall make no new signals; what is open ends as it would.
  void stop(std::size_t index) { meters_[index]->stopping.store(true); }
  /// How far a run is (0..1) in which frame; nothing before it has begun.
  struct Place {
    double share = 0;
    lua::Script::FrameSpan frame;
  };
  std::optional<Place> place(std::size_t index) const;

 private:
  struct Meter {
    std::atomic<double> share{0};
    std::atomic<std::int64_t> minutes{0};
    std::atomic<bool> done{false}, unwanted{false}, stopping{false};
    lua::Script::FrameSpan frame;     ///< written before `begun` is set
    std::atomic<bool> begun{false};
  };
  class Member;

  void run_group(const std::vector<std::size_t>& group);
  void drive(std::vector<std::unique_ptr<Member>>& members);
  PoolProgress progress() const;
  bool stopping() const { return interrupt_.requested() || failed_.load(); }
  void take(std::size_t index, RunOutcome outcome);

  PoolOptions options_;
  Interrupt& interrupt_;
  const std::vector<PoolRun>* runs_ = nullptr;
  std::vector<RunOutcome> outcomes_;
  std::vector<std::unique_ptr<Meter>> meters_;
  std::atomic<bool> failed_{false};  ///< with fail_fast: a run failed
};

}  // namespace btk::host
