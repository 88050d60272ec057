// Probability of back-test overfitting by combinatorially symmetric
// cross-validation: D. H. Bailey, J. Borwein, M. Lopez de Prado, Q. J. Zhu, "The
// Probability of Backtest Overfitting", Journal of Computational Finance 20(4), 2017.
//
// The time is cut into an even number of blocks. For every way to take half of
// them, the trial with the best Sharpe ratio in that half is looked up in the
// other half. If the best ones land below the middle there as often as not,
// choosing the best says nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace btk {

inline constexpr std::size_t kPboBlocks = 16;  ///< as in the paper; fewer when there are under four periods in each

struct Overfitting {
  double probability = 0;       ///< PBO, 0 to 1: how often the best of one half is below the median of the other; on it: half
  double loss_probability = 0;  ///< how often the best of one half loses in the other
  std::size_t blocks = 0, splits = 0;
};

/// `columns`: one per trial, its result in each period (a day, say; 0 without trades), equally long, in order of
/// time. Nothing with fewer than two trials or sixteen periods. Trials with equal ratios share their rank.
std::optional<Overfitting> backtest_overfitting(std::span<const std::vector<double>> columns,
                                                std::size_t max_blocks = kPboBlocks);

}  // namespace btk
