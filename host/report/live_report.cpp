#include "host/report/live_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/pnl.h"
#include "engine/text.h"
#include "host/report/cells.h"

namespace btk::host {
namespace {

using Number = std::optional<double>;

std::string event_time(Number ms) {
  return ms && *ms > 0 ? format_iso(static_cast<Timestamp>(*ms)) : std::string(kNotAvailable);
}

std::string reason_text(const LiveEvent& e) {
  return e.close_reason == CloseReason::none ? std::string(kNotAvailable) : std::string(to_string(e.close_reason));
}

std::string exact_minutes(const LiveEvent& e) {
  if (e.action != Action::closed || !e.pending_at) return std::string(kNotAvailable);
  return shortest((e.timestamp - *e.pending_at) / static_cast<double>(kMinute));
}

// The excursions of a position that is over.
Number closed_only(const LiveEvent& e, Number value) { return e.action == Action::closed ? value : std::nullopt; }

// "26990.00 USD (fee 0.40 USD)": the newest answer of the exchange when the event arose.
std::string fill_text(const LiveEvent& e) {
  if (!e.signal) return std::string(kNotAvailable);
  const std::vector<Fill>& fills = e.signal->fills;
  const auto told = std::find_if(fills.rbegin(), fills.rend(), [&](const Fill& f) {
    return f.price && static_cast<double>(f.time) <= e.timestamp;
  });
  if (told == fills.rend()) return std::string(kNotAvailable);
  return price_text(told->price) + (told->fee ? fmt::format(" (fee {})", price_text(told->fee)) : "");
}

}  // namespace

ReportOptions live_report_options(const Config& config) {
  ReportOptions options = backtest_report_options(config);
  options.max_rows = row_limit(config.max_live_markdown_rows);
  return options;
}

bool has_fills(std::span<const LiveEvent> events) {
  return std::ranges::any_of(events, [](const LiveEvent& e) { return e.signal && !e.signal->fills.empty(); });
}

std::vector<Column<LiveEvent>> live_columns(std::string_view symbol, const ReportOptions& options, bool fills) {
  using Row = LiveEvent;
  std::vector<Column<Row>> columns;
  const auto add = [&](const char* key, const char* label, auto format, bool visible = true) {
    columns.push_back({key, label, [format](const Row& row, std::size_t) -> std::string { return format(row); }, visible});
  };
  // Of events with a signal only.
  const auto add_signal = [&](const char* key, const char* label, auto format, bool visible = true) {
    add(key, label, [format](const Row& row) { return row.signal ? std::string(format(*row.signal)) : std::string(kNotAvailable); },
        visible);
  };
  add("timestamp", "Timestamp", [](const Row& r) { return event_time(r.timestamp); });
  add("action", "Action", [](const Row& r) { return upper_text(to_string(r.action)); });
  add_signal("symbol", "Symbol", [name = std::string(symbol)](const Signal&) { return name; });
  add_signal("signalId", "Signal ID", [](const Signal& s) { return s.id; });
  add_signal("position", "Position", [](const Signal& s) { return upper_text(to_string(s.position)); });
  add_signal("note", "Note", [](const Signal& s) { return note_text(s.note); }, options.show_note);
  add("currentPrice", "Current Price", [](const Row& r) { return price_text(r.current_price); });
  add_signal("openPrice", "Open Price", [](const Signal& s) { return price_text(effective_price(s)); });
  add_signal("multiplier", "Multiplier", [](const Signal& s) { return shortest(s.multiplier) + "x"; });
  add_signal("isolated", "Margin", [](const Signal& s) { return s.isolated ? "isolated" : "cross"; });
  add_signal("takeProfit", "Take Profit", [](const Signal& s) { return price_text(s.take()); });
  add_signal("stopLoss", "Stop Loss", [](const Signal& s) { return price_text(s.stop()); });
  add_signal("originalPriceTakeProfit", "Original TP", [](const Signal& s) { return price_text(s.price_take_profit); });
  add_signal("originalPriceStopLoss", "Original SL", [](const Signal& s) { return price_text(s.price_stop_loss); });
  add_signal("originalPriceOpen", "Original Entry", [](const Signal& s) { return price_text(s.price_open); });
  add_signal("totalEntries", "DCA Entries", [](const Signal& s) { return fmt::format("{}", s.entries.size()); });
  add_signal("totalPartials", "Partial Closes", [](const Signal& s) { return fmt::format("{}", s.partials.size()); });
  add_signal("partialExecuted", "Partial Executed %", [](const Signal& s) { return number_text(closed_percent(s), 1, "%"); });
  add("percentTp", "% to TP", [](const Row& r) { return number_text(r.percent_tp, 2, "%"); });
  add("percentSl", "% to SL", [](const Row& r) { return number_text(r.percent_sl, 2, "%"); });
  add("pnl", "PNL (net)", [](const Row& r) { return signed_text(r.pnl, 2, "%"); });
  add("pnlCost", "PNL (USD)", [](const Row& r) { return signed_price_text(r.pnl_cost); });
  add("closeReason", "Close Reason", reason_text);
  add("duration", "Duration (min)", exact_minutes);
  add("pendingAt", "Pending At", [](const Row& r) { return event_time(r.pending_at); });
  add_signal("scheduledAt", "Scheduled At", [](const Signal& s) { return event_time(static_cast<double>(s.scheduled_at)); });
  add("peakPnl", "Peak PNL", [](const Row& r) { return signed_text(closed_only(r, r.peak_pnl), 2, "%"); });
  add("fallPnl", "Max DD PNL", [](const Row& r) { return number_text(closed_only(r, r.fall_pnl), 2, "%"); });
  add("fill", "Fill", fill_text, fills);
  return columns;
}

std::string live_report(std::string_view strategy_name, std::string_view symbol, std::span<const LiveEvent> events,
                        const ReportOptions& options, std::string_view table_text) {
  const std::string title = fmt::format("# Live Trading Report: {}\n\n", strategy_name);
  if (events.empty()) return title + "No events recorded yet.";
  std::string rows(table_text);
  if (rows.empty()) {
    std::vector<const LiveEvent*> newest_first;
    for (auto event = events.rbegin(); event != events.rend(); ++event) newest_first.push_back(&*event);
    newest_first.resize(std::min(newest_first.size(), options.max_rows.value_or(newest_first.size())));
    rows = table<LiveEvent>(live_columns(symbol, options, has_fills(events)), newest_first);
  }
  return fmt::format("{}{}\n\n{}\n\n{}", title, rows, live_summary(live_stats(events)), kTradeLegend);
}

}  // namespace btk::host
