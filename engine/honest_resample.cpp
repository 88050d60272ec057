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

// What a trade makes of an account: at its worst moment, and in the end.
struct Factors {
  double trough = 1, growth = 1;
};

// As equity_curve() has it, to the same bits, which divides for every trade: the deepest fall from a peak is the one to the
// lowest point before the next peak. None: lost everything on the way.
std::optional<double> deepest_fall(std::span<const Factors> trades) {
  double equity = 1, peak = 1, lowest = 1, deepest = 0;
  const auto to_lowest = [&] { return std::max(deepest, (peak - lowest) / peak * 100); };
  for (const Factors& trade : trades) {
    const double trough = equity * trade.trough;
    equity *= trade.growth;
    if (trough <= 0 || equity <= 0) return std::nullopt;
    lowest = std::min(lowest, trough);
    if (equity > peak) {
      deepest = to_lowest();
      peak = lowest = equity;
    } else {
      lowest = std::min(lowest, equity);
    }
  }
  return to_lowest();
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
  std::vector<Factors> order;
  for (const CurveStep& trade : trades) {
    const double fall = std::min(trade.fall.value_or(0), 0.0);
    order.push_back({1 + fall / 100, 1 + trade.pnl / 100});
  }
  std::vector<double> falls;
  falls.reserve(kResamples);
  DrawdownQuantiles found;
  for (std::size_t k = 0; k < kResamples; ++k) {
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws.below(i)]);
    const std::optional<double> fall = deepest_fall(order);
    falls.push_back(fall.value_or(100));
    found.ruined += fall ? 0 : 1;
  }
  std::sort(falls.begin(), falls.end());
  found.median = quantile(falls, 0.5);
  found.p95 = quantile(falls, 0.95);
  found.p99 = quantile(falls, 0.99);
  found.ruined /= static_cast<double>(kResamples);
  return found;
}

}  // namespace btk
