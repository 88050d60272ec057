#include "host/report/performance_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/text.h"
#include "host/report/table.h"

namespace btk::host {
namespace {

Column<MetricStats> in_milliseconds(const char* key, const char* label, double MetricStats::*field) {
  return {key, label, [field](const MetricStats& m, std::size_t) { return fixed(m.*field, 2); }};
}

}  // namespace

std::vector<Column<MetricStats>> performance_columns() {
  return {{"metricType", "Metric Type", [](const MetricStats& m, std::size_t) { return m.metric; }},
          {"count", "Count", [](const MetricStats& m, std::size_t) { return fmt::format("{}", m.count); }},
          in_milliseconds("totalDuration", "Total (ms)", &MetricStats::total_duration),
          in_milliseconds("avgDuration", "Avg (ms)", &MetricStats::avg_duration),
          in_milliseconds("minDuration", "Min (ms)", &MetricStats::min_duration),
          in_milliseconds("maxDuration", "Max (ms)", &MetricStats::max_duration),
          in_milliseconds("stdDev", "Std Dev (ms)", &MetricStats::std_dev),
          in_milliseconds("median", "Median (ms)", &MetricStats::median),
          in_milliseconds("p95", "P95 (ms)", &MetricStats::p95),
          in_milliseconds("p99", "P99 (ms)", &MetricStats::p99),
          in_milliseconds("avgWaitTime", "Avg Wait (ms)", &MetricStats::avg_wait_time),
          in_milliseconds("minWaitTime", "Min Wait (ms)", &MetricStats::min_wait_time),
          in_milliseconds("maxWaitTime", "Max Wait (ms)", &MetricStats::max_wait_time)};
}

std::vector<MetricStats> ranked_metrics(const PerformanceStats& stats) {
  std::vector<MetricStats> ranked = stats.metrics;
  std::ranges::stable_sort(ranked, std::greater{}, &MetricStats::total_duration);
  return ranked;
}

std::string performance_report(std::string_view strategy_name, std::span<const Measure> measures,
                               std::string_view table_text) {
  std::string text = fmt::format("# Performance Report: {}\n\n", strategy_name);
  if (measures.empty()) return text + "No performance metrics recorded yet.";
  PerformanceStats stats = performance_stats(measures);
  stats.metrics = ranked_metrics(stats);
  if (table_text.empty()) {
    std::vector<const MetricStats*> rows;
    for (const MetricStats& m : stats.metrics) rows.push_back(&m);
    text += table<MetricStats>(performance_columns(), rows);
  } else {
    text += table_text;
  }
  text += fmt::format(
      "\n\n**Total events:** {}\n**Total execution time:** {}ms\n**Number of metric types:** {}\n\n## Time "
      "Distribution\n\n",
      stats.total_events, fixed(stats.total_duration, 2), stats.metrics.size());
  for (const MetricStats& m : stats.metrics) {
    const double share = stats.total_duration > 0 ? m.total_duration / stats.total_duration * 100 : 0;
    text +=
        fmt::format("- **{}**: {}% ({}ms total)\n", m.metric, fixed(share, 1), fixed(m.total_duration, 2));
  }
  text.pop_back();
  return text;
}

std::string performance_lines(const MeasuredRun& run, std::span<const Measure> measures) {
  std::string text;
  for (const Measure& m : measures) {
    nlohmann::ordered_json line;
    line["reportName"] = "performance";
    auto& data = line["data"];
    data["timestamp"] = m.timestamp;
    data["previous_timestamp"] =
        m.previous ? nlohmann::ordered_json(*m.previous) : nlohmann::ordered_json(nullptr);
    data["metric_type"] = m.metric;
    data["duration"] = m.duration;
    line["symbol"] = run.symbol;
    line["strategyName"] = run.strategy_name;
    line["exchangeName"] = run.exchange_name;
    if (!run.frame_name.empty()) line["frameName"] = run.frame_name;
    line["timestamp"] = m.timestamp;
    text += line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace btk::host
