#include "host/report/trade_csv.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <string_view>

#include "engine/text.h"

namespace btk::host {
namespace {

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out + "\"";
}

std::string csv_number(std::optional<double> value) {
  return value && std::isfinite(*value) ? shortest(*value) : std::string();
}

std::string moment(Timestamp t) { return t > 0 ? format_iso(t) : std::string(); }

std::string duration(const TradeRow& row) {
  if (row.pending_at <= 0 || row.close_timestamp <= 0) return {};
  return shortest(static_cast<double>(row.close_timestamp - row.pending_at) / kMinute);
}

std::string flag(std::optional<bool> value) { return !value ? "" : *value ? "true" : "false"; }

// A column: its name and its text for a row (quoted afterwards).
struct CsvColumn {
  const char* name;
  std::string (*text)(const TradeRow& row);
};

constexpr CsvColumn kCsvColumns[] = {
    {"id", [](const TradeRow& r) { return r.id; }},
    {"symbol", [](const TradeRow& r) { return r.symbol; }},
    {"position", [](const TradeRow& r) { return std::string(to_string(r.position)); }},
    {"scheduled_at", [](const TradeRow& r) { return moment(r.scheduled_at); }},
    {"open_time", [](const TradeRow& r) { return moment(r.pending_at); }},
    {"close_time", [](const TradeRow& r) { return moment(r.close_timestamp); }},
    {"duration_minutes", duration},
    {"close_reason", [](const TradeRow& r) { return r.close_reason; }},
    {"price_open", [](const TradeRow& r) { return csv_number(r.price_open); }},
    {"price_close", [](const TradeRow& r) { return csv_number(r.close_price); }},
    {"price_take_profit", [](const TradeRow& r) { return csv_number(r.price_take_profit); }},
    {"price_stop_loss", [](const TradeRow& r) { return csv_number(r.price_stop_loss); }},
    {"original_price_open", [](const TradeRow& r) { return csv_number(r.original_price_open); }},
    {"original_price_take_profit", [](const TradeRow& r) { return csv_number(r.original_price_take_profit); }},
    {"original_price_stop_loss", [](const TradeRow& r) { return csv_number(r.original_price_stop_loss); }},
    {"pnl_percentage", [](const TradeRow& r) { return csv_number(r.pnl.pnl_percentage); }},
    {"pnl_cost", [](const TradeRow& r) { return csv_number(r.pnl.pnl_cost); }},
    {"pnl_entries", [](const TradeRow& r) { return csv_number(r.pnl.pnl_entries); }},
    {"peak_pnl", [](const TradeRow& r) { return csv_number(r.peak_pnl); }},
    {"fall_pnl", [](const TradeRow& r) { return csv_number(r.fall_pnl); }},
    {"total_entries", [](const TradeRow& r) { return fmt::format("{}", r.entries.size()); }},
    {"total_partials", [](const TradeRow& r) { return fmt::format("{}", r.partials.size()); }},
    {"partial_executed", [](const TradeRow& r) { return csv_number(r.partial_executed); }},
    {"multiplier", [](const TradeRow& r) { return csv_number(r.multiplier); }},
    {"isolated", [](const TradeRow& r) { return flag(r.isolated); }},
    {"note", [](const TradeRow& r) { return r.note; }},
};

}  // namespace

std::string trades_csv(std::span<const TradeRow> rows) {
  std::string text;
  for (const CsvColumn& column : kCsvColumns) {
    if (!text.empty()) text.push_back(',');
    text += column.name;
  }
  text.push_back('\n');
  for (const TradeRow& row : rows) {
    bool first = true;
    for (const CsvColumn& column : kCsvColumns) {
      if (!first) text.push_back(',');
      first = false;
      text += csv_cell(column.text(row));
    }
    text.push_back('\n');
  }
  return text;
}

}  // namespace btk::host
