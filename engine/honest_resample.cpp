#include "engine/honest_resample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/det_math.h"
#include "engine/honest_random.h"

namespace btk {
namespace {

// The value that a share `p` of the sorted values does not exceed.
double quantile(const std::vector<double>& sorted, double p) {
  const double place = std::ceil(p * static_cast<double>(sorted.size())) - 1;
  return sorted[static_cast<std::size_t>(std::max(place, 0.0))];
}

}  // namespace

std::optional<Interval95> bootstrap_mean(std::span<const double> results, std::uint64_t seed) {
  if (results.size() < 2) return std::nullopt;
  const double n = static_cast<double>(results.size());
  Interval95 interval;
  interval.mean = *mean(results);
  interval.block = det_pow(n, 1.0 / 3);
  Draws draws(seed);
  std::vector<double> means;
  means.reserve(kResamples);
  for (std::size_t k = 0; k < kResamples; ++k) {
    double total = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < results.size(); ++i) {
      // A new block with probability 1 / length, else the next result.
      if (i == 0 || draws.uniform() * interval.block < 1) {
        at = draws.below(results.size());
      } else if (++at == results.size()) {
        at = 0;
      }
      total += results[at];
    }
    means.push_back(total / n);
  }
  std::sort(means.begin(), means.end());
  interval.low = quantile(means, 0.025);
  interval.high = quantile(means, 0.975);
  return interval;
}

std::optional<DrawdownQuantiles> shuffled_drawdown(std::span<const CurveStep> trades, std::uint64_t seed) {
  if (trades.empty()) return std::nullopt;
  Draws draws(seed);
  std::vector<CurveFactors> order(trades.begin(), trades.end());
  std::vector<double> falls;
  falls.reserve(kResamples);
  DrawdownQuantiles found;
  for (std::size_t k = 0; k < kResamples; ++k) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws.below(i)]);
    const EquityCurve curve = equity_curve(order);
    falls.push_back(curve.max_drawdown);
    found.ruined += curve.blown;
  }
  std::sort(falls.begin(), falls.end());
  found.median = quantile(falls, 0.5);
  found.p95 = quantile(falls, 0.95);
  found.p99 = quantile(falls, 0.99);
  found.ruined /= static_cast<double>(kResamples);
  return found;
}

}  // namespace btk
