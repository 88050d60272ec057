#include "host/report/heat_report.h"

#include <fmt/format.h>

#include "host/report/cells.h"

namespace btk::host {
namespace {

std::optional<double> value_of(const HeatRow& row, std::string_view field) {
  for (const auto& candidate : heat_row_fields()) {
    if (candidate.snake != field) continue;
    const StatValue value = candidate.value(row);
    if (const auto* number = std::get_if<double>(&value)) return *number;
    if (const auto* count = std::get_if<std::size_t>(&value)) return static_cast<double>(*count);
  }
  return std::nullopt;
}

struct HeatColumn {
  const char* key;
  const char* label;
  const char* field;
  int digits;
  const char* unit = "";
  double factor = 1;
};

constexpr HeatColumn kHeatColumns[] = {
    {"totalPnl", "Total PNL", "total_pnl", 2, "%"},
    {"sharpeRatio", "Sharpe", "sharpe_ratio", 3},
    {"annualizedSharpeRatio", "Ann Sharpe", "annualized_sharpe_ratio", 3},
    {"certaintyRatio", "Certainty", "certainty_ratio", 3},
    {"expectedYearlyReturns", "Exp Yearly", "expected_yearly_returns", 2, "%"},
    {"tradesPerYear", "Trades/Yr", "trades_per_year", 1},
    {"profitFactor", "PF", "profit_factor", 3},
    {"expectancy", "Expect", "expectancy", 2, "%"},
    {"winRate", "WR", "win_rate", 2, "%"},
    {"avgWin", "Avg Win", "avg_win", 2, "%"},
    {"avgLoss", "Avg Loss", "avg_loss", 2, "%"},
    {"maxDrawdown", "Max DD", "max_drawdown", 2, "%", -1},
    {"maxWinStreak", "W Streak", "max_win_streak", 0},
    {"maxLossStreak", "L Streak", "max_loss_streak", 0},
    {"totalTrades", "Trades", "total_trades", 0},
    {"avgPeakPnl", "Avg Peak PNL", "avg_peak_pnl", 2, "%"},
    {"avgFallPnl", "Avg DD PNL", "avg_fall_pnl", 2, "%"},
    {"peakProfitPnl", "Peak Profit PNL", "peak_profit_pnl", 2, "%"},
    {"maxDrawdownPnl", "Max DD PNL", "max_drawdown_pnl", 2, "%"},
    {"medianPnl", "Median PNL", "median_pnl", 2, "%"},
    {"avgDuration", "Avg Dur (min)", "avg_duration", 1},
    {"avgWinDuration", "Avg Win Dur", "avg_win_duration", 1},
    {"avgLossDuration", "Avg Loss Dur", "avg_loss_duration", 1},
    {"avgConsecutiveWinPnl", "Avg Win Streak PNL", "avg_consecutive_win_pnl", 2, "%"},
    {"avgConsecutiveLossPnl", "Avg Loss Streak PNL", "avg_consecutive_loss_pnl", 2, "%"},
    {"trend", "Trend", "trend", 0},
    {"trendStrength", "Trend %/d", "trend_strength", 2, "%"},
    {"trendConfidence", "Trend R²", "trend_confidence", 3},
    {"buyerPressure", "Buyer Pres", "buyer_pressure", 1, "%", 100},
    {"sellerPressure", "Seller Pres", "seller_pressure", 1, "%", 100},
    {"buyerStrength", "Buyer Str", "buyer_strength", 1, "%", 100},
    {"sellerStrength", "Seller Str", "seller_strength", 1, "%", 100},
    {"pressureImbalance", "Pres Imb", "pressure_imbalance", 3},
    {"medianStepSize", "Median Step", "median_step_size", 2, "%"},
    {"sortinoRatio", "Sortino", "sortino_ratio", 3},
    {"calmarRatio", "Calmar", "calmar_ratio", 3},
    {"recoveryFactor", "Recovery", "recovery_factor", 3},
};

std::string heat_cell(const HeatRow& row, const HeatColumn& column) {
  if (std::string_view(column.key) == "trend") {
    return std::string(row.trades.profile.trend ? to_string(*row.trades.profile.trend) : kNotAvailable);
  }
  auto value = value_of(row, column.field);
  if (value && column.factor != 1) value = *value * column.factor;
  if (std::string_view(column.key) == "pressureImbalance")
    return signed_text(value, column.digits, column.unit);
  return number_text(value, column.digits, column.unit);
}

std::string portfolio_summary(const Portfolio& p) {
  std::string text;
  const auto line = [&](std::string_view label, const std::string& value) {
    text += fmt::format("{}**{}:** {}", text.empty() ? "" : "\n", label, value);
  };
  const auto percent = [&](std::string_view label, std::optional<double> v) {
    line(label, number_text(v, 2, " %"));
  };
  const auto ratio = [&](std::string_view label, std::optional<double> v) { line(label, number_text(v, 3)); };
  const auto minutes = [&](std::string_view label, std::optional<double> v) {
    line(label, number_text(v, 1, " min"));
  };
  line("Total Symbols", std::to_string(p.total_symbols));
  percent("Portfolio PNL", p.total_pnl);
  ratio("Pooled Sharpe", p.sharpe_ratio);
  ratio("Annualized Sharpe", p.annualized_sharpe_ratio);
  ratio("Certainty Ratio", p.certainty_ratio);
  percent("Expected Yearly Returns", p.expected_yearly_returns);
  line("Trades Per Year", number_text(p.trades_per_year, 1));
  line("Total Trades", std::to_string(p.total_trades));
  percent("Avg Peak PNL", p.avg_peak_pnl);
  percent("Avg Max Drawdown PNL", p.avg_fall_pnl);
  percent("Peak Profit PNL", p.peak_profit_pnl);
  percent("Max Drawdown PNL", p.max_drawdown_pnl);
  percent("Median PNL", p.median_pnl);
  minutes("Avg Duration", p.avg_duration);
  minutes("Avg Win Duration", p.avg_win_duration);
  minutes("Avg Loss Duration", p.avg_loss_duration);
  percent("Avg Consecutive Win PNL Per Symbol", p.avg_consecutive_win_pnl);
  percent("Avg Consecutive Loss PNL Per Symbol", p.avg_consecutive_loss_pnl);
  percent("Standard Deviation Per Trade", p.std_dev);
  ratio("Sortino Ratio", p.sortino_ratio);
  ratio("Calmar Ratio", p.calmar_ratio);
  ratio("Recovery Factor", p.recovery_factor);
  percent("Expectancy", p.expectancy);
  return text;
}

constexpr std::string_view kHeatLegend =
    "*Rows are ordered by Sharpe ratio: mean trade over the deviation of trades.*\n"
    "*PF: sum of wins over sum of losses. Max DD: deepest fall of the curve that has all of its money in every trade, results "
    "compounded, troughs inside trades included: not the fall of the capital that the summary and the page tell.*\n"
    "*Portfolio PNL is the sum of all percentages, each of its own trade's stake: not the result of the capital. The portfolio takes "
    "the trades of all symbols one after the other; it divides no capital.*";

}  // namespace

std::vector<Column<HeatRow>> heat_columns() {
  std::vector<Column<HeatRow>> columns;
  columns.push_back({"symbol", "Symbol", [](const HeatRow& row, std::size_t) { return row.symbol; }});
  for (const HeatColumn& column : kHeatColumns) {
    columns.push_back(
        {column.key, column.label, [&column](const HeatRow& row, std::size_t) { return heat_cell(row, column); }});
  }
  return columns;
}

std::string heat_report(std::string_view strategy_name, const HeatStats& stats, std::string_view table_text) {
  std::string text = fmt::format("# Portfolio Heatmap: {}\n\n", strategy_name);
  if (stats.symbols.empty()) return text + "*No data available*";
  text += portfolio_summary(stats.portfolio) + "\n\n";
  if (table_text.empty()) {
    std::vector<const HeatRow*> rows;
    for (const HeatRow& row : stats.symbols) rows.push_back(&row);
    text += table<HeatRow>(heat_columns(), rows);
  } else {
    text += table_text;
  }
  return text + "\n\n" + std::string(kHeatLegend);
}

}  // namespace btk::host
