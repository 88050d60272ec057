// The Markdown report and event lines of measurements (analytics.md 1.6, 2.1 to
// 2.3, 2.5).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stats_performance.h"
#include "host/report/table.h"

namespace btk::host {

/// Who was measured.
struct MeasuredRun {
  std::string symbol, strategy_name, exchange_name, frame_name;
};

/// The reference's columns, in its order.
std::vector<Column<MetricStats>> performance_columns();
/// The rows of the table: the metric with the longest total first.
std::vector<MetricStats> ranked_metrics(const PerformanceStats& stats);

/// Title, a row per metric with the longest total first, shares. `table_text`, when not empty, stands in the
/// place of the table.
std::string performance_report(std::string_view strategy_name, std::span<const Measure> measures,
                               std::string_view table_text = {});

/// One JSON line per measurement, oldest first.
std::string performance_lines(const MeasuredRun& run, std::span<const Measure> measures);

}  // namespace btk::host
