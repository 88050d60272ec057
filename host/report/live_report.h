// The Markdown report of a paper or live session (analytics.md 2.1 to 2.3): title,
// table of its events newest first, summary of its trades, legend.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stats_live.h"
#include "host/report/backtest_report.h"
#include "host/report/table.h"

namespace btk::host {

/// The options that a configuration asks for: notes, and how many rows the table shows.
ReportOptions live_report_options(const Config& config);

/// The 28 columns of the reference, in its order, and behind them what an exchange said it filled (`fills`: shown).
std::vector<Column<LiveEvent>> live_columns(std::string_view symbol, const ReportOptions& options, bool fills);

/// Did an exchange tell of a fill?
bool has_fills(std::span<const LiveEvent> events);

/// `events` oldest first; the summary covers all of them. `table_text`, when not empty, stands in the place of the
/// table. Without events three lines that say so.
std::string live_report(std::string_view strategy_name, std::string_view symbol, std::span<const LiveEvent> events,
                        const ReportOptions& options = {}, std::string_view table_text = {});

}  // namespace btk::host
