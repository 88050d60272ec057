#include "host/cli/run_pool.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

#include "engine/decision_log.h"
#include "engine/sha256.h"
#include "host/clock/machine_clock.h"

namespace btk::host {
namespace {

constexpr double kLongSlice = 0.1;  ///< seconds
constexpr Timestamp kLongestSlice = 8 * kDay;  ///< a script may become slow from one minute to the next
constexpr WorkKey kForEver{std::numeric_limits<Timestamp>::max(), 1};

/// The last moment before `key`.
WorkKey moment_before(WorkKey key) { return key.stage > 0 ? WorkKey{key.minute, key.stage - 1} : WorkKey{key.minute - 1, 1}; }

// Each run asks for the megabytes that the one before it gave back. The system would take them back meanwhile and clear
// every page again: a quarter of all page faults of a sweep. Columns of a year of minutes still go back to it.
void keep_freed_memory() {
  static std::once_flag once;
  std::call_once(once, [] {
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
  });
}

lua::RunReport empty_report(const lua::PlannedRun& planned) {
  lua::RunReport report;
  report.symbol = planned.symbol;
  report.strategy_name = planned.strategy_name;
  report.exchange_name = planned.exchange_name;
  report.frame_name = planned.frame_name;
  const DecisionLog nothing_decided(planned.symbol, planned.strategy_name, true);
  report.run_hash = nothing_decided.hash();
  report.decisions = nothing_decided.text();
  return report;
}

// Where each reads other candles, keeping what was made of them is of no use.
bool read_the_same_candles(const std::vector<lua::PlannedRun>& planned) {
  std::set<std::pair<std::string_view, std::string_view>> markets;
  return !std::ranges::all_of(planned, [&](const auto& run) { return markets.emplace(run.exchange_name, run.symbol).second; });
}

}  // namespace

std::vector<std::vector<std::size_t>> lock_step_groups(const std::vector<lua::PlannedRun>& planned) {
  std::vector<std::size_t> leader(planned.size());
  std::iota(leader.begin(), leader.end(), 0);
  const auto find = [&](std::size_t i) {
    while (leader[i] != i) i = leader[i];
    return i;
  };
  const auto shares = [](const lua::PlannedRun& a, const lua::PlannedRun& b) {
    return a.world == b.world && std::find_first_of(a.risks.begin(), a.risks.end(), b.risks.begin(), b.risks.end()) != a.risks.end();
  };
  for (std::size_t i = 0; i < planned.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (!shares(planned[i], planned[k])) continue;
      const std::size_t a = find(i), b = find(k);
      leader[std::max(a, b)] = std::min(a, b);
    }
  }
  std::vector<std::vector<std::size_t>> groups;
  std::vector<std::size_t> place(planned.size());
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const std::size_t first = find(i);
    if (first == i) {
      place[i] = groups.size();
      groups.emplace_back();
    }
    groups[place[first]].push_back(i);
  }
  return groups;
}

std::string combined_hash(const std::vector<RunOutcome>& outcomes) {
  if (outcomes.size() == 1) return outcomes.front().report.run_hash;
  std::string lines;
  for (const RunOutcome& outcome : outcomes) lines += outcome.report.run_hash + "\n";
  return sha256_hex(lines);
}

bool was_made(const RunOutcome& outcome) {
  return outcome.report.candles > 0 || (outcome.failure.empty() && !outcome.report.interrupted);
}

// One run of a group: its script from loading to its report.
class RunPool::Member {
 public:
  Member(RunPool& pool, std::size_t index, std::shared_ptr<RiskBook> book, std::shared_ptr<lua::KeyValueStore> store, bool alone)
      : pool_(pool), index_(index), planned_((*pool.runs_)[index].planned), script_options_(*(*pool.runs_)[index].script),
        book_(std::move(book)), options_(script_options_) {
    options_.services.kept = options_.services.passing = std::move(store);
    options_.services.alone = alone;
    if (!options_.proof) options_.columns = pool_.options_.columns;  // a proof's runs see candles of their own
    if (!planned_.params.empty()) options_.params = planned_.params;
    // The main chunk was executed before, in the main script: what it says was said there.
    options_.print = [this](std::string_view line) {
      if (!loading_ && script_options_.print) script_options_.print(line);
    };
    options_.log = [this](std::string_view level, std::string_view text) {
      if (!loading_ && script_options_.log) script_options_.log(level, planned_.symbol + ": " + std::string(text));
    };
  }

