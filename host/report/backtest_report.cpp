#include "host/report/backtest_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "host/report/cells.h"

namespace btk::host {

const std::string_view kTradeLegend =
    "*Win rate: share of winning trades among those that won or lost.*\n"
    "*Total PNL: the trades' net percentages added up, without compounding.*\n"
    "*Standard deviation: how far single results lie from their average.*\n"
    "*Sharpe ratio: average result divided by the standard deviation; annualized: times the square root of "
    "the "
    "trades per year.*\n"
    "*Certainty ratio: average win divided by the size of the average loss.*\n"
    "*Expected yearly returns: the compounded result stretched to one year; left out above 100% and when the "
    "account was lost on the way.*\n"
    "*Avg peak PNL and avg max drawdown PNL: best and worst result while trades were open.*\n"
    "*Sortino ratio: average result divided by the deviation of losses only.*\n"
    "*Calmar ratio: expected yearly returns divided by the deepest fall of the compounded account.*\n"
    "*Recovery factor: whole compounded result divided by that fall.*\n"
    "*Expectancy: what one trade brings on average, from win rate, average win and average loss.*\n"
    "*Avg consecutive win and loss PNL: average sum of an unbroken series of wins or losses.*\n"
    "*Trend, its strength and its confidence: a straight line through the logarithms of the close prices.*\n"
    "*Pressure and strength: how often, and how far, the price rose or fell from one close to the next; not "
    "volume.*\n"
    "*Ratios need 10 trades; annual figures also 14 days and at most 365 trades a year.*";

namespace {

// One line of the summary that shows a number: "**label:** text".
struct SummaryLine {
  const char* label;
  std::optional<double> value;
  int digits;
  bool with_sign;
  const char* unit;
};

constexpr const char* kHigher = "% (higher is better)";
constexpr const char* kHigherRatio = " (higher is better)";
constexpr const char* kNearZero = "% (closer to 0 is better)";

std::optional<double> in_percent(std::optional<double> share) {
  return share ? std::optional(*share * 100) : std::nullopt;
}

void add_line(std::string& text, std::string_view label, std::string_view value) {
  if (!text.empty()) text += "\n";
  text += fmt::format("**{}:** {}", label, value);
}

void add_lines(std::string& text, std::initializer_list<SummaryLine> lines) {
  for (const SummaryLine& line : lines) {
    add_line(text, line.label,
             line.with_sign ? signed_text(line.value, line.digits, line.unit)
                            : number_text(line.value, line.digits, line.unit));
  }
}

std::string trade_summary(std::string_view counted, std::size_t count, const TradeStats& stats) {
  const PriceProfile& profile = stats.profile;
  std::string text;
  add_line(text, counted, fmt::format("{}", count));
  add_line(text, "Closed signals", fmt::format("{}", stats.total_signals));
  const std::string wins = fmt::format("% ({}W / {}L) (higher is better)", stats.win_count, stats.loss_count);
  add_lines(text, {{"Win rate", stats.win_rate, 2, false, wins.c_str()}});
  add_lines(text, {{"Average PNL", stats.avg_pnl, 2, true, kHigher},
                   {"Total PNL", stats.total_pnl, 2, true, kHigher},
                   {"Standard Deviation Per Trade", stats.std_dev, 3, false, "% (lower is better)"},
                   {"Sharpe Ratio", stats.sharpe_ratio, 3, false, kHigherRatio},
                   {"Annualized Sharpe Ratio", stats.annualized_sharpe_ratio, 3, false, kHigherRatio},
                   {"Certainty Ratio", stats.certainty_ratio, 3, false, kHigherRatio},
                   {"Expected Yearly Returns", stats.expected_yearly_returns, 2, true, kHigher},
                   {"Avg Peak PNL", stats.avg_peak_pnl, 2, true, kHigher},
                   {"Avg Max Drawdown PNL", stats.avg_fall_pnl, 2, false, kNearZero},
                   {"Sortino Ratio", stats.sortino_ratio, 3, false, kHigherRatio},
                   {"Calmar Ratio", stats.calmar_ratio, 3, false, kHigherRatio},
                   {"Recovery Factor", stats.recovery_factor, 3, false, kHigherRatio},
                   {"Expectancy", stats.expectancy, 3, true, kHigher},
                   {"Median PNL", stats.median_pnl, 3, true, "% (closer to avgPnl = symmetric distribution)"},
                   {"Avg Duration", stats.avg_duration, 1, false, " min"},
                   {"Avg Win Duration", stats.avg_win_duration, 1, false, " min"},
                   {"Avg Loss Duration", stats.avg_loss_duration, 1, false, " min"},
                   {"Avg Consecutive Win PNL", stats.avg_consecutive_win_pnl, 3, true, kHigher},
                   {"Avg Consecutive Loss PNL", stats.avg_consecutive_loss_pnl, 3, false, kNearZero}});
  add_line(text, "Trend", profile.trend ? to_string(*profile.trend) : kNotAvailable);
  add_lines(text, {{"Trend Strength", profile.trend_strength, 3, true, "%/day"},
                   {"Trend Confidence (R²)", profile.trend_confidence, 3, false, ""},
                   {"Buyer Pressure", in_percent(profile.buyer_pressure), 1, false, "%"},
                   {"Seller Pressure", in_percent(profile.seller_pressure), 1, false, "%"},
                   {"Buyer Strength", in_percent(profile.buyer_strength), 1, false, "%"},
                   {"Seller Strength", in_percent(profile.seller_strength), 1, false, "%"},
                   {"Pressure Imbalance", profile.pressure_imbalance, 3, true, ""},
                   {"Median Step Size", profile.median_step_size, 3, false, "%"}});
  return text;
}

}  // namespace

std::optional<std::size_t> row_limit(double setting) {
  constexpr double kNoLimit = 1e15;  // larger ones would not fit a size
  if (!(setting >= 0 && setting < kNoLimit)) return std::nullopt;
  return static_cast<std::size_t>(setting);
}

ReportOptions backtest_report_options(const Config& config) {
  ReportOptions options;
  options.show_note = config.report_show_signal_note;
  options.max_rows = row_limit(config.max_backtest_markdown_rows);
  return options;
}

std::string backtest_summary(const TradeStats& stats) { return trade_summary("Total signals", stats.total_signals, stats); }

std::string live_summary(const LiveStats& stats) { return trade_summary("Total events", stats.total_events, stats.trades); }

std::string backtest_report(std::string_view strategy_name, std::span<const TradeRow> rows,
                            const ReportOptions& options, std::string_view table_text) {
  const std::string title = fmt::format("# Backtest Report: {}\n\n", strategy_name);
  const TradeStats stats = trade_stats(closed_trades(rows));
  if (stats.total_signals == 0) return title + "No signals closed yet.";

  const std::size_t shown = std::min(rows.size(), options.max_rows.value_or(rows.size()));
  std::vector<const TradeRow*> newest_first;
  for (std::size_t i = 0; i < shown; ++i) newest_first.push_back(&rows[rows.size() - 1 - i]);
  const std::string trades =
      table_text.empty() ? table<TradeRow>(backtest_columns(options), newest_first) : std::string(table_text);
  return fmt::format("{}{}\n\n{}\n\n{}", title, trades, backtest_summary(stats), kTradeLegend);
}

}  // namespace btk::host
