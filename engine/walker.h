// Comparing strategies by one of their statistics (analytics.md 1.7, 3.1). Pure:
// results go in in the order of the walker's list, the best one and the order of
// the report come out. Every metric is maximised; a strategy without a value never
// wins; of equal values the earlier strategy is kept.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stats.h"

namespace btk {

/// What a walker compares by when nothing is said.
inline constexpr std::string_view kDefaultMetric = "sharpe_ratio";

/// The metrics that the reference names; any other numeric statistic can be compared by, too.
std::span<const std::string_view> walker_metrics();

/// The statistic of that name, snake_case or the reference's spelling; nothing for an unknown name, a word, or a
/// value that is not there or not finite.
std::optional<double> metric_value(const TradeStats& stats, std::string_view metric);

/// Is there a numeric statistic of that name?
bool is_metric(std::string_view metric);

struct WalkerResult {
  std::string strategy_name;
  TradeStats stats;
  std::optional<double> metric_value;
  std::optional<double> first_event_time, last_event_time;  ///< ms: first opening, last close; nothing without trades
};

class WalkerRanking {
 public:
  explicit WalkerRanking(std::string metric = std::string(kDefaultMetric)) : metric_(std::move(metric)) {}

  /// The next strategy of the list. `trades` oldest first.
  const WalkerResult& add(std::string strategy_name, std::span<const ClosedTrade> trades);

  const std::string& metric() const { return metric_; }
  /// In the order of testing.
  const std::vector<WalkerResult>& results() const { return results_; }
  /// The best of all, or none when no strategy has a value.
  const WalkerResult* best() const { return results_.empty() ? nullptr : best_after(results_.size() - 1); }
  /// The best of the first `index` + 1 strategies.
  const WalkerResult* best_after(std::size_t index) const;
  /// Highest value first, those without a value last; equal ones newest first, as the reference's table has them.
  std::vector<const WalkerResult*> ranked() const;

 private:
  std::string metric_;
  std::vector<WalkerResult> results_;
  std::vector<std::optional<std::size_t>> best_;  ///< after each result
};

}  // namespace btk