  std::size_t index() const { return index_; }
  bool over() const { return over_; }

  void begin() {
    attempt([&] {
      script_ = std::make_unique<lua::Script>(options_, lua::Script::Role::worker, planned_.symbol, planned_.strategy_name);
      watch_.emplace(pool_.interrupt_, script_->isolate());
      script_->load();
      loading_ = false;
      script_->begin(planned_, book_);
      begun_ = true;
    });
    if (over_) return;
    start_ = key().minute;
    Meter& meter = *pool_.meters_[index_];
    meter.frame = script_->frame_span();
    meter.begun.store(true);
  }

  /// What it would do next; a run in the middle of something goes first.
  WorkKey key() { return script_->next_work().value_or(WorkKey{std::numeric_limits<Timestamp>::min(), 0}); }

  void advance(WorkKey horizon) {
    const auto began = SteadyClock::now();
    Meter& meter = *pool_.meters_[index_];
    if (meter.stopping) script_->stop();
    attempt([&] { over_ = script_->advance(horizon); });
    const double spent = std::chrono::duration<double>(SteadyClock::now() - began).count();
    outcome_.seconds += spent;
    if (spent > kLongSlice) slice_ = std::max(slice_ / 4, kMinute);
    if (spent < kLongSlice / 10) slice_ = std::min(slice_ * 2, kLongestSlice);
    meter.share.store(script_->progress());
    if (const auto next = script_->next_work()) meter.minutes.store((next->minute - start_) / kMinute);
  }

  /// Simulated time to go on at once: what took some hundredths of a second last time, a day at first.
  Timestamp slice() const { return slice_; }

  void abandon() {
    if (over_) return;
    script_->abandon();
    advance(kForEver);
    over_ = true;
  }

  void finish() {
    if (begun_) {
      if (interrupted_) script_->abandon();  // also where the interrupt broke a call off
      outcome_.report = script_->finish();
      if (outcome_.failure.empty()) outcome_.failure = outcome_.report.fatal;
    } else {
      outcome_.report = empty_report(planned_);
    }
    outcome_.report.interrupted = outcome_.report.interrupted || interrupted_;
    release_risk();
    watch_.reset();
    script_.reset();
    pool_.take(index_, std::move(outcome_));
  }

 private:
  template <class Action>
  void attempt(Action action) {
    try {
      action();
    } catch (const lua::ScriptFailure& e) {
      over_ = true;
      if (e.error().stop == lua::StopReason::interrupted) {
        interrupted_ = true;
      } else {
        fail(e.what());
      }
    } catch (const std::exception& e) {
      over_ = true;
      fail(e.what());
    }
  }

  void fail(const char* why) {
    outcome_.failure = why;
    outcome_.not_loaded = loading_;
    outcome_.bad_input = script_ && script_->had_bad_input();
  }

  // A run that broke off must not block its group.
  void release_risk() {
    for (const std::string& profile : planned_.risks) {
      book_->release(profile, {planned_.strategy_name, planned_.exchange_name, planned_.symbol});
    }
  }

  RunPool& pool_;
  std::size_t index_;
  const lua::PlannedRun& planned_;
  const lua::ScriptOptions& script_options_;
  std::shared_ptr<RiskBook> book_;
  lua::ScriptOptions options_;
  std::unique_ptr<lua::Script> script_;
  std::optional<Interrupt::Watch> watch_;
  RunOutcome outcome_;
  Timestamp start_ = 0, slice_ = kDay;
  bool loading_ = true, begun_ = false, over_ = false, interrupted_ = false;
};

RunPool::RunPool(PoolOptions options, Interrupt& interrupt) : options_(options), interrupt_(interrupt) {
  if (options_.threads == 0) options_.threads = std::max(1u, std::thread::hardware_concurrency());
}

std::vector<RunOutcome> RunPool::run(const lua::ScriptOptions& script, const std::vector<lua::PlannedRun>& planned,
                                     const std::function<void(const PoolProgress&)>& tick) {
  std::vector<PoolRun> runs;
  for (const lua::PlannedRun& one : planned) runs.push_back({one, &script});
  return run(runs, tick);
}

