// One walk: strategies on one symbol compared by a metric (analytics.md 3.1), with
// the reports they came from. Built in the order of the walker's list, wherever
// and on however many threads the runs were made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/honest_verdict.h"
#include "engine/walker.h"
#include "lua/run.h"

namespace btk::lua {

struct Walk {
  std::string walker_name, symbol, exchange_name, frame_name;
  std::size_t total_strategies = 0;
  // Attempts at the same that are not in the walk; they count for the evidence. Those over the walk's time with their trades.
  std::vector<std::vector<ClosedTrade>> earlier;
  std::size_t further_trials = 0;
  WalkerRanking ranking;
  std::vector<std::shared_ptr<const RunReport>> reports;  ///< one per result of the ranking

  /// A strategy was tested; `label` is its name in the comparison.
  void add(const std::string& label, std::shared_ptr<const RunReport> report) {
    ranking.add(label, closed_trades(report->signals));
    reports.push_back(std::move(report));
    evidence_.reset();
  }

  /// What the best one is worth as the best of so many; nullptr without a best one. On the walk's thread.
  const Evidence* evidence() const;

 private:
  mutable std::optional<Evidence> evidence_;  ///< of the results so far, made when somebody asks
};

}  // namespace btk::lua
