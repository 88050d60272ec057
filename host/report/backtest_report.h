// The Markdown report of one back-test (analytics.md 2.1 to 2.3): title, table of
// trades newest first, summary, legend.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/config.h"
#include "engine/stats.h"
#include "engine/stats_live.h"
#include "host/report/table.h"
#include "host/report/trade_row.h"

namespace btk::host {

struct ReportOptions {
  bool show_note = false;               ///< CC_REPORT_SHOW_SIGNAL_NOTE
  std::optional<std::size_t> max_rows;  ///< newest rows the table shows; the summary covers all
};

/// What a setting for the rows of a table means: below zero, or larger than any table, there is no limit.
std::optional<std::size_t> row_limit(double setting);

/// The options that a configuration asks for.
ReportOptions backtest_report_options(const Config& config);

/// The 25 columns of the reference, in its order.
std::vector<Column<TradeRow>> backtest_columns(const ReportOptions& options);

/// `rows` oldest first. Lines end with "\n" but for the last. A list without usable rows gives a three-line
/// report that says so. `table_text`, when not empty, stands in the place of the table.
std::string backtest_report(std::string_view strategy_name, std::span<const TradeRow> rows,
                            const ReportOptions& options = {}, std::string_view table_text = {});

/// The summary lines alone ("**Total signals:** 12" ...), joined with line feeds.
std::string backtest_summary(const TradeStats& stats);
/// The same of a session: events of every kind in front ("**Total events:** 40", "**Closed signals:** 12" ...).
std::string live_summary(const LiveStats& stats);

/// What the lines of both mean.
extern const std::string_view kTradeLegend;

}  // namespace btk::host
