#include "tests/golden/golden_replay_record.h"

#include <cmath>
#include <variant>

#include "engine/pnl.h"
#include "engine/stats.h"

namespace btk::golden {
namespace {

// The reference's row cap was in force when the scenarios were recorded.
constexpr std::size_t kRowCap = 250;

Json excursion(const Excursion& e) {
  return {{"pnlPercentage", write_number(e.pnl.pnl_percentage)},
          {"pnlCost", write_number(e.pnl.pnl_cost)},
          {"price", write_number(e.price)},
          {"timestamp", e.timestamp}};
}

Json pnl(const Pnl& p) {
  return {{"pnlPercentage", write_number(p.pnl_percentage)},
          {"pnlCost", write_number(p.pnl_cost)},
          {"pnlEntries", write_number(p.pnl_entries)},
          {"priceOpen", write_number(p.price_open)},
          {"priceClose", write_number(p.price_close)}};
}

Json entries(const Signal& s) {
  Json list = Json::array();
  for (const Entry& e : s.entries) {
    list.push_back({{"price", write_number(e.price)}, {"cost", write_number(e.cost)}, {"t", e.timestamp}});
  }
  return list;
}

Json partials(const Signal& s) {
  Json list = Json::array();
  for (const Partial& p : s.partials) {
    list.push_back({{"type", p.profit ? "profit" : "loss"},
                    {"percent", write_number(p.percent)},
                    {"currentPrice", write_number(p.current_price)},
                    {"costBasisAtClose", write_number(p.cost_basis_at_close)},
                    {"entryCountAtClose", p.entry_count_at_close},
                    {"t", p.timestamp}});
  }
  return list;
}

// Whole numbers compare exactly.
Json whole(double value) {
  return std::floor(value) == value && std::isfinite(value) ? Json(static_cast<std::int64_t>(value))
                                                            : write_number(value);
}

struct StatToJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(std::size_t count) const { return count; }
  Json operator()(double number) const { return write_number(number); }
  Json operator()(std::string_view word) const { return word; }
};

Json stats(const std::vector<FinishedSignal>& finished) {
  std::vector<ClosedTrade> trades;
  for (const FinishedSignal& f : finished) {
    if (f.action != Action::closed) continue;
    trades.push_back({.id = f.signal.id,
                      .pending_at = static_cast<double>(f.signal.pending_at),
                      .close_timestamp = static_cast<double>(f.close_timestamp),
                      .close_price = f.current_price,
                      .pnl_percentage = f.pnl.pnl_percentage,
                      .peak_pnl = f.signal.peak.pnl.pnl_percentage,
                      .fall_pnl = f.signal.fall.pnl.pnl_percentage});
  }
  const TradeStats all = trade_stats(trades, kRowCap);
  Json result = Json::object();
  for (const StatField& field : trade_stat_fields()) {
    result[std::string(field.camel)] = std::visit(StatToJson{}, field.value(all));
  }
  return result;
}

}  // namespace

std::uint32_t Recorder::wanted() {
  std::uint32_t mask = 0;
  for (const EventKind kind :
       {EventKind::tick, EventKind::active_ping, EventKind::schedule_ping, EventKind::partial_profit,
        EventKind::partial_loss, EventKind::breakeven, EventKind::risk_rejection, EventKind::refusal}) {
    mask |= 1u << static_cast<unsigned>(kind);
  }
  return mask;
}

void Recorder::event(const Event& e) {
  switch (e.kind) {
    case EventKind::tick:
      return tick(e);
    case EventKind::partial_profit:
      return level("profit", e);
    case EventKind::partial_loss:
      return level("loss", e);
    case EventKind::breakeven:
      return level("breakeven", e);
    case EventKind::risk_rejection:
      risk_.push_back({{"t", e.time},
                       {"rule", e.note},
                       {"position", to_string(e.signal->position)},
                       {"currentPrice", write_number(e.current_price)},
                       {"activePositionCount", e.count}});
      return;
    case EventKind::refusal:
      rejections_.push_back({{"t", e.time}, {"reasons", e.codes}});
      return;
    default:
      return;
  }
}

