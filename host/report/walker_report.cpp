#include "host/report/walker_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/report/cells.h"
#include "host/report/evidence_text.h"

namespace btk::host {
namespace {

constexpr std::string_view kWalkerLegend =
    "*Rank: by the metric, highest first; strategies without a value come last.*\n"
    "*Sharpe ratio: average result divided by the standard deviation.*\n"
    "*Sortino ratio: average result divided by the deviation of losses only.*\n"
    "*Calmar ratio: expected yearly returns divided by the deepest fall of the compounded account.*\n"
    "*Recovery factor: whole compounded result divided by that fall.*\n\n"
    "*The best of many strategies is partly the luckiest one: see how it does on time that the comparison has not seen.*";

std::string signal_time(std::optional<double> ms) {
  return ms ? format_iso(static_cast<Timestamp>(*ms)) : std::string(kNotAvailable);
}

std::string best_strategy_lines(const WalkerReport& report) {
  const WalkerResult* best = report.ranking.best();
  const TradeStats stats = best ? best->stats : TradeStats{};
  const auto ratio = [](std::optional<double> value) { return number_text(value, 3, " (higher is better)"); };
  std::string text = fmt::format("## Best Strategy: {}\n\n", best ? best->strategy_name : "null");
  text += fmt::format("**Best {}:** {}\n", report.ranking.metric(), number_text(best ? best->metric_value : std::nullopt, 2));
  text += fmt::format("**Total Signals:** {}\n", stats.total_signals);
  text += fmt::format("**Sortino Ratio:** {}\n", ratio(stats.sortino_ratio));
  text += fmt::format("**Calmar Ratio:** {}\n", ratio(stats.calmar_ratio));
  return text + fmt::format("**Recovery Factor:** {}\n", ratio(stats.recovery_factor));
}

std::string comparison(const WalkerReport& report) {
  return report.strategy_table.empty() ? table<WalkerResult>(walker_strategy_columns(), walker_ranked(report)) : report.strategy_table;
}

std::string all_trades(const WalkerReport& report) {
  const std::vector<WalkerTrade> rows = walker_pnl_rows(report);
  if (rows.empty()) return "No closed signals available.";
  if (!report.trade_table.empty()) return report.trade_table;
  std::vector<const WalkerTrade*> pointers;
  for (const WalkerTrade& row : rows) pointers.push_back(&row);
  return table<WalkerTrade>(walker_pnl_columns(), pointers);
}

}  // namespace

std::vector<Column<WalkerResult>> walker_strategy_columns() {
  using Row = WalkerResult;
  std::vector<Column<Row>> columns;
  const auto add = [&](const char* key, const char* label, auto format) {
    columns.push_back({key, label, [format](const Row& row, std::size_t) { return format(row); }});
  };
  columns.push_back({"rank", "Rank", [](const Row&, std::size_t index) { return fmt::format("{}", index + 1); }});
  add("strategy", "Strategy", [](const Row& r) { return r.strategy_name; });
  add("metric", "Metric", [](const Row& r) { return number_text(r.metric_value, 2); });
  add("totalSignals", "Total Signals", [](const Row& r) { return fmt::format("{}", r.stats.total_signals); });
  add("winRate", "Win Rate", [](const Row& r) { return number_text(r.stats.win_rate, 2, "%"); });
  add("avgPnl", "Avg PNL", [](const Row& r) { return signed_text(r.stats.avg_pnl, 2, "%"); });
  add("totalPnl", "Total PNL", [](const Row& r) { return signed_text(r.stats.total_pnl, 2, "%"); });
  add("sharpeRatio", "Sharpe Ratio", [](const Row& r) { return number_text(r.stats.sharpe_ratio, 3); });
  add("stdDev", "Std Dev", [](const Row& r) { return number_text(r.stats.std_dev, 3, "%"); });
  add("sortinoRatio", "Sortino", [](const Row& r) { return number_text(r.stats.sortino_ratio, 3); });
  add("calmarRatio", "Calmar", [](const Row& r) { return number_text(r.stats.calmar_ratio, 3); });
  add("recoveryFactor", "Recovery", [](const Row& r) { return number_text(r.stats.recovery_factor, 3); });
  add("firstEventTime", "First Event", [](const Row& r) { return signal_time(r.first_event_time); });
  add("lastEventTime", "Last Event", [](const Row& r) { return signal_time(r.last_event_time); });
  return columns;
}

std::vector<Column<WalkerTrade>> walker_pnl_columns() {
  std::vector<Column<WalkerTrade>> columns;
  const auto add = [&](const char* key, const char* label, auto format) {
    columns.push_back({key, label, [format](const WalkerTrade& row, std::size_t) { return format(*row.trade); }});
  };
  columns.push_back({"strategy", "Strategy", [](const WalkerTrade& row, std::size_t) { return *row.strategy; }});
  add("signalId", "Signal ID", [](const TradeRow& t) { return t.id; });
  add("symbol", "Symbol", [](const TradeRow& t) { return t.symbol; });
  add("position", "Position", [](const TradeRow& t) { return std::string(t.position == Side::long_side ? "LONG" : "SHORT"); });
  add("pnl", "PNL (net)", [](const TradeRow& t) { return signed_text(t.pnl.pnl_percentage, 2, "%"); });
  add("closeReason", "Close Reason", [](const TradeRow& t) { return t.close_reason; });
  add("openTime", "Open Time", [](const TradeRow& t) { return signal_time(static_cast<double>(t.pending_at)); });
  add("closeTime", "Close Time", [](const TradeRow& t) { return signal_time(static_cast<double>(t.close_timestamp)); });
  return columns;
}

std::vector<const WalkerResult*> walker_ranked(const WalkerReport& report) {
  std::vector<const WalkerResult*> ranked = report.ranking.ranked();
  ranked.resize(std::min(ranked.size(), report.top));
  return ranked;
}

std::vector<WalkerTrade> walker_pnl_rows(const WalkerReport& report) {
  std::vector<WalkerTrade> rows;
  for (std::size_t i = report.trades.size(); i-- > 0;) {
    const auto& trades = report.trades[i];
    for (auto it = trades.rbegin(); it != trades.rend(); ++it) rows.push_back({&report.ranking.results()[i].strategy_name, &*it});
  }
  return rows;
}

std::string walker_report(const WalkerReport& report) {
  std::string text = fmt::format("# Walker Comparison Report: {}\n\n", report.walker_name);
  text += fmt::format("**Symbol:** {}\n**Exchange:** {}\n**Frame:** {}\n", report.symbol, report.exchange_name, report.frame_name);
  text += fmt::format("**Optimization Metric:** {}\n**Strategies Tested:** {}\n\n", report.ranking.metric(), report.total_strategies);
  text += best_strategy_lines(report);
  if (report.evidence) text += "\n" + evidence_markdown(*report.evidence);
  text += "\n## Top Strategies Comparison\n\n" + comparison(report);
  if (report.show_trades) text += "\n\n## All Signals (PNL Table)\n\n" + all_trades(report);
  return text + "\n\n\n" + std::string(kWalkerLegend);
}

}  // namespace btk::host
