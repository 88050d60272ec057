#include "optimizer/contest.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "lua/history.h"
#include "optimizer/crew.h"
#include "optimizer/look_back.h"
#include "optimizer/shuffle.h"

namespace btk::optimizer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) { return std::chrono::duration<double>(Clock::now() - began).count(); }

using Outcomes = std::vector<std::optional<Outcome>>;
using Candles = std::shared_ptr<const lua::LoadedCandles>;

bool sound(const std::optional<Outcome>& outcome) { return outcome && outcome->failure.empty() && outcome->report.fatal.empty(); }

Score score_of(const lua::RunReport& report, const std::string& metric) {
  const auto trades = lua::closed_trades(report.signals);
  Score score;
  score.stats = trade_stats(trades);
  score.metric = metric_value(score.stats, metric);
  score.run_hash = report.run_hash;
  return score;
}

std::optional<double> best_of(const Outcomes& outcomes, const ContestSetup& setup) {
  std::optional<double> best;
  for (const auto& outcome : outcomes) {
    if (!sound(outcome)) continue;
    const auto value = score_of(outcome->report, setup.metric).metric;
    if (value && (!best || *value > *best)) best = value;
  }
  return best;
}

// Why a market says nothing of the strategies; empty: it does. A strategy that fails there by itself has no value there.
std::string not_tried(const Outcomes& outcomes) {
  for (const auto& outcome : outcomes) {
    if (!outcome) return "interrupted";
    if (outcome->kind == "budget" || outcome->kind == "interrupted" || outcome->kind == "sandbox") return outcome->failure;
  }
  if (std::ranges::none_of(outcomes, sound)) return outcomes.front()->failure;
  return {};
}

// One history for all strategies that look back as far.
HistoryOf remembered(const HistoryOf& history) {
  if (!history) return {};
  return [&history, kept = std::vector<std::pair<Timestamp, Candles>>()](const std::string& symbol, Timestamp since, Timestamp to) mutable {
    for (const auto& [end, candles] : kept) {
      if (end == to && candles->series.first() <= since) return candles;
    }
    return kept.emplace_back(to, history(symbol, since, to)).second;
  };
}

// The tries of a contest, with the history that each strategy asks for.
class Tries {
 public:
  Tries(const std::vector<Entrant>& entrants, const ContestSetup& setup)
      : entrants_(entrants), setup_(setup), history_(remembered(setup.history)),
        planned_(entrants.size() * (1 + (setup.eval_train ? 1 : 0) + setup.controls)),
        crew_({.evaluate = setup.evaluate, .threads = setup.threads, .stopped = setup.stopped, .done = [this] {
          ++done_;
          if (setup_.progress) setup_.progress(done_, planned_);
        }}) {}

  /// Of all entrants on the test range.
  std::vector<Attempt> over(const Candles& candles) const {
    std::vector<Attempt> attempts;
    for (const Entrant& entrant : entrants_) attempts.push_back(test_attempt(entrant, setup_, candles));
    return attempts;
  }

  /// The attempts keep the candles that they were given.
  Outcomes make(std::vector<Attempt>& attempts) {
    Outcomes outcomes = run(attempts);
    for (int look = 0; look < kLooksBack; ++look) {
      const std::vector<std::size_t> again = lengthened(attempts, outcomes, look);
      if (again.empty()) break;
      planned_ += again.size();
      Outcomes repeated = crew_.run(again.size(), [&](std::size_t k) { return attempts[again[k]]; });
      for (std::size_t k = 0; k < again.size(); ++k) outcomes[again[k]] = std::move(repeated[k]);
    }
    return outcomes;
  }

  /// On the market's minutes in another order. It may make a strategy look back further than the real one did: then the
  /// market becomes longer for all.
  Outcomes make_shuffled(Candles& market, std::uint64_t seed) {
    for (int look = 0; !stopped(); ++look) {
      const auto other = std::make_shared<lua::LoadedCandles>(shuffled(*market, setup_.from, lua::history_end(setup_.to), seed));
      Outcomes outcomes = run(over(other));
      if (look == kLooksBack || !lengthen_market(market, outcomes, look)) return outcomes;
      planned_ += entrants_.size();
    }
    return Outcomes(entrants_.size());
  }