std::vector<RunOutcome> RunPool::run(const std::vector<PoolRun>& runs, const std::function<void(const PoolProgress&)>& tick) {
  if (runs.size() > 1) keep_freed_memory();
  runs_ = &runs;
  outcomes_.clear();
  outcomes_.resize(runs.size());
  meters_.clear();
  for (std::size_t i = 0; i < runs.size(); ++i) meters_.push_back(std::make_unique<Meter>());

  std::vector<lua::PlannedRun> planned;
  for (const PoolRun& one : runs) planned.push_back(one.planned);
  const auto groups = lock_step_groups(planned);
  if (!options_.columns && read_the_same_candles(planned)) options_.columns = std::make_shared<lua::SharedColumns>();
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t working = std::min<std::size_t>(options_.threads, groups.size());
  std::vector<std::jthread> threads;
  const auto work = [&] {
    for (std::size_t i = next++; i < groups.size(); i = next++) run_group(groups[i]);
    const std::lock_guard lock(mutex);
    --working;
    ended.notify_one();
  };
  for (std::size_t i = working; i > 0; --i) threads.emplace_back(work);

  std::unique_lock lock(mutex);
  while (!ended.wait_for(lock, std::chrono::milliseconds(100), [&] { return working == 0; })) {
    lock.unlock();
    tick(progress());
    lock.lock();
  }
  lock.unlock();
  tick(progress());
  return std::move(outcomes_);
}

void RunPool::run_group(const std::vector<std::size_t>& group) {
  // What the group shares: nothing of it is seen by runs of other threads.
  const auto book = std::make_shared<RiskBook>();
  const auto store = std::make_shared<lua::MemoryKeyValueStore>();
  std::vector<std::unique_ptr<Member>> members;
  for (const std::size_t index : group) {
    if (stopping() || meters_[index]->unwanted) {
      RunOutcome outcome{.report = empty_report((*runs_)[index].planned)};
      outcome.report.interrupted = true;
      take(index, std::move(outcome));
      continue;
    }
    members.push_back(std::make_unique<Member>(*this, index, book, store, group.size() == 1));
    members.back()->begin();
  }
  drive(members);
}

// Always the run with the earliest work, of equals the first in the list, as far as no other is earlier; at most
// a slice, so that progress and interrupts are seen.
void RunPool::drive(std::vector<std::unique_ptr<Member>>& members) {
  while (true) {
    std::erase_if(members, [](const auto& member) {
      if (member->over()) member->finish();
      return member->over();
    });
    if (members.empty()) return;
    if (stopping()) {
      for (auto& member : members) member->abandon();
      continue;
    }
    std::vector<WorkKey> keys;
    for (auto& member : members) keys.push_back(member->key());
    const std::size_t first = static_cast<std::size_t>(std::min_element(keys.begin(), keys.end()) - keys.begin());
    WorkKey horizon = kForEver;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (i != first) horizon = std::min(horizon, i < first ? moment_before(keys[i]) : keys[i]);
    }
    Member& member = *members[first];
    const WorkKey later{std::max<Timestamp>(keys[first].minute, 0) + member.slice(), 1};
    member.advance(std::max(keys[first], std::min(horizon, later)));
  }
}

std::optional<RunPool::Place> RunPool::place(std::size_t index) const {
  const Meter& meter = *meters_[index];
  if (!meter.begun) return std::nullopt;
  return Place{meter.share.load(), meter.frame};
}

PoolProgress RunPool::progress() const {
  PoolProgress p;
  p.runs = meters_.size();
  for (const auto& meter : meters_) {
    p.share += meter->done && !stopping() ? 1 : meter->share.load();
    p.minutes += meter->minutes;
    p.done += meter->done;
  }
  p.share = p.runs == 0 ? 1 : p.share / static_cast<double>(p.runs);
  return p;
}

void RunPool::take(std::size_t index, RunOutcome outcome) {
  if (options_.fail_fast && !outcome.failure.empty()) failed_.store(true);
  outcomes_[index] = std::move(outcome);
  if (options_.finished) options_.finished(index, outcomes_[index]);
  meters_[index]->done.store(true);
}

}  // namespace btk::host
