// What the best of several trials is worth: every honest figure about it, and one
// verdict over them with its reasons in plain words (docs/honest-ranking.md). Pure.
//
// The rule, decided before any market was looked at:
// - likely luck: the winner does not earn anything on average, or at least one of so
//   many trials without skill would look as good with probability 20 % or more.
// - worth paper trading: that probability is at most 2 %, there are 30 trades or
//   more, the bootstrap interval of the mean trade lies above zero, cross-validation
//   does not call the choice overfitted (PBO above 1/2 and a loss in more than a
//   quarter of the splits), and walk-forward, where asked for, earned something.
// - inconclusive: everything between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/honest_folds.h"
#include "engine/honest_pbo.h"
#include "engine/honest_resample.h"
#include "engine/honest_sharpe.h"
#include "engine/stats.h"

namespace btk {

enum class HonestVerdict { likely_luck, inconclusive, worth_paper_trading };
/// "likely luck", "inconclusive", "worth paper trading".
std::string_view to_string(HonestVerdict verdict);

inline constexpr double kLuckAtMost = 0.02;    ///< for "worth paper trading"
inline constexpr double kLuckFrom = 0.20;      ///< for "likely luck"
inline constexpr std::size_t kEnoughTrades = 30;
inline constexpr double kTrackConfidence = 0.95;

struct Contest {
  std::span<const std::vector<ClosedTrade>> trials;  ///< the closed trades of each, oldest first
  std::size_t winner = 0;
  std::span<const std::vector<ClosedTrade>> earlier{};  ///< of trials made before over the same time; they count as tries
  std::size_t further_trials = 0;             ///< made over another time, or not kept; they count as tries, too
  double from = 0, to = 0;                    ///< ms: the time that the trials had
  std::optional<WalkForward> walk_forward{};  ///< when it was asked for
  std::uint64_t seed = 1;                     ///< of the resampling
};

struct Evidence {
  std::size_t trials = 1;           ///< with at least one trade, the earlier ones among them, and all further ones
  double independent = 1;           ///< what they are worth when they move together
  std::optional<double> correlation;  ///< average, of their daily results
  std::size_t trades = 0;
  bool by_day = false;              ///< trades overlap in time: results are added up by day first
  std::optional<Moments> shape;     ///< of the winner's results, per trade or per day
  std::optional<double> probabilistic_sharpe, expected_max_sharpe, deflated_sharpe;
  std::optional<double> luck;              ///< probability, 0 to 1
  std::optional<double> min_track_record;  ///< trades (or days) until the Sharpe ratio is above 0 with 95 %
  std::optional<Interval95> mean_trade;    ///< percent
  std::optional<DrawdownQuantiles> drawdown;
  std::optional<Overfitting> overfitting;
  std::optional<WalkForward> walk_forward;
  HonestVerdict verdict = HonestVerdict::inconclusive;
  std::vector<std::string> reasons;  ///< sentences without a full stop, the weightiest first
};

Evidence weigh(const Contest& contest);

/// The same for a single run that was not chosen among others; only its trades are known.
Evidence weigh_run(std::span<const ClosedTrade> trades, double from, double to, std::uint64_t seed);

/// Sentences that a reader of a run should see: few trades, an interval that includes zero, a fall that another
/// order of the same trades may bring. Empty when there is nothing to warn of.
std::vector<std::string> run_warnings(const Evidence& evidence);

}  // namespace btk
