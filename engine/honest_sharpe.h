// How much a Sharpe ratio means: with few observations, with lopsided ones, and
// after it was picked as the best of many trials. Sharpe ratios here are per
// observation (a trade, or a day), never annualised.
//
// Sources:
// [1] D. H. Bailey, M. Lopez de Prado, "The Sharpe Ratio Efficient Frontier",
//     Journal of Risk 15(2), 2012: probabilistic Sharpe ratio, minimum track record.
// [2] the same, "The Deflated Sharpe Ratio: Correcting for Selection Bias,
//     Backtest Overfitting and Non-Normality", Journal of Portfolio Management
//     40(5), 2014: expected maximum, deflated ratio, number of independent trials.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace btk {

/// The shape of a list of results.
struct Moments {
  std::size_t count = 0;
  double mean = 0, deviation = 0;  ///< of the sample (n - 1), in the unit of the results
  double sharpe = 0;               ///< mean / deviation
  double skewness = 0;             ///< 0: symmetric
  double kurtosis = 3;             ///< 3: normal
};

/// Nothing with fewer than two results or when all are equal.
std::optional<Moments> moments(std::span<const double> results);

/// Probability that the true Sharpe ratio is above `benchmark` [1]:
/// Phi((SR - SR*) sqrt(n - 1) / sqrt(1 - skewness SR + (kurtosis - 1)/4 SR^2)).
double probabilistic_sharpe(const Moments& m, double benchmark);

/// The Sharpe ratio that the best of `trials` independent trials without any skill is expected to show [2], when
/// the trials' ratios vary by `variance`: sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e))), g = 0.5772...; 0 for one trial.
double expected_max_sharpe(double trials, double variance);

/// The probabilistic Sharpe ratio above what the best of that many unskilled trials shows anyway [2].
double deflated_sharpe(const Moments& m, double trials, double variance);

/// Observations needed until probabilistic_sharpe reaches `confidence` [1]; nothing when SR is not above the benchmark.
std::optional<double> min_track_record(const Moments& m, double benchmark, double confidence);

/// Average of the correlations of all pairs of columns; columns that do not vary are left out. Nothing with fewer
/// than two that vary. Columns are equally long.
std::optional<double> average_correlation(std::span<const std::vector<double>> columns);

/// How many independent trials `trials` correlated ones are worth: r + (1 - r) N [2, appendix 3]; r below 0 counts as 0.
double independent_trials(double trials, double average_correlation);

/// Probability that at least one of `trials` independent trials without skill (true Sharpe ratio 0) looks at least
/// as good as this one: 1 - PSR(0)^N, Sidak's correction of the probabilistic Sharpe ratio.
double luck_probability(const Moments& m, double trials);

}  // namespace btk
