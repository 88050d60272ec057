// What else could have come out: resampling a list of trades. Seeded, and the same
// on every machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/stats_math.h"

namespace btk {

inline constexpr std::size_t kResamples = 2000;

struct Interval95 {
  double mean = 0, low = 0, high = 0;  ///< in the unit of the results
  double block = 1;                    ///< average length of the blocks drawn
};

/// 95 % confidence interval of the mean: percentiles of the means of kResamples lists made by the stationary
/// bootstrap (D. N. Politis, J. P. Romano, "The Stationary Bootstrap", Journal of the American Statistical
/// Association 89, 1994): blocks of random length, wrapped around the end, so that runs of wins and losses stay
/// together. The average length is n^(1/3), the order that the paper finds best. Nothing with fewer than two results.
std::optional<Interval95> bootstrap_mean(std::span<const double> results, std::uint64_t seed);

struct DrawdownQuantiles {
  double median = 0, p95 = 0, p99 = 0;  ///< percent of the peak
  double ruined = 0;                    ///< share of the orders in which the account was blown, 0 to 1
};

/// Deepest fall of the compounded account when the same trades come in kResamples random orders. (Monte Carlo
/// permutation, e.g. R. Pardo 2008.) Nothing without trades.
std::optional<DrawdownQuantiles> shuffled_drawdown(std::span<const CurveStep> trades, std::uint64_t seed);

}  // namespace btk
