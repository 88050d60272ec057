#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/text.h"
#include "engine/time.h"
#include "host/report/cells.h"
#include "host/report/event_report.h"

namespace btk::host {
namespace {

// How a value becomes text; what a row does not have is "N/A".
enum class Look { text, upper, plain, price, signed_price, percent1, percent2, signed2, time, level, note, mode };

struct EventColumn {
  const char* key;
  const char* label;
  const char* field;
  Look look;
};

std::string event_cell(const EventRow& row, const EventColumn& column) {
  const auto number = row.number(column.field);
  const std::string text(row.text(column.field));
  const auto or_absent = [](std::string value) { return value.empty() ? std::string(kNotAvailable) : value; };
  switch (column.look) {
    case Look::text:
      return or_absent(text);
    case Look::upper: {
      std::string upper = text;
      std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      return or_absent(upper);
    }
    case Look::plain:
      return number ? fmt::format("{}", *number) : std::string(kNotAvailable);
    case Look::price:
      return price_text(number);
    case Look::signed_price:
      return signed_price_text(number);
    case Look::percent1:
      return number_text(number, 1, "%");
    case Look::percent2:
      return number_text(number, 2, "%");
    case Look::signed2:
      return signed_text(number, 2, "%");
    case Look::time:
      return number ? format_iso(static_cast<Timestamp>(*number)) : std::string(kNotAvailable);
    case Look::level:
      return fmt::format("{}{}%", row.text("action") == "profit" ? "+" : "-", number.value_or(0));
    case Look::note:
      return note_text(text);
    case Look::mode: {
      const RowValue* flag = row.find(column.field);
      return flag && *flag == RowValue(true) ? "Backtest" : "Live";
    }
  }
  return {};
}

constexpr EventColumn kTimestamp{"timestamp", "Timestamp", "timestamp", Look::time};
constexpr EventColumn kAction{"action", "Action", "action", Look::upper};
constexpr EventColumn kRawAction{"action", "Action", "action", Look::text};
constexpr EventColumn kSymbol{"symbol", "Symbol", "symbol", Look::text};
constexpr EventColumn kStrategy{"strategyName", "Strategy", "strategy_name", Look::text};
constexpr EventColumn kSignalId{"signalId", "Signal ID", "signal_id", Look::text};
constexpr EventColumn kPosition{"position", "Position", "position", Look::upper};
constexpr EventColumn kNote{"note", "Note", "note", Look::note};
constexpr EventColumn kEntries{"totalEntries", "DCA Entries", "total_entries", Look::plain};
constexpr EventColumn kPartials{"totalPartials", "Partial Closes", "total_partials", Look::plain};
constexpr EventColumn kPnl{"pnlPercentage", "PNL (net)", "pnl_percentage", Look::signed2};
constexpr EventColumn kExecuted{"partialExecuted", "Partial Executed %", "partial_executed", Look::percent1};
constexpr EventColumn kExecuted2{"partialExecuted", "Partial Executed %", "partial_executed", Look::percent2};
constexpr EventColumn kPending{"pendingAt", "Pending At", "pending_at", Look::time};
constexpr EventColumn kScheduled{"scheduledAt", "Scheduled At", "scheduled_at", Look::time};
constexpr EventColumn kMode{"mode", "Mode", "backtest", Look::mode};
constexpr EventColumn kOriginalTake{"originalPriceTakeProfit", "Original TP", "original_price_take_profit", Look::price};
constexpr EventColumn kOriginalStop{"originalPriceStopLoss", "Original SL", "original_price_stop_loss", Look::price};
constexpr EventColumn kOriginalOpen{"originalPriceOpen", "Original Entry", "original_price_open", Look::price};
constexpr EventColumn kEntry{"priceOpen", "Entry Price", "price_open", Look::price};
constexpr EventColumn kTakePrice{"priceTakeProfit", "Take Profit", "price_take_profit", Look::price};
constexpr EventColumn kStopPrice{"priceStopLoss", "Stop Loss", "price_stop_loss", Look::price};
constexpr EventColumn kTakeProfit{"takeProfit", "Take Profit", "price_take_profit", Look::price};
constexpr EventColumn kStopLoss{"stopLoss", "Stop Loss", "price_stop_loss", Look::price};
constexpr EventColumn kCreated{"createdAt", "Created At", "created_at", Look::text};

constexpr EventColumn price_now(const char* label) { return {"currentPrice", label, "current_price", Look::price}; }

using Columns = std::vector<EventColumn>;

Columns schedule_columns() {
  return {kTimestamp, kAction, kSymbol, kSignalId, kPosition, kNote, price_now("Current Price"), kEntry, kTakeProfit, kStopLoss,
          kOriginalTake, kOriginalStop, kOriginalOpen, kEntries, kPartials, kPnl, kExecuted,
          {"duration", "Wait Time (min)", "duration", Look::plain},
          {"cancelReason", "Cancel Reason", "cancel_reason", Look::upper},
          {"cancelId", "Cancel ID", "cancel_id", Look::text}, kPending, kScheduled};
}

// What partial and breakeven have from the take profit on.
void add_milestone_tail(Columns& columns) {
  for (const EventColumn& column : {kTakePrice, kStopPrice, kOriginalTake, kOriginalStop, kOriginalOpen, kEntries,
                                    kPartials, kPnl, kExecuted2, kNote, kPending, kScheduled, kTimestamp, kMode}) {
    columns.push_back(column);
  }
}

Columns partial_columns() {
  Columns columns{kAction, kSymbol, kStrategy, kSignalId, kPosition, {"level", "Level %", "level", Look::level},
                  price_now("Current Price"), kEntry};
  add_milestone_tail(columns);
  return columns;
}

Columns breakeven_columns() {
  Columns columns{kSymbol, kStrategy, kSignalId, kPosition, kEntry, price_now("Breakeven Price")};
  add_milestone_tail(columns);
  return columns;
}

Columns risk_columns() {
  return {kSymbol, kStrategy, kSignalId, kNote, kPosition, {"exchangeName", "Exchange", "exchange_name", Look::text},
          {"openPrice", "Open Price", "price_open", Look::price}, kTakeProfit, kStopLoss, kOriginalTake, kOriginalStop,
          kOriginalOpen, kEntries, kPartials, kExecuted, price_now("Current Price"),
          {"activePositionCount", "Active Positions", "active_position_count", Look::plain},
          {"rejectionId", "ID", "rejection_id", Look::text},
          {"rejectionNote", "Rejection Reason", "rejection_note", Look::text}, kPending, kScheduled, kTimestamp};
}

Columns strategy_columns() {
  return {kSymbol, kStrategy, kSignalId, kRawAction, price_now("Price"),
          {"percentToClose", "% To Close", "percent_to_close", Look::percent2},
          {"percentShift", "% Shift", "percent_shift", Look::percent2},
          {"cancelId", "Cancel ID", "cancel_id", Look::text}, {"closeId", "Close ID", "close_id", Look::text}, kCreated,
          kPartials, kPnl, {"cost", "Cost (USD)", "cost", Look::price}, kTimestamp, kMode};
}

Columns sync_columns() {
  return {kSymbol, kStrategy, kSignalId, kRawAction, {"position", "Position", "position", Look::text},
          price_now("Current Price"), kEntry, kTakePrice, kStopPrice, kEntries, kPartials, kPnl,
          {"closeReason", "Close Reason", "close_reason", Look::text}, kCreated, kMode};
}

Columns extreme_columns(const char* price_label) {
  return {kSymbol, kStrategy, kSignalId, kPosition, {"pnl", "PNL (net)", "pnl_percentage", Look::signed2},
          {"pnlCost", "PNL (USD)", "pnl_cost", Look::signed_price}, price_now(price_label), kEntry, kTakePrice,
          kStopPrice, kTimestamp, kMode};
}

Columns columns_of(EventReport kind) {
  switch (kind) {
    case EventReport::schedule: return schedule_columns();
    case EventReport::partial: return partial_columns();
    case EventReport::breakeven: return breakeven_columns();
    case EventReport::risk: return risk_columns();
    case EventReport::strategy: return strategy_columns();
    case EventReport::sync: return sync_columns();
    case EventReport::highest_profit: return extreme_columns("Peak Price");
    case EventReport::max_drawdown: return extreme_columns("DD Price");
  }
  return {};
}

}  // namespace

std::vector<Column<EventRow>> event_columns(EventReport kind, bool show_note) {
  std::vector<Column<EventRow>> columns;
  for (const EventColumn& column : columns_of(kind)) {
    columns.push_back({column.key, column.label,
                       [column](const EventRow& row, std::size_t) { return event_cell(row, column); },
                       column.look != Look::note || show_note});
  }
  return columns;
}

}  // namespace btk::host
