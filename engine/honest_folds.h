// Walk-forward analysis (R. Pardo, "The Evaluation and Optimization of Trading
// Strategies", 2008), with purging and embargo (M. Lopez de Prado, "Advances in
// Financial Machine Learning", 2018, chapter 7): choose on one stretch of time,
// count what the choice earns on the next, move on. Times are ms, stretches do not
// contain their end.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stats.h"

namespace btk {

enum class FoldKind { rolling, anchored };
std::string_view to_string(FoldKind kind);
std::optional<FoldKind> parse_fold_kind(std::string_view name);

inline constexpr double kTrainParts = 3;  ///< the first training is as long as three tests

struct Fold {
  double train_from = 0, train_to = 0;
  double test_from = 0, test_to = 0;
};

/// [from, to) as `folds` tests of equal length, one after another behind a first training of kTrainParts of them.
/// rolling: every training has that length; anchored: every training begins at `from`. The last `embargo` ms before
/// a test belong to nobody. Empty when a training would be empty.
std::vector<Fold> walk_forward_folds(double from, double to, std::size_t folds, FoldKind kind, double embargo);

/// Purged: a trade belongs to a training only when it opened and closed within it, so that none that was open at its
/// end tells of the test. A test has the trades that opened within it.
std::vector<ClosedTrade> training_trades(std::span<const ClosedTrade> trades, const Fold& fold);
std::vector<ClosedTrade> test_trades(std::span<const ClosedTrade> trades, const Fold& fold);

struct FoldResult {
  Fold fold;
  std::optional<std::size_t> chosen;         ///< the trial that was best in training; none had a value: nothing
  std::optional<double> train_metric, test_metric;
  std::size_t test_count = 0, purged = 0;    ///< trades; purged: of the chosen trial, open when the training ended
  std::optional<double> test_mean;           ///< percent a trade
};

struct WalkForward {
  FoldKind kind = FoldKind::rolling;
  double embargo = 0;                  ///< ms
  std::vector<FoldResult> folds;
  std::vector<ClosedTrade> trades;     ///< of all tests, in order: what following the choices would have earned
  std::optional<double> mean;          ///< of those, percent a trade
  std::optional<double> metric;
  std::optional<double> efficiency;    ///< mean result in tests / mean result of the same choices in training
};

/// `trials`: the trades of each, over all the time. `metric`: as in walker.h, highest is best, the earlier of equals.
WalkForward walk_forward(std::span<const std::vector<ClosedTrade>> trials, std::span<const Fold> folds,
                         std::string_view metric);

}  // namespace btk
