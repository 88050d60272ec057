#include "host/report/event_report.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "host/report/cells.h"

namespace btk::host {
namespace {

struct EventWords {
  const char* title;
  const char* empty;
};

// In the order of EventReport.
constexpr std::array<EventWords, 8> kWords{{
    {"Scheduled Signals Report", "No scheduled signals recorded yet."},
    {"Partial Profit/Loss Report", "No partial profit/loss events recorded yet."},
    {"Breakeven Report", "No breakeven events recorded yet."},
    {"Risk Rejection Report", "No risk rejections recorded yet."},
    {"Strategy Report", "No strategy events recorded yet."},
    {"Signal Sync Report", "No sync events recorded yet."},
    {"Highest Profit Report",
     "No profitable peak recorded yet (peaks are recorded only when realizable PNL is positive)."},
    {"Max Drawdown Report", "No max drawdown events recorded yet."},
}};

std::string count_text(const EventRow& figures, std::string_view name) {
  return fmt::format("{:.0f}", figures.number(name).value_or(0));
}

std::string count_list(std::string_view title, std::span<const EventRow> rows, std::string_view field) {
  std::string text = fmt::format("\n\n## {}", title);
  text += "\n";
  for (const auto& [name, count] : counts_by(rows, field)) text += fmt::format("\n- {}: {}", name, count);
  return text;
}

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string figure_lines(const EventRow& figures, Labels labels, std::string_view form) {
  std::string text;
  for (const auto& [label, name] : labels) {
    text += "\n" + fmt::format(fmt::runtime(form), label, count_text(figures, name));
  }
  return text;
}

constexpr std::string_view kBold = "**{}:** {}", kItem = "- {}: {}";

std::string schedule_summary(const EventRow& f) {
  return figure_lines(f,
                      {{"Total events", "total_events"},
                       {"Scheduled signals (raw)", "total_scheduled"},
                       {"Opened signals", "total_opened"},
                       {"Cancelled signals", "total_cancelled"}},
                      kBold) +
         fmt::format(
             "\n**Activation rate:** {}\n**Cancellation rate:** {}\n**Average activation time:** {}"
             "\n**Average wait time (cancelled):** {}",
             number_text(f.number("activation_rate"), 2, "% (higher is better)"),
             number_text(f.number("cancellation_rate"), 2, "% (lower is better)"),
             number_text(f.number("avg_activation_time"), 2, " minutes"),
             number_text(f.number("avg_wait_time"), 2, " minutes"));
}

std::string event_summary(EventReport kind, const EventRow& f, std::span<const EventRow> rows) {
  switch (kind) {
    case EventReport::schedule:
      return schedule_summary(f);
    case EventReport::partial:
      return figure_lines(f,
                          {{"Total events", "total_events"},
                           {"Profit events", "total_profit"},
                           {"Loss events", "total_loss"}},
                          kBold);
    case EventReport::risk:
      return figure_lines(f, {{"Total rejections", "total_rejections"}}, kBold) +
             count_list("Rejections by Symbol", rows, "symbol") +
             count_list("Rejections by Strategy", rows, "strategy_name");
    case EventReport::strategy:
      return figure_lines(f, {{"Total events", "total_events"}}, kBold) +
             figure_lines(f,
                          {{"Cancel scheduled", "cancel_scheduled_count"},
                           {"Close pending", "close_pending_count"},
                           {"Partial profit", "partial_profit_count"},
                           {"Partial loss", "partial_loss_count"},
                           {"Trailing stop", "trailing_stop_count"},
                           {"Trailing take", "trailing_take_count"},
                           {"Breakeven", "breakeven_count"},
                           {"Activate scheduled", "activate_scheduled_count"},
                           {"Average buy", "average_buy_count"}},
                          kItem);
    case EventReport::sync:
      return figure_lines(f, {{"Total events", "total_events"}, {"Opens", "open_count"}, {"Closes", "close_count"}},
                          kBold);
    case EventReport::breakeven:
    case EventReport::highest_profit:
    case EventReport::max_drawdown:
      return figure_lines(f, {{"Total events", "total_events"}}, kBold);
  }
  return {};
}

nlohmann::ordered_json json_value(const RowValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<double>(&value)) {
    const auto whole = static_cast<std::int64_t>(std::abs(*number) < 9e15 ? *number : 0.5);
    if (static_cast<double>(whole) == *number) return whole;  // times as whole milliseconds
    return *number;
  }
  return nullptr;
}

}  // namespace

ReportOptions event_report_options(EventReport kind, const Config& config) {
  // In the order of EventReport.
  const double limits[] = {config.max_schedule_markdown_rows,       config.max_partial_markdown_rows,
                           config.max_breakeven_markdown_rows,      config.max_risk_markdown_rows,
                           config.max_strategy_markdown_rows,       config.max_sync_markdown_rows,
                           config.max_highest_profit_markdown_rows, config.max_max_drawdown_markdown_rows};
  ReportOptions options;
  options.show_note = config.report_show_signal_note;
  options.max_rows = row_limit(limits[static_cast<std::size_t>(kind)]);
  return options;
}

std::string event_report(EventReport kind, std::string_view symbol, std::string_view strategy_name,
                         std::span<const EventRow> rows, const ReportOptions& options,
                         std::string_view table_text) {
  const EventWords& words = kWords[static_cast<std::size_t>(kind)];
  std::string text = kind == EventReport::schedule
                         ? fmt::format("# {}: {}\n\n", words.title, strategy_name)
                         : fmt::format("# {}: {}:{}\n\n", words.title, symbol, strategy_name);
  if (rows.empty()) return text + words.empty;
  if (table_text.empty()) {
    std::vector<const EventRow*> newest_first;
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) newest_first.push_back(&*row);
    if (options.max_rows && newest_first.size() > *options.max_rows) newest_first.resize(*options.max_rows);
    text += table<EventRow>(event_columns(kind, options.show_note), newest_first);
  } else {
    text += table_text;
  }
  return text + "\n" + event_summary(kind, event_figures(kind, rows), rows);
}

std::string event_lines(EventReport kind, std::span<const EventRow> rows) {
  std::string text;
  for (const EventRow& row : rows) {
    nlohmann::ordered_json line;
    line["reportName"] = std::string(to_string(kind));
    auto& data = line["data"] = nlohmann::ordered_json::object();
    for (const auto& [name, value] : row.fields) data[std::string(name)] = json_value(value);
    for (const auto& [outer, field] : {std::pair{"symbol", "symbol"},
                                       {"strategyName", "strategy_name"},
                                       {"exchangeName", "exchange_name"},
                                       {"frameName", "frame_name"},
                                       {"signalId", "signal_id"}}) {
      if (!row.text(field).empty()) line[outer] = std::string(row.text(field));
    }
    line["timestamp"] = static_cast<std::int64_t>(row.number("timestamp").value_or(0));
    text += line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace btk::host
