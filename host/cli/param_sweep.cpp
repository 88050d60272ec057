#include "host/cli/param_sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>

#include "engine/sha256.h"
#include "engine/walker.h"
#include "host/cli/turned_away.h"
#include "host/clock/machine_clock.h"

namespace btk::host {
namespace {

// So many trials per thread are handed out at once: the threads wait for each other at the end of a batch, and the
// outcomes of one batch are in memory.
constexpr std::size_t kTrialsPerThread = 32;

std::string error_sentence(const lua::ReportedError& e) {
  return e.file.empty() ? e.message : fmt::format("{}:{}: {}", e.file, e.line, e.message);
}

}  // namespace

// Points that are tried together. Runs report to it from the threads that make them.
class ParamSweep::Batch {
 public:
  Batch(const SweepGround& ground, Ledger& ledger, const ParamSpace& space, const std::vector<std::uint64_t>& points)
      : ground_(ground), ledger_(ledger) {
    for (const std::uint64_t point : points) {
      Part part;
      part.tried.point = point;
      part.tried.trial.key = ground.key;
      part.tried.trial.key.params = point_json(space, point);
      if (auto found = ledger.find(part.tried.trial.key)) {
        part.tried.trial = std::move(*found);
        part.tried.stats = part.tried.trial.stats();
        part.known = part.done = true;
      } else {
        plan(space, part);
      }
      parts_.push_back(std::move(part));
    }
  }

  const std::vector<PoolRun>& runs() const { return runs_; }

  // Any thread.
  void take(std::size_t run, const RunOutcome& outcome) {
    const std::lock_guard lock(mutex_);
    Part& part = parts_[owners_[run]];
    part.outcomes[run - part.first_run] = reduced(outcome);
    if (--part.missing > 0 || std::ranges::any_of(part.outcomes, &Outcome::interrupted)) return;
    finish(part);
  }

  // When the runs are over.
  void collect(ParamSearch& search, ParamSweepResult& result, std::size_t& known, std::size_t& made) {
    if (!ledger_problem_.empty()) throw Error(ledger_problem_);
    for (Part& part : parts_) {
      if (!part.done) continue;  // interrupted
      if (!part.failure.empty()) {
        search.tell(part.tried.point, std::nullopt);
        result.failures.push_back({part.tried.point, std::move(part.failure)});
        continue;
      }
      ++(part.known ? known : made);
      search.tell(part.tried.point, metric_value(part.tried.stats, result.metric));
      result.trials.push_back(std::move(part.tried));
    }
  }

 private:
  // What is kept of a run.
  struct Outcome {
    std::vector<ClosedTrade> trades;
    std::string run_hash, failure, first_error;
    std::int64_t errors = 0;
    TurnedAway refused, rejected;
    bool interrupted = false;
  };
  struct Part {
    SweepTrial tried;
    std::size_t first_run = 0, missing = 0;
    std::vector<Outcome> outcomes;
    std::string failure;
    bool known = false, done = false;
  };

  void plan(const ParamSpace& space, Part& part) {
    part.first_run = runs_.size();
    part.missing = ground_.symbols.size();
    part.outcomes.resize(part.missing);
    for (lua::PlannedRun planned : ground_.symbols) {
      planned.world = parts_.size();  // trials share no risk limits
      planned.params = point_params(space, part.tried.point);
      owners_.push_back(parts_.size());
      runs_.push_back({std::move(planned), ground_.script});
    }
  }

  static Outcome reduced(const RunOutcome& outcome) {
    Outcome o;
    o.trades = lua::closed_trades(outcome.report.signals);
    for (ClosedTrade& trade : o.trades) trade.id.clear();
    o.run_hash = outcome.report.run_hash;
    o.failure = outcome.failure;
    o.interrupted = outcome.report.interrupted;
    o.refused = outcome.report.refused;
    o.rejected = outcome.report.rejected;
    for (const lua::ReportedError& e : outcome.report.errors) o.errors += e.count;
    if (!outcome.report.errors.empty()) {
      o.first_error = error_sentence(*std::ranges::min_element(outcome.report.errors, {}, &lua::ReportedError::first_at));
    }
    return o;
  }

  void finish(Part& part) {
    Trial& trial = part.tried.trial;
    std::string hashes;
    for (Outcome& o : part.outcomes) {
      trial.trades.insert(trial.trades.end(), o.trades.begin(), o.trades.end());
      trial.script_errors += o.errors;
      add_turned_away(trial.refused, o.refused);
      add_turned_away(trial.rejected, o.rejected);
      if (trial.first_error.empty()) trial.first_error = o.first_error;
      if (part.failure.empty()) part.failure = o.failure;
      hashes += o.run_hash + "\n";
    }
    std::ranges::stable_sort(trial.trades, {}, &ClosedTrade::close_timestamp);
    trial.run_hash = part.outcomes.size() == 1 ? part.outcomes.front().run_hash : sha256_hex(hashes);
    part.tried.stats = trial.stats();
    trial.made_by = "sweep";
    trial.made_at = wall_now();
    part.outcomes.clear();
    part.done = true;
    if (!part.failure.empty()) return;
    try {
      ledger_.add(trial, part.tried.stats);
    } catch (const Error& e) {
      if (ledger_problem_.empty()) ledger_problem_ = e.what();
    }
  }

  const SweepGround& ground_;
  Ledger& ledger_;
  std::vector<Part> parts_;
  std::vector<PoolRun> runs_;
  std::vector<std::size_t> owners_;  ///< part of each run
  std::mutex mutex_;
  std::string ledger_problem_;
};

void ParamSweep::run(ParamSearch& search, ParamSweepResult& result, const std::function<void(const PoolProgress&)>& tick) {
  const unsigned threads = threads_ > 0 ? threads_ : std::max(1u, std::thread::hardware_concurrency());
  while (!interrupt_.requested()) {
    const auto points = search.next(kTrialsPerThread * threads);
    if (points.empty()) return;
    const std::size_t before = result.trials.size() + result.failures.size();
    Batch batch(ground_, ledger_, result.space, points);
    if (!batch.runs().empty()) {
      RunPool pool({.threads = threads, .columns = columns_,
                    .finished = [&batch](std::size_t run, const RunOutcome& o) { batch.take(run, o); }},
                   interrupt_);
      PoolProgress last;
      pool.run(batch.runs(), [&](const PoolProgress& now) {
        last = now;
        PoolProgress all = now;
        const double here = now.share * static_cast<double>(points.size());
        all.share = (static_cast<double>(before) + here) / static_cast<double>(search.total());
        all.minutes += minutes_;
        all.runs = static_cast<std::size_t>(search.total());
        all.done = before + static_cast<std::size_t>(here);
        tick(all);
      });
      minutes_ += last.minutes;
    }
    batch.collect(search, result, known_, made_);
  }
}

}  // namespace btk::host
