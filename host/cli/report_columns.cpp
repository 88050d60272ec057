#include "host/cli/report_columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/cli/outputs.h"
#include "host/cli/report_rows.h"
#include "host/report/backtest_report.h"
#include "host/report/event_report.h"
#include "host/report/heat_report.h"
#include "host/report/live_report.h"
#include "host/report/performance_report.h"
#include "host/report/walker_report.h"

namespace btk::host {
namespace {

using Usual = std::vector<lua::UsualColumn>;

template <typename Row>
Usual filled(const std::vector<Column<Row>>& columns, const std::vector<const Row*>& rows) {
  Usual out;
  for (const Column<Row>& column : columns) {
    lua::UsualColumn usual{column.key, column.label, column.visible};
    for (std::size_t i = 0; i < rows.size(); ++i) usual.cells.push_back(column.format(*rows[i], i));
    out.push_back(std::move(usual));
  }
  return out;
}

template <typename Row>
std::vector<const Row*> pointers(const std::vector<Row>& rows) {
  std::vector<const Row*> out;
  for (const Row& row : rows) out.push_back(&row);
  return out;
}

template <typename Row>
std::vector<const Row*> newest_rows_first(const std::vector<Row>& rows, std::optional<std::size_t> most) {
  std::vector<const Row*> out = pointers(rows);
  std::ranges::reverse(out);
  out.resize(std::min(out.size(), most.value_or(out.size())));
  return out;
}

}  // namespace

Usual usual_columns(const lua::KindReport& wish, bool backtest) {
  const lua::RunReport run = wish.runs.empty() ? lua::RunReport() : wish.runs.back();
  if (wish.kind == "heat") {
    const HeatStats stats = heat_stats(lua::symbol_trades(wish.runs));
    return filled(heat_columns(), pointers(stats.symbols));
  }
  if (wish.kind == "performance") return filled(performance_columns(), pointers(ranked_metrics(performance_stats(run.measures))));
  if (wish.kind == "live") {
    const ReportOptions options = live_report_options(run.config);
    return filled(live_columns(run.symbol, options, has_fills(run.live_events)), newest_rows_first(run.live_events, options.max_rows));
  }
  if (wish.kind == "backtest") {
    const ReportOptions options = backtest_report_options(run.config);
    const std::vector<TradeRow> rows = trade_rows(run);
    return filled(backtest_columns(options), newest_rows_first(rows, options.max_rows));
  }
  const EventReport kind = parse_event_report(wish.kind).value();
  const ReportOptions options = event_report_options(kind, run.config);
  const std::vector<EventRow> rows = wish.runs.empty() ? std::vector<EventRow>() : event_rows_of(kind, run, backtest);
  return filled(event_columns(kind, options.show_note), newest_rows_first(rows, options.max_rows));
}

Usual walker_columns(const lua::Walk& walk, bool trades) {
  const WalkerReport report = walker_report_of(walk);
  if (!trades) return filled(walker_strategy_columns(), walker_ranked(report));
  return filled(walker_pnl_columns(), pointers(walker_pnl_rows(report)));
}

void ScriptTables::tell(const Error& error) {
  if (well_) console_.note(fmt::format("script error in set_columns: {}", error.what()));
  well_ = false;
}

OwnTable ScriptTables::maker() {
  return [this](const lua::KindReport& wish) {
    try {
      return script_.own_table(wish);
    } catch (const Error& e) {
      tell(e);
      return std::string();
    }
  };
}

lua::WalkTables ScriptTables::of(const std::shared_ptr<lua::Walk>& walk) {
  try {
    return script_.own_tables(walk);
  } catch (const Error& e) {
    tell(e);
    return {};
  }
}

}  // namespace btk::host