// Of the results of a tick a run hands out only these four.
void Recorder::tick(const Event& e) {
  if (e.action == Action::idle || e.action == Action::waiting || e.action == Action::active) return;
  const Signal& s = *e.signal;
  Json& row = events_.emplace_back(
      Json{{"action", to_string(e.action)},
           {"signal", number_of(s.id)},
           {"t", e.time},
           {"position", to_string(s.position)},
           {"priceOpen", write_number(s.pending_at == 0 ? s.price_open : effective_price(s))},
           {"originalPriceOpen", write_number(s.price_open)},
           {"priceTakeProfit", write_number(s.take())},
           {"originalPriceTakeProfit", write_number(s.price_take_profit)},
           {"priceStopLoss", write_number(s.stop())},
           {"originalPriceStopLoss", write_number(s.price_stop_loss)},
           {"minuteEstimatedTime", whole(s.minute_estimated_time)},
           {"cost", write_number(s.cost)},
           {"multiplier", write_number(s.multiplier)},
           {"isolated", s.isolated},
           {"scheduledAt", s.scheduled_at},
           {"pendingAt", s.pending_at},
           {"currentPrice", write_number(e.current_price)}});
  if (e.action == Action::scheduled) from_limit_order_ = true;
  if (e.action == Action::opened && !from_limit_order_) opened_handed_out_ = true;
  if (e.action == Action::cancelled) {
    from_limit_order_ = false;
    row["reason"] = to_string(e.cancel_reason);
  }
  if (e.action != Action::closed) return;
  opened_handed_out_ = true;
  row["closeReason"] = to_string(e.close_reason);
  row["pnl"] = pnl(e.pnl);
  row["peakProfit"] = excursion(s.peak);
  row["maxDrawdown"] = excursion(s.fall);
  row["partialExecuted"] = write_number(closed_percent(s));
  row["totalEntries"] = s.entries.size();
  row["totalPartials"] = s.partials.size();
  row["partials"] = partials(s);
  row["entries"] = entries(s);
}

void Recorder::level(const char* kind, const Event& e) {
  Json row{{"kind", kind},
           {"t", e.time},
           {"signal", number_of(e.signal->id)},
           {"currentPrice", write_number(e.current_price)}};
  if (e.kind != EventKind::breakeven) row["level"] = whole(e.level);
  levels_.push_back(std::move(row));
}

void Recorder::command(const std::string& op, Timestamp time, const Json& result, const Json* after) {
  Json row{{"index", commands_.size()}, {"op", op}, {"t", time}, {"result", result}};
  if (after) row["after"] = *after;
  commands_.push_back(std::move(row));
}

int Recorder::number_of(const std::string& id) {
  return numbers_.emplace(id, static_cast<int>(numbers_.size()) + 1).first->second;
}

Json describe_position(const Signal* p) {
  if (!p) return nullptr;
  return {{"priceOpen", write_number(effective_price(*p))},
          {"priceTakeProfit", write_number(p->take())},
          {"priceStopLoss", write_number(p->stop())},
          {"partialExecuted", write_number(closed_percent(*p))},
          {"totalEntries", p->entries.size()},
          {"totalPartials", p->partials.size()}};
}

Json Recorder::recording(const Trader& trader, const Scenario& scenario) const {
  Json r{{"events", events_},
         {"levels", levels_},
         {"commands", commands_},
         {"risk", risk_},
         {"rejections", rejections_},
         {"stats", stats(trader.finished())},
         {"getSignalCalls", trader.signal_calls()},
         {"errors", errors_},
         {"pings", {{"active", trader.active_pings()}, {"schedule", trader.schedule_pings()}}}};
  if (scenario.record_calls) {
    Json at = Json::array();
    for (const Timestamp when : calls_) at.push_back((when - scenario.frame_start) / kMinute);
    r["getSignalAt"] = std::move(at);
  }
  return r;
}

}  // namespace btk::golden
