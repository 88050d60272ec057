// How long runs, ticks and signals took on this machine (analytics.md 1.6).
// Durations are wall-clock milliseconds that somebody else measured; they differ
// from run to run and take no part in results.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/time.h"

namespace btk {

/// One measurement.
struct Measure {
  std::string metric;       ///< "backtest_total", "backtest_timeframe", "backtest_signal", "live_tick"
  double duration = 0;      ///< ms
  Timestamp timestamp = 0;  ///< simulated moment
  std::optional<Timestamp> previous{};  ///< of the measurement before; nothing for the first
};

/// Milliseconds throughout; nothing here is ever absent.
struct MetricStats {
  std::string metric;
  std::size_t count = 0;
  double total_duration = 0, avg_duration = 0, min_duration = 0, max_duration = 0;
  double std_dev = 0;  ///< sample deviation; 0 for one measurement
  double median = 0, p95 = 0, p99 = 0;
  double avg_wait_time = 0, min_wait_time = 0,
         max_wait_time = 0;  ///< simulated, since the measurement before
};

struct PerformanceStats {
  std::size_t total_events = 0;
  double total_duration = 0;
  std::vector<MetricStats> metrics;  ///< in the order of the newest measurement of each
};

/// `measures` in order of arrival, oldest first.
PerformanceStats performance_stats(std::span<const Measure> measures);

/// Between the neighbours of rank p / 100 * (n - 1), in proportion; `sorted` ascending. 0 for an empty list.
double interpolated_percentile(std::span<const double> sorted, double p);

}  // namespace btk
