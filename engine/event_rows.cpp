#include "engine/event_rows.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "engine/time.h"

namespace btk {
namespace {

constexpr std::array<std::string_view, 8> kReportNames{"schedule", "partial", "breakeven",      "risk",
                                                       "strategy", "sync",    "highest_profit", "max_drawdown"};

constexpr std::uint32_t bit(EventKind kind) { return 1U << static_cast<unsigned>(kind); }

// 0 stands for "never".
RowValue moment(Timestamp time) { return time > 0 ? RowValue(static_cast<double>(time)) : RowValue(); }

double minutes_between(Timestamp from, Timestamp to) {
  return static_cast<double>(to - from) / static_cast<double>(kMinute);
}

struct PnlNames {
  std::string_view percentage, cost, entries, price_open, price_close;
};
constexpr PnlNames kPnl{"pnl_percentage", "pnl_cost", "pnl_entries", "pnl_price_open", "pnl_price_close"};
constexpr PnlNames kPeak{"peak_profit_percentage", "peak_profit_cost", "peak_profit_entries",
                         "peak_profit_price_open", "peak_profit_price_close"};
constexpr PnlNames kFall{"max_drawdown_percentage", "max_drawdown_cost", "max_drawdown_entries",
                         "max_drawdown_price_open", "max_drawdown_price_close"};

void add_pnl(EventRow& row, const PnlNames& names, const Pnl& pnl) {
  row.add(names.percentage, pnl.pnl_percentage);
  row.add(names.cost, pnl.pnl_cost);
  row.add(names.entries, pnl.pnl_entries);
  row.add(names.price_open, pnl.price_open);
  row.add(names.price_close, pnl.price_close);
}

void add_signal(EventRow& row, const Event& event, const EventContext& context) {
  if (!event.signal) return;
  const Signal& s = *event.signal;
  if (!s.id.empty()) row.add("signal_id", s.id);
  row.add("position", std::string(to_string(s.position)));
  if (!s.note.empty()) row.add("note", s.note);
  row.add("price_open", event.waiting ? s.price_open : effective_price(s));
  row.add("price_take_profit", s.take());
  row.add("price_stop_loss", s.stop());
  row.add("original_price_open", s.price_open);
  row.add("original_price_take_profit", s.price_take_profit);
  row.add("original_price_stop_loss", s.price_stop_loss);
  row.add("total_entries", static_cast<double>(s.entries.size()));
  row.add("total_partials", static_cast<double>(s.partials.size()));
  row.add("partial_executed", closed_percent(s));
  if (s.pending_at > 0) row.add("pending_at", moment(s.pending_at));
  if (s.scheduled_at > 0) row.add("scheduled_at", moment(s.scheduled_at));
  const bool told = event.waiting || event.pnl.pnl_entries != 0;
  add_pnl(row, kPnl, told ? event.pnl : pnl_at(s, event.current_price, context.costs));
  add_pnl(row, kPeak, event.waiting ? Pnl{} : s.peak.pnl);
  add_pnl(row, kFall, event.waiting ? Pnl{} : s.fall.pnl);
}

void add_text(EventRow& row, std::string_view name, const std::string& text) {
  if (!text.empty()) row.add(name, text);
}

void add_commit(EventRow& row, const Event& event) {
  switch (event.commit) {
    case CommitAction::partial_profit:
    case CommitAction::partial_loss:
      row.add("percent_to_close", event.amount);
      break;
    case CommitAction::trailing_stop:
    case CommitAction::trailing_take:
      row.add("percent_shift", event.amount);
      break;
    case CommitAction::average_buy:
      row.add("cost", event.amount);
      if (event.signal) row.add("effective_price_open", effective_price(*event.signal));
      break;
    case CommitAction::activate_scheduled:
      add_text(row, "activate_id", event.id);
      break;
    case CommitAction::cancel_scheduled:
      add_text(row, "cancel_id", event.id);
      break;
    case CommitAction::close_pending:
      add_text(row, "close_id", event.id);
      break;
    case CommitAction::breakeven:
      break;
  }
}

// What the action column says, and the moment of the row; no text: the report does not show this event.
struct Headline {
  std::string action;
  Timestamp time = 0;
};

Headline headline(EventReport kind, const Event& event) {
  switch (kind) {
    case EventReport::schedule: {
      const Signal& s = *event.signal;
      if (event.kind == EventKind::order && event.action == Action::scheduled)
        return {"scheduled", s.scheduled_at};
      if (event.kind == EventKind::order && event.action == Action::cancelled)
        return {"cancelled", event.time};
      if (event.action == Action::opened && s.scheduled_at != s.pending_at) return {"opened", s.pending_at};
      return {};
    }
    case EventReport::partial:
      return {event.kind == EventKind::partial_profit ? "profit" : "loss", event.time};
    case EventReport::sync:
      if (event.action == Action::opened) return {"signal-open", event.time};
      return {event.action == Action::closed ? "signal-close" : "", event.time};
    case EventReport::strategy:
      return {std::string(to_string(event.commit)), event.time};
    case EventReport::breakeven:
    case EventReport::risk:
    case EventReport::highest_profit:
    case EventReport::max_drawdown:
      return {std::string(to_string(kind)), event.time};
  }
  return {};
}

void add_details(EventRow& row, EventReport kind, const Event& event, const std::string& action) {
  if (kind == EventReport::schedule) {
    const Signal& s = *event.signal;
    if (action == "opened") row.add("duration", minutes_between(s.scheduled_at, s.pending_at));
    if (action == "cancelled") {
      row.add("duration", minutes_between(s.scheduled_at, event.time));
      row.add("cancel_reason", std::string(to_string(event.cancel_reason)));
      add_text(row, "cancel_id", event.id);
    }
  } else if (kind == EventReport::partial) {
    row.add("level", event.level);
  } else if (kind == EventReport::risk) {
    row.add("risk_name", event.profile);
    row.add("active_position_count", static_cast<double>(event.count));
    add_text(row, "rejection_id", event.id);
    row.add("rejection_note", event.note);
  } else if (kind == EventReport::strategy) {
    row.add("created_at", format_iso(event.time));
    add_text(row, "commit_note", event.note);
    add_commit(row, event);
  } else if (kind == EventReport::sync) {
    row.add("created_at", format_iso(event.time));
    if (action == "signal-close") row.add("close_reason", std::string(to_string(event.close_reason)));
  }
}

std::size_t action_count(std::span<const EventRow> rows, std::string_view action) {
  return static_cast<std::size_t>(
      std::ranges::count_if(rows, [&](const EventRow& row) { return row.text("action") == action; }));
}

RowValue mean_duration(std::span<const EventRow> rows, std::string_view action) {
  double total = 0, count = 0;
  for (const EventRow& row : rows) {
    if (row.text("action") != action) continue;
    total += row.number("duration").value_or(0);
    ++count;
  }
  return count > 0 ? RowValue(total / count) : RowValue();
}

void add_schedule_figures(EventRow& figures, std::span<const EventRow> rows) {
  const auto opened = static_cast<double>(action_count(rows, "opened"));
  std::unordered_set<std::string_view> placed;
  for (const EventRow& row : rows) {
    if (row.text("action") == "scheduled") placed.insert(row.text("signal_id"));
  }
  double cancelled = 0;  // of orders whose placing is among the rows
  for (const EventRow& row : rows) cancelled += row.text("action") == "cancelled" && placed.contains(row.text("signal_id"));
  const double decided = opened + cancelled;
  figures.add("total_scheduled", static_cast<double>(action_count(rows, "scheduled")));
  figures.add("total_opened", opened);
  figures.add("total_cancelled", static_cast<double>(action_count(rows, "cancelled")));
  figures.add("activation_rate", decided > 0 ? RowValue(opened / decided * 100) : RowValue());
  figures.add("cancellation_rate", decided > 0 ? RowValue(cancelled / decided * 100) : RowValue());
  figures.add("avg_activation_time", mean_duration(rows, "opened"));
  figures.add("avg_wait_time", mean_duration(rows, "cancelled"));
}

void add_counts(EventRow& figures, std::span<const EventRow> rows,
                std::initializer_list<std::pair<std::string_view, std::string_view>> names) {
  for (const auto& [name, action] : names) figures.add(name, static_cast<double>(action_count(rows, action)));
}

}  // namespace

std::span<const std::string_view> event_report_names() { return kReportNames; }
std::string_view to_string(EventReport kind) { return kReportNames[static_cast<std::size_t>(kind)]; }

std::optional<EventReport> parse_event_report(std::string_view name) {
  const auto found = std::ranges::find(kReportNames, name);
  if (found == kReportNames.end()) return std::nullopt;
  return static_cast<EventReport>(found - kReportNames.begin());
}

std::uint32_t event_mask(EventReport kind) {
  switch (kind) {
    case EventReport::schedule:
      return bit(EventKind::order) | bit(EventKind::position);
    case EventReport::partial:
      return bit(EventKind::partial_profit) | bit(EventKind::partial_loss);
    case EventReport::breakeven:
      return bit(EventKind::breakeven);
    case EventReport::risk:
      return bit(EventKind::risk_rejection);
    case EventReport::strategy:
      return bit(EventKind::commit);
    case EventReport::sync:
      return bit(EventKind::position);
    case EventReport::highest_profit:
      return bit(EventKind::highest_profit);
    case EventReport::max_drawdown:
      return bit(EventKind::max_drawdown);
  }
  return 0;
}

const RowValue* EventRow::find(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string_view EventRow::text(std::string_view name) const {
  const RowValue* value = find(name);
  const auto* found = value ? std::get_if<std::string>(value) : nullptr;
  return found ? std::string_view(*found) : std::string_view();
}

std::optional<double> EventRow::number(std::string_view name) const {
  const RowValue* value = find(name);
  const auto* found = value ? std::get_if<double>(value) : nullptr;
  return found ? std::optional(*found) : std::nullopt;
}

std::optional<EventRow> event_row(EventReport kind, const Event& event, const EventContext& context) {
  if ((event_mask(kind) & bit(event.kind)) == 0 || !event.signal) return std::nullopt;
  const Headline head = headline(kind, event);
  if (head.action.empty()) return std::nullopt;
  EventRow row;
  row.add("timestamp", static_cast<double>(head.time));
  row.add("action", head.action);
  row.add("symbol", context.symbol);
  row.add("strategy_name", context.strategy_name);
  row.add("exchange_name", context.exchange_name);
  add_text(row, "frame_name", context.frame_name);
  row.add("current_price", event.current_price);
  row.add("backtest", context.backtest);
  add_details(row, kind, event, head.action);
  add_signal(row, event, context);
  return row;
}

std::vector<EventRow> event_rows(EventReport kind, std::span<const Event> events,
                                 const EventContext& context) {
  std::vector<EventRow> rows;
  for (const Event& event : events) {
    if (auto row = event_row(kind, event, context)) rows.push_back(std::move(*row));
  }
  return rows;
}

EventRow event_figures(EventReport kind, std::span<const EventRow> rows) {
  EventRow figures;
  figures.add(kind == EventReport::risk ? "total_rejections" : "total_events",
              static_cast<double>(rows.size()));
  if (kind == EventReport::schedule) add_schedule_figures(figures, rows);
  if (kind == EventReport::partial)
    add_counts(figures, rows, {{"total_profit", "profit"}, {"total_loss", "loss"}});
  if (kind == EventReport::sync) {
    add_counts(figures, rows, {{"open_count", "signal-open"}, {"close_count", "signal-close"}});
  }
  if (kind == EventReport::strategy) {
    add_counts(figures, rows,
               {{"cancel_scheduled_count", "cancel-scheduled"},
                {"close_pending_count", "close-pending"},
                {"partial_profit_count", "partial-profit"},
                {"partial_loss_count", "partial-loss"},
                {"trailing_stop_count", "trailing-stop"},
                {"trailing_take_count", "trailing-take"},
                {"breakeven_count", "breakeven"},
                {"activate_scheduled_count", "activate-scheduled"},
                {"average_buy_count", "average-buy"}});
  }
  return figures;
}

std::vector<std::pair<std::string, std::size_t>> counts_by(std::span<const EventRow> rows,
                                                           std::string_view field) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const std::string value(row->text(field));
    const auto found = std::ranges::find_if(counts, [&](const auto& count) { return count.first == value; });
    if (found == counts.end()) {
      counts.emplace_back(value, 1);
    } else {
      ++found->second;
    }
  }
  return counts;
}

}  // namespace btk
