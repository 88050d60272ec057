#include "engine/honest_pbo.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

namespace btk {
namespace {

constexpr std::size_t kMinBlock = 4;  // periods

struct Sums {
  double sum = 0, squares = 0;
  Sums& operator+=(const Sums& other) {
    sum += other.sum, squares += other.squares;
    return *this;
  }
};

// Mean / deviation; 0 for what does not vary around 0 (no trades), a large number of its sign for what does not vary else.
double ratio(const Sums& s, double periods) {
  const double mean = s.sum / periods;
  const double variance = s.squares / periods - mean * mean;
  if (variance > 1e-18) return mean / std::sqrt(variance);
  return mean == 0 ? 0 : mean * 1e9;
}

}  // namespace

std::optional<Overfitting> backtest_overfitting(std::span<const std::vector<double>> columns, std::size_t max_blocks) {
  if (columns.size() < 2) return std::nullopt;
  const std::size_t periods = columns.front().size();
  const std::size_t blocks = std::min(max_blocks, periods / kMinBlock) / 2 * 2;
  if (blocks < 4) return std::nullopt;

  // Blocks differ by at most one period.
  std::vector<std::size_t> edges;
  for (std::size_t b = 0; b <= blocks; ++b) edges.push_back(periods * b / blocks);
  const std::size_t trials = columns.size();
  std::vector<Sums> parts(blocks * trials), whole(trials);
  for (std::size_t b = 0; b < blocks; ++b) {
    for (std::size_t t = 0; t < trials; ++t) {
      Sums& part = parts[b * trials + t];
      for (std::size_t i = edges[b]; i < edges[b + 1]; ++i) part += {columns[t][i], columns[t][i] * columns[t][i]};
      whole[t] += part;
    }
  }

  Overfitting found;
  found.blocks = blocks;
  std::vector<Sums> inside(trials);
  std::vector<double> outside(trials);
  double below_median = 0, losses = 0;
  for (std::uint32_t chosen = 0; chosen < (std::uint32_t{1} << blocks); ++chosen) {
    if (static_cast<std::size_t>(std::popcount(chosen)) != blocks / 2) continue;
    std::fill(inside.begin(), inside.end(), Sums{});
    double inside_periods = 0;
    for (std::size_t b = 0; b < blocks; ++b) {
      if ((chosen >> b & 1) == 0) continue;
      inside_periods += static_cast<double>(edges[b + 1] - edges[b]);
      for (std::size_t t = 0; t < trials; ++t) inside[t] += parts[b * trials + t];
    }
    std::size_t best = 0;
    double best_ratio = 0;
    for (std::size_t t = 0; t < trials; ++t) {
      const double value = ratio(inside[t], inside_periods);
      if (t == 0 || value > best_ratio) best = t, best_ratio = value;
      outside[t] = ratio({whole[t].sum - inside[t].sum, whole[t].squares - inside[t].squares},
                         static_cast<double>(periods) - inside_periods);
    }
    double lower = 0, equal = 0;
    for (std::size_t t = 0; t < trials; ++t) {
      if (t == best) continue;
      lower += outside[t] < outside[best];
      equal += outside[t] == outside[best];
    }
    // Rank / (trials + 1) against 1/2: the sign of the paper's logit.
    const double rank = 1 + lower + equal / 2, middle = static_cast<double>(trials + 1) / 2;
    below_median += rank < middle ? 1 : rank == middle ? 0.5 : 0;
    losses += outside[best] < 0;
    ++found.splits;
  }
  found.probability = below_median / static_cast<double>(found.splits);
  found.loss_probability = losses / static_cast<double>(found.splits);
  return found;
}

}  // namespace btk
