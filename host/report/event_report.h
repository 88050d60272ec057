// Markdown reports and event lines of the event statistics (analytics.md 2.1 to
// 2.3 and 2.5): limit orders, milestones, rejections, commands, orders, extremes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/event_rows.h"
#include "host/report/backtest_report.h"
#include "host/report/table.h"

namespace btk::host {

/// The reference's columns of a report, in its order. `show_note`: CC_REPORT_SHOW_SIGNAL_NOTE.
std::vector<Column<EventRow>> event_columns(EventReport kind, bool show_note);

/// The options that a configuration asks for: notes, and how many rows the table shows.
ReportOptions event_report_options(EventReport kind, const Config& config);

/// Title, table newest first, figures. `rows` oldest first; the figures cover all of them. `table_text`, when
/// not empty, stands in the place of the table (columns of a script's own).
std::string event_report(EventReport kind, std::string_view symbol, std::string_view strategy_name,
                         std::span<const EventRow> rows, const ReportOptions& options = {},
                         std::string_view table_text = {});

/// One JSON line per row, oldest first, each ended by "\n": { reportName, data, symbol, ..., timestamp }.
std::string event_lines(EventReport kind, std::span<const EventRow> rows);

}  // namespace btk::host
