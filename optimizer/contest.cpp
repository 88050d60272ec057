#include "optimizer/contest.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <thread>

#include "optimizer/shuffle.h"

namespace btk::optimizer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

// One thing to try; results come back in the order of the list, whoever was first.
struct Job {
  Attempt attempt;
  Outcome outcome{};
  bool made = false;
};

class Crew {
 public:
  Crew(const ContestSetup& setup, std::size_t of) : setup_(setup), of_(of) {}

  void run(std::vector<Job>& jobs) {
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
      for (std::size_t i = next.fetch_add(1); i < jobs.size(); i = next.fetch_add(1)) {
        if (setup_.stopped && setup_.stopped()) return;
        jobs[i].outcome = setup_.evaluate(jobs[i].attempt);
        jobs[i].made = true;
        const std::lock_guard lock(mutex_);
        ++done_;
        if (setup_.progress) setup_.progress(done_, of_);
      }
    };
    const std::size_t hands = std::min<std::size_t>(std::max(1U, setup_.threads), jobs.size());
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < hands; ++i) helpers.emplace_back(work);
    work();
  }

 private:
  const ContestSetup& setup_;
  std::mutex mutex_;
  std::size_t done_ = 0, of_;
};

Attempt attempt_of(const Entrant& entrant, const ContestSetup& setup, Timestamp from, Timestamp to,
                   std::shared_ptr<const lua::LoadedCandles> candles) {
  return {.name = std::filesystem::path(entrant.file).filename().string(), .text = entrant.text, .strategy_name = entrant.strategy_name, .symbol = setup.symbol,
          .exchange_name = setup.exchange_name, .frame_name = setup.frame_name, .from = from, .to = to, .candles = std::move(candles)};
}

bool sound(const Job& job) { return job.made && job.outcome.failure.empty() && job.outcome.report.fatal.empty(); }

Score score_of(const lua::RunReport& report, const std::string& metric) {
  const auto trades = lua::closed_trades(report.signals);
  Score score;
  score.stats = trade_stats(trades);
  score.metric = metric_value(score.stats, metric);
  score.run_hash = report.run_hash;
  return score;
}

std::optional<double> best_of(const std::vector<Job>& jobs, const ContestSetup& setup) {
  std::optional<double> best;
  for (const Job& job : jobs) {
    if (!sound(job)) continue;
    const auto value = score_of(job.outcome.report, setup.metric).metric;
    if (value && (!best || *value > *best)) best = value;
  }
  return best;
}

}  // namespace

ContestResult run_contest(const std::vector<Entrant>& entrants, const ContestSetup& setup) {
  ContestResult result;
  result.walk = std::make_shared<lua::Walk>();
  result.walk->walker_name = setup.walker_name;
  result.walk->symbol = setup.symbol;
  result.walk->exchange_name = setup.exchange_name;
  result.walk->frame_name = setup.frame_name;
  result.walk->total_strategies = entrants.size();
  result.walk->ranking = WalkerRanking(setup.metric);
  if (entrants.empty()) return result;

  Crew crew(setup, entrants.size() * (1 + (setup.eval_train ? 1 : 0) + setup.controls));
  const auto market = setup.candles(setup.symbol, setup.from, setup.to);
  const auto jobs_over = [&](const std::shared_ptr<const lua::LoadedCandles>& candles) {
    std::vector<Job> jobs;
    for (const Entrant& e : entrants) jobs.push_back({attempt_of(e, setup, setup.from, setup.to, candles)});
    return jobs;
  };
  std::vector<Job> tests = jobs_over(market);
  const auto began = Clock::now();
  crew.run(tests);
  result.seconds = seconds_since(began);

  for (std::size_t i = 0; i < tests.size(); ++i) {
    Job& job = tests[i];
    ContestRow row;
    row.strategy_name = entrants[i].strategy_name;
    row.kind = job.outcome.kind;
    row.failure = job.outcome.failure;
    row.seconds = job.outcome.seconds;
    if (!job.made) row.kind = row.failure = "interrupted";
    if (row.failure.empty()) row.failure = job.outcome.report.fatal;
    row.script_errors = job.outcome.report.errors.size();
    if (sound(job)) {
      row.test = score_of(job.outcome.report, setup.metric);
      result.walk->add(row.strategy_name, std::make_shared<lua::RunReport>(std::move(job.outcome.report)));
    }
    result.rows.push_back(std::move(row));
  }

  if (setup.eval_train) {
    std::vector<Job> trains;
    for (const Entrant& e : entrants) {
      trains.push_back({attempt_of(e, setup, e.train_from, e.train_to, setup.candles(setup.symbol, e.train_from, e.train_to))});
    }
    crew.run(trains);
    for (std::size_t i = 0; i < trains.size(); ++i) {
      if (sound(trains[i])) result.rows[i].train = score_of(trains[i].outcome.report, setup.metric);
    }
  }
  for (std::size_t k = 0; k < setup.controls && !(setup.stopped && setup.stopped()); ++k) {
    std::vector<Job> control = jobs_over(std::make_shared<lua::LoadedCandles>(shuffled(*market, setup.seed * 1000 + k)));
    crew.run(control);
    result.controls.push_back(best_of(control, setup));
  }
  return result;
}

}  // namespace btk::optimizer
