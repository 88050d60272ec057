#include "engine/stats_performance.h"

#include <algorithm>
#include <cmath>

#include "engine/stats_math.h"

namespace btk {
namespace {

MetricStats metric_stats(const std::string& metric, std::span<const Measure* const> measures) {
  std::vector<double> durations, waits;
  for (const Measure* m : measures) {
    durations.push_back(m->duration);
    if (m->previous) waits.push_back(static_cast<double>(m->timestamp - *m->previous));
  }
  MetricStats s;
  s.metric = metric;
  s.count = durations.size();
  s.total_duration = sum(durations);
  s.avg_duration = mean(durations).value_or(0);
  s.std_dev = sample_deviation(durations).value_or(0);
  std::ranges::sort(durations);
  s.min_duration = durations.front();
  s.max_duration = durations.back();
  s.median = interpolated_percentile(durations, 50);
  s.p95 = interpolated_percentile(durations, 95);
  s.p99 = interpolated_percentile(durations, 99);
  if (!waits.empty()) {
    s.avg_wait_time = mean(waits).value_or(0);
    s.min_wait_time = std::ranges::min(waits);
    s.max_wait_time = std::ranges::max(waits);
  }
  return s;
}

}  // namespace

double interpolated_percentile(std::span<const double> sorted, double p) {
  if (sorted.empty()) return 0;
  const double rank = p / 100 * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(std::floor(rank)),
             high = static_cast<std::size_t>(std::ceil(rank));
  if (low == high) return sorted[low];
  const double share = rank - static_cast<double>(low);
  return sorted[low] * (1 - share) + sorted[high] * share;
}

PerformanceStats performance_stats(std::span<const Measure> measures) {
  PerformanceStats stats;
  stats.total_events = measures.size();
  std::vector<std::pair<std::string, std::vector<const Measure*>>> groups;
  for (auto m = measures.rbegin(); m != measures.rend(); ++m) {  // newest first
    stats.total_duration += m->duration;
    auto group = std::ranges::find(groups, m->metric, [](const auto& g) { return g.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {m->metric, {}});
    group->second.push_back(&*m);
  }
  for (const auto& [metric, list] : groups) stats.metrics.push_back(metric_stats(metric, list));
  return stats;
}

}  // namespace btk