 private:
  bool stopped() const { return setup_.stopped && setup_.stopped(); }

  Outcomes run(const std::vector<Attempt>& attempts) {
    return crew_.run(attempts.size(), [&](std::size_t i) { return attempts[i]; });
  }

  // Those that are to be tried again.
  std::vector<std::size_t> lengthened(std::vector<Attempt>& attempts, Outcomes& outcomes, int look) const {
    std::vector<std::size_t> again;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
      if (!outcomes[i]) continue;
      if (!stopped()) {
        if (lengthen(attempts[i], *outcomes[i], history_, look)) again.push_back(i);
      } else if (looks_back_further(attempts[i], *outcomes[i])) {
        outcomes[i].reset();  // what it did with less than it asked for is no result
      }
    }
    return again;
  }

  bool lengthen_market(Candles& market, Outcomes& outcomes, int look) const {
    const Candles before = market;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      Attempt attempt = test_attempt(entrants_[i], setup_, market);
      if (outcomes[i] && lengthen(attempt, *outcomes[i], history_, look)) market = attempt.candles;
    }
    return market != before;
  }

  const std::vector<Entrant>& entrants_;
  const ContestSetup& setup_;
  const HistoryOf history_;
  std::size_t planned_, done_ = 0;
  Crew crew_;
};

}  // namespace

Attempt test_attempt(const Entrant& entrant, const ContestSetup& setup, std::shared_ptr<const lua::LoadedCandles> candles) {
  return {.name = std::filesystem::path(entrant.file).filename().string(), .text = entrant.text, .strategy_name = entrant.strategy_name,
          .symbol = setup.symbol, .exchange_name = setup.exchange_name, .frame_name = setup.frame_name, .from = setup.from, .to = setup.to,
          .candles = std::move(candles)};
}

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

  Tries tries(entrants, setup);
  Candles market = setup.candles(setup.symbol, setup.from, setup.to);
  std::vector<Attempt> attempts = tries.over(market);
  const auto began = Clock::now();
  Outcomes tests = tries.make(attempts);
  result.seconds = seconds_since(began);

  for (std::size_t i = 0; i < tests.size(); ++i) {
    ContestRow row;
    row.strategy_name = entrants[i].strategy_name;
    row.candles = attempts[i].candles;
    if (row.candles->series.first() < market->series.first()) market = row.candles;
    if (tests[i]) {
      Outcome& outcome = *tests[i];
      row.kind = outcome.kind;
      row.failure = outcome.failure.empty() ? outcome.report.fatal : outcome.failure;
      row.seconds = outcome.seconds;
      row.script_errors = outcome.report.errors.size();
    } else {
      row.kind = row.failure = "interrupted";
    }
    if (sound(tests[i])) {
      row.test = score_of(tests[i]->report, setup.metric);
      result.walk->add(row.strategy_name, std::make_shared<lua::RunReport>(std::move(tests[i]->report)));
    }
    result.rows.push_back(std::move(row));
  }

  if (setup.tried) setup.tried(result);

  if (setup.eval_train) {
    for (std::size_t i = 0; i < entrants.size(); ++i) {
      const Entrant& e = entrants[i];
      attempts[i] = test_attempt(e, setup, setup.candles(setup.symbol, e.train_from, e.train_to));
      attempts[i].from = e.train_from;
      attempts[i].to = e.train_to;
    }
    const Outcomes trains = tries.make(attempts);
    for (std::size_t i = 0; i < trains.size(); ++i) {
      if (sound(trains[i])) result.rows[i].train = score_of(trains[i]->report, setup.metric);
    }
  }
  for (std::size_t k = 0; k < setup.controls; ++k) {
    const Outcomes outcomes = tries.make_shuffled(market, setup.seed * 1000 + k);
    if (const std::string why = not_tried(outcomes); why.empty()) {
      result.controls.push_back(best_of(outcomes, setup));
    } else if (result.untried_controls++ == 0) {
      result.control_failure = why;
    }
  }
  return result;
}

}  // namespace btk::optimizer
