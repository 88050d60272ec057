#include "engine/honest_sharpe.h"

#include <algorithm>
#include <cmath>

#include "engine/det_math.h"
#include "engine/honest_normal.h"
#include "engine/stats_math.h"

namespace btk {
namespace {

constexpr double kEulerGamma = 0.5772156649015329;

// Variance of the estimated Sharpe ratio times (n - 1). Never negative for the moments of real numbers; rounding may be.
double spread(const Moments& m) {
  return std::max(0.0, 1 - m.skewness * m.sharpe + (m.kurtosis - 1) / 4 * m.sharpe * m.sharpe);
}

}  // namespace

std::optional<Moments> moments(std::span<const double> results) {
  const auto deviation = sample_deviation(results);
  if (!deviation || !(*deviation > kDispersionEps)) return std::nullopt;
  Moments m;
  m.count = results.size();
  m.mean = *mean(results);
  m.deviation = *deviation;
  m.sharpe = m.mean / m.deviation;
  double squares = 0, cubes = 0, fourths = 0;
  for (const double result : results) {
    const double d = result - m.mean;
    squares += d * d;
    cubes += d * d * d;
    fourths += d * d * d * d;
  }
  const double n = static_cast<double>(m.count), variance = squares / n;
  m.skewness = cubes / n / (variance * std::sqrt(variance));
  m.kurtosis = fourths / n / (variance * variance);
  return m;
}

double probabilistic_sharpe(const Moments& m, double benchmark) {
  const double ahead = (m.sharpe - benchmark) * std::sqrt(static_cast<double>(m.count) - 1);
  const double width = std::sqrt(spread(m));
  if (width > 0) return normal_cdf(ahead / width);
  return ahead > 0 ? 1 : ahead < 0 ? 0 : 0.5;
}

double expected_max_sharpe(double trials, double variance) {
  if (!(trials > 1) || !(variance > 0)) return 0;
  return std::sqrt(variance) * ((1 - kEulerGamma) * normal_quantile(1 - 1 / trials) +
                                kEulerGamma * normal_quantile(1 - 1 / (trials * kEulersNumber)));
}

double deflated_sharpe(const Moments& m, double trials, double variance) {
  return probabilistic_sharpe(m, expected_max_sharpe(trials, variance));
}

std::optional<double> min_track_record(const Moments& m, double benchmark, double confidence) {
  if (!(m.sharpe > benchmark)) return std::nullopt;
  const double z = normal_quantile(confidence) / (m.sharpe - benchmark);
  return 1 + spread(m) * z * z;
}

std::optional<double> average_correlation(std::span<const std::vector<double>> columns) {
  std::vector<double> total;  // of the columns scaled to mean 0 and length 1
  double used = 0;
  for (const std::vector<double>& column : columns) {
    const double center = mean(column).value_or(0);
    double squares = 0;
    for (const double value : column) squares += (value - center) * (value - center);
    if (!(squares > 0)) continue;
    total.resize(column.size());
    const double scale = std::sqrt(squares);
    for (std::size_t i = 0; i < column.size(); ++i) total[i] += (column[i] - center) / scale;
    ++used;
  }
  if (used < 2) return std::nullopt;
  double squares = 0;  // = sum of all correlations, the ones of each column with itself included
  for (const double value : total) squares += value * value;
  return (squares - used) / (used * (used - 1));
}

double independent_trials(double trials, double average_correlation) {
  const double r = std::clamp(average_correlation, 0.0, 1.0);
  return r + (1 - r) * trials;
}

double luck_probability(const Moments& m, double trials) {
  const double one = probabilistic_sharpe(m, 0);
  // 1 - one^trials, also where one is so close to 1 that its logarithm has few digits left.
  if (1 - one < 1e-9) return std::min(1.0, trials * (1 - one));
  return 1 - det_pow(one, std::max(trials, 1.0));
}

}  // namespace btk
