#include <fmt/format.h>

#include <cmath>

#include "engine/text.h"
#include "host/report/backtest_report.h"
#include "host/report/cells.h"

namespace btk::host {
namespace {

std::string margin_text(const TradeRow& row) {
  if (!row.isolated) return std::string(kNotAvailable);
  return *row.isolated ? "isolated" : "cross";
}

// "3 (↑2: 50.0%, ↓1: 20.0%)"
std::string partials_text(const TradeRow& row) {
  if (row.partials.empty()) return std::string(kNotAvailable);
  std::size_t profits = 0, losses = 0;
  double profit_percent = 0, loss_percent = 0;
  for (const Partial& partial : row.partials) {
    ++(partial.profit ? profits : losses);
    (partial.profit ? profit_percent : loss_percent) += partial.percent;
  }
  return fmt::format("{} (↑{}: {}%, ↓{}: {}%)", row.partials.size(), profits, fixed(profit_percent, 1),
                     losses, fixed(loss_percent, 1));
}

std::string whole_minutes(const TradeRow& row) {
  const Timestamp duration = row.close_timestamp - row.pending_at;
  if (row.pending_at <= 0 || row.close_timestamp <= 0 || duration == 0) return std::string(kNotAvailable);
  // Whole minutes, half up.
  return fmt::format("{}", align(duration + kMinute / 2, kMinute) / kMinute);
}

std::string side_text(const TradeRow& row) { return row.position == Side::long_side ? "LONG" : "SHORT"; }

}  // namespace

std::vector<Column<TradeRow>> backtest_columns(const ReportOptions& options) {
  using Row = TradeRow;
  std::vector<Column<TradeRow>> columns;
  // Formatters here need only the row.
  const auto add = [&](const char* key, const char* label, auto format, bool visible = true) {
    columns.push_back({key, label, [format](const Row& row, std::size_t) { return format(row); }, visible});
  };
  const auto add_price = [&](const char* key, const char* label, double Row::*price) {
    add(key, label, [price](const Row& row) { return price_text(row.*price); });
  };
  add("signalId", "Signal ID", [](const Row& row) { return row.id; });
  add("symbol", "Symbol", [](const Row& row) { return row.symbol; });
  add("position", "Position", side_text);
  add(
      "note", "Note", [](const Row& row) { return note_text(row.note); }, options.show_note);
  add_price("openPrice", "Open Price", &Row::price_open);
  add_price("closePrice", "Close Price", &Row::close_price);
  add_price("takeProfit", "Take Profit", &Row::price_take_profit);
  add_price("stopLoss", "Stop Loss", &Row::price_stop_loss);
  add_price("originalPriceTakeProfit", "Original TP", &Row::original_price_take_profit);
  add_price("originalPriceStopLoss", "Original SL", &Row::original_price_stop_loss);
  add_price("originalPriceOpen", "Original Entry", &Row::original_price_open);
  add("totalEntries", "DCA Entries", [](const Row& row) { return fmt::format("{}", row.entries.size()); });
  add("totalPartials", "Partial Closes",
      [](const Row& row) { return fmt::format("{}", row.partials.size()); });
  add("multiplier", "Multiplier", [](const Row& row) {
    return row.multiplier ? shortest(*row.multiplier) + "x" : std::string(kNotAvailable);
  });
  add("isolated", "Margin", margin_text);
  add("pnl", "PNL (net)", [](const Row& row) { return signed_text(row.pnl.pnl_percentage, 2, "%"); });
  add("pnlCost", "PNL (USD)", [](const Row& row) { return signed_price_text(row.pnl.pnl_cost); });
  add("partialExecuted", "Partial Executed %",
      [](const Row& row) { return number_text(row.partial_executed, 1, "%"); });
  add("partialCloses", "Partial Closes", partials_text);
  add("closeReason", "Close Reason", [](const Row& row) { return row.close_reason; });
  add("duration", "Duration (min)", whole_minutes);
  add("openTimestamp", "Open Time", [](const Row& row) {
    return row.pending_at > 0 ? format_iso(row.pending_at) : std::string(kNotAvailable);
  });
  add("closeTimestamp", "Close Time", [](const Row& row) { return format_iso(row.close_timestamp); });
  add("peakPnl", "Peak PNL", [](const Row& row) { return signed_text(row.peak_pnl, 2, "%"); });
  add("fallPnl", "Max DD PNL", [](const Row& row) { return number_text(row.fall_pnl, 2, "%"); });
  return columns;
}

}  // namespace btk::host
