#include "lua/convert.h"

#include <algorithm>

#include <fmt/format.h>

namespace btk::lua {
namespace {

void set_excursion(lua_State* L, const char* key, const Excursion& e, bool waiting) {
  push_pnl(L, waiting ? Pnl{} : e.pnl);
  set_field(L, "price", e.price);
  set_field(L, "timestamp", static_cast<double>(e.timestamp));
  lua_setfield(L, -2, key);
}

void set_entries(lua_State* L, const Signal& s) {
  lua_createtable(L, static_cast<int>(s.entries.size()), 0);
  int i = 0;
  for (const Entry& e : s.entries) {
    lua_createtable(L, 0, 3);
    set_field(L, "price", e.price);
    set_field(L, "cost", e.cost);
    set_field(L, "timestamp", static_cast<double>(e.timestamp));
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "entries");
}

void set_partials(lua_State* L, const Signal& s) {
  lua_createtable(L, static_cast<int>(s.partials.size()), 0);
  int i = 0;
  for (const Partial& p : s.partials) {
    lua_createtable(L, 0, 6);
    set_field(L, "type", std::string_view(p.profit ? "profit" : "loss"));
    set_field(L, "percent", p.percent);
    set_field(L, "current_price", p.current_price);
    set_field(L, "cost_basis_at_close", p.cost_basis_at_close);
    set_field(L, "entry_count_at_close", static_cast<double>(p.entry_count_at_close));
    set_field(L, "timestamp", static_cast<double>(p.timestamp));
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "partials");
}

void set_signal(lua_State* L, const RowContext& c, const Event& e) {
  if (!e.signal) return;
  const bool has_pnl = e.pnl.pnl_entries != 0;
  if (has_pnl || e.waiting) {
    push_row(L, c, *e.signal, e.pnl, e.waiting);
  } else {
    push_row_at(L, c, *e.signal, e.current_price, false);
  }
  lua_setfield(L, -2, "signal");
}

}  // namespace

Ways ways_gone(const Signal& s, double price, bool waiting) {
  Ways ways;
  if (waiting) return ways;
  const double eff = effective_price(s);
  const double gone = s.is_long() ? price - eff : eff - price;
  const double take = s.is_long() ? s.take() - eff : eff - s.take();
  const double stop = s.is_long() ? eff - s.stop() : s.stop() - eff;
  if (gone > 0) ways.take = take > 0 ? std::min(100.0, gone / take * 100) : 100;
  if (gone < 0) ways.stop = stop > 0 ? std::min(100.0, -gone / stop * 100) : 100;
  return ways;
}

void set_names(lua_State* L, const RowContext& c) {
  set_field(L, "symbol", c.setup.symbol);
  set_field(L, "strategy_name", c.setup.strategy_name);
  set_field(L, "exchange_name", c.setup.exchange_name);
  if (!c.setup.frame_name.empty()) set_field(L, "frame_name", c.setup.frame_name);
}

void copy_levels(lua_State* L, bool all) {
  static constexpr const char* kResult[] = {"pnl", "peak_profit", "max_drawdown", "original_price_open"};
  static constexpr const char* kLevels[] = {"position", "price_open", "price_take_profit", "price_stop_loss",
      "original_price_take_profit", "original_price_stop_loss", "scheduled_at", "pending_at", "total_entries",
      "total_partials"};
  lua_getfield(L, -1, "signal");
  const auto copy = [L](const char* key) {
    lua_getfield(L, -1, key);
    lua_setfield(L, -3, key);
  };
  for (const char* key : kResult) copy(key);
  if (all) {
    for (const char* key : kLevels) copy(key);
  }
  lua_pop(L, 1);
}

void push_text(lua_State* L, std::string_view text) { lua_pushlstring(L, text.data(), text.size()); }

void set_field(lua_State* L, const char* key, double value) {
  lua_pushnumber(L, value);
  lua_setfield(L, -2, key);
}

void set_field(lua_State* L, const char* key, std::string_view value) {
  push_text(L, value);
  lua_setfield(L, -2, key);
}

void set_field(lua_State* L, const char* key, bool value) {
  lua_pushboolean(L, value);
  lua_setfield(L, -2, key);
}

void set_text(lua_State* L, const char* key, std::string_view text) {
  if (!text.empty()) set_field(L, key, text);
}

void set_optional(lua_State* L, const char* key, const std::optional<double>& value) {
  if (value) set_field(L, key, *value);
}

void push_candle(lua_State* L, const Candle& candle) {
  lua_createtable(L, 0, 6);
  set_field(L, "timestamp", static_cast<double>(candle.timestamp));
  set_field(L, "open", candle.open);
  set_field(L, "high", candle.high);
  set_field(L, "low", candle.low);
  set_field(L, "close", candle.close);
  set_field(L, "volume", candle.volume);
}

void push_pnl(lua_State* L, const Pnl& pnl) {
  lua_createtable(L, 0, 7);
  set_field(L, "pnl_percentage", pnl.pnl_percentage);
  set_field(L, "pnl_cost", pnl.pnl_cost);
  set_field(L, "pnl_entries", pnl.pnl_entries);
  set_field(L, "price_open", pnl.price_open);
  set_field(L, "price_close", pnl.price_close);
}

void push_row(lua_State* L, const RowContext& c, const Signal& s, const Pnl& pnl, bool waiting) {
  lua_createtable(L, 0, 32);
  set_field(L, "id", s.id);
  set_names(L, c);
  set_field(L, "position", to_string(s.position));
  set_field(L, "note", s.note);
  set_field(L, "price_open", waiting ? s.price_open : effective_price(s));
  set_field(L, "price_take_profit", s.take());
  set_field(L, "price_stop_loss", s.stop());
  set_field(L, "original_price_open", s.price_open);
  set_field(L, "original_price_take_profit", s.price_take_profit);
  set_field(L, "original_price_stop_loss", s.price_stop_loss);
  set_field(L, "minute_estimated_time", s.minute_estimated_time);
  set_field(L, "cost", s.cost);
  set_field(L, "multiplier", s.multiplier);
  set_field(L, "isolated", s.isolated);
  set_field(L, "scheduled_at", static_cast<double>(s.scheduled_at));
  set_field(L, "pending_at", static_cast<double>(s.pending_at));
  set_field(L, "timestamp", static_cast<double>(s.timestamp));
  push_pnl(L, waiting ? Pnl{} : pnl);
  lua_setfield(L, -2, "pnl");
  set_excursion(L, "peak_profit", s.peak, waiting);
  set_excursion(L, "max_drawdown", s.fall, waiting);
  set_field(L, "partial_executed", closed_percent(s));
  set_field(L, "total_entries", static_cast<double>(s.entries.size()));
  set_field(L, "total_partials", static_cast<double>(s.partials.size()));
  set_entries(L, s);
  set_partials(L, s);
  if (!c.backtest) set_live_fields(L, s);
}

void push_row_at(lua_State* L, const RowContext& c, const Signal& s, double price, bool waiting) {
  push_row(L, c, s, waiting ? Pnl{} : pnl_at(s, price, c.costs), waiting);
}

void push_tick_result(lua_State* L, const RowContext& c, const Event& e) {
  lua_createtable(L, 0, 16);
  set_names(L, c);
  set_field(L, "action", to_string(e.action));
  set_field(L, "current_price", e.current_price);
  set_field(L, "backtest", c.backtest);
  set_field(L, "created_at", static_cast<double>(e.time));
  set_signal(L, c, e);
  if (e.action == Action::active || e.action == Action::waiting) {
    const Ways ways = ways_gone(*e.signal, e.current_price, e.waiting);
    set_field(L, "percent_tp", ways.take);
    set_field(L, "percent_sl", ways.stop);
    push_pnl(L, e.waiting ? Pnl{} : pnl_at(*e.signal, e.current_price, c.costs));
    lua_setfield(L, -2, "pnl");
  } else if (e.action == Action::closed) {
    set_field(L, "close_reason", to_string(e.close_reason));
    set_field(L, "close_timestamp", static_cast<double>(e.time));
    push_pnl(L, e.pnl);
    lua_setfield(L, -2, "pnl");
    if (!e.id.empty()) set_field(L, "close_id", e.id);
  } else if (e.action == Action::cancelled) {
    set_field(L, "reason", to_string(e.cancel_reason));
    set_field(L, "close_timestamp", static_cast<double>(e.time));
    if (!e.id.empty()) set_field(L, "cancel_id", e.id);
  }
  if (e.data_ended) set_field(L, "data_ended", true);
}

void push_finished(lua_State* L, const RowContext& c, const FinishedSignal& f) {
  Event e;
  e.kind = EventKind::tick;
  e.time = f.close_timestamp;
  e.current_price = f.current_price;
  e.action = f.action;
  e.close_reason = f.close_reason;
  e.cancel_reason = f.cancel_reason;
  e.waiting = f.action == Action::cancelled;
  e.data_ended = f.data_ended;
  e.signal = f.signal;
  e.pnl = f.pnl;
  e.id = f.id;
  push_tick_result(L, c, e);
}

void push_event(lua_State* L, const RowContext& c, const Event& e) {
  const bool priced = e.kind != EventKind::progress && e.kind != EventKind::pause;
  lua_createtable(L, 0, 18);
  set_names(L, c);
  set_field(L, "backtest", c.backtest);
  set_field(L, "timestamp", static_cast<double>(e.time));
  set_field(L, "when", static_cast<double>(e.time));
  if (priced) set_field(L, "current_price", e.current_price);
  set_signal(L, c, e);
  switch (e.kind) {
    case EventKind::progress:
      set_field(L, "progress", e.amount);
      set_field(L, "processed_frames", static_cast<double>(e.count));
      break;
    case EventKind::position:
    case EventKind::order:
      set_field(L, "action", to_string(e.action));
      if (e.action == Action::closed) set_field(L, "close_reason", to_string(e.close_reason));
      if (e.action == Action::cancelled) set_field(L, "reason", to_string(e.cancel_reason));
      break;
    case EventKind::commit: {
      set_field(L, "action", to_string(e.commit));
      set_field(L, "signal_id", e.signal->id);
      set_field(L, "note", e.note);
      copy_levels(L, e.commit != CommitAction::cancel_scheduled && e.commit != CommitAction::close_pending);
      switch (e.commit) {
        case CommitAction::partial_profit:
        case CommitAction::partial_loss: set_field(L, "percent_to_close", e.amount); break;
        case CommitAction::trailing_stop:
        case CommitAction::trailing_take: set_field(L, "percent_shift", e.amount); break;
        case CommitAction::average_buy:
          set_field(L, "cost", e.amount);
          set_field(L, "effective_price_open", effective_price(*e.signal));
          break;
        case CommitAction::activate_scheduled: set_text(L, "activate_id", e.id); break;
        case CommitAction::cancel_scheduled: set_text(L, "cancel_id", e.id); break;
        case CommitAction::close_pending: set_text(L, "close_id", e.id); break;
        case CommitAction::breakeven: break;
      }
      break;
    }
    case EventKind::partial_profit:
    case EventKind::partial_loss: set_field(L, "level", e.level); break;
    case EventKind::profit_progress:
    case EventKind::loss_progress: set_field(L, "revenue_percent", e.level); break;
    case EventKind::risk_rejection:
      set_field(L, "risk_name", e.profile);
      set_field(L, "active_position_count", static_cast<double>(e.count));
      if (!e.id.empty()) set_field(L, "rejection_id", e.id);
      set_field(L, "rejection_note", e.note);
      lua_getfield(L, -1, "signal");
      lua_setfield(L, -2, "current_signal");
      break;
    case EventKind::order_sync:
    case EventKind::order_check:
    case EventKind::order_fill:
    case EventKind::order_reject:
    case EventKind::order_continue:
    case EventKind::order_stop:
    case EventKind::alarm:
    case EventKind::exit_alarm: set_order_event(L, e); break;
    case EventKind::pause: set_field(L, "paused", e.amount != 0); break;
    case EventKind::notify:
      set_field(L, "note", e.note);
      if (!e.id.empty()) set_field(L, "notification_id", e.id);
      break;
    default: break;
  }
}

void push_risk_query(lua_State* L, const RowContext& c, const RiskQuery& q) {
  lua_createtable(L, 0, 12);
  set_names(L, c);
  set_field(L, "risk_name", q.profile);
  set_field(L, "current_price", q.current_price);
  set_field(L, "timestamp", static_cast<double>(q.timestamp));
  push_row(L, c, q.signal, q.pnl, false);
  if (!q.waiting) {  // the candidate's excursions are its present result
    for (const char* key : {"peak_profit", "max_drawdown"}) {
      push_pnl(L, q.pnl);
      lua_setfield(L, -2, key);
    }
  }
  lua_setfield(L, -2, "current_signal");
  set_field(L, "active_position_count", static_cast<double>(q.positions.size()));
  lua_createtable(L, static_cast<int>(q.positions.size()), 0);
  int i = 0;
  for (const RiskPosition& p : q.positions) {
    lua_createtable(L, 0, 10);
    set_field(L, "strategy_name", p.owner.strategy_name);
    set_field(L, "exchange_name", p.owner.exchange_name);
    if (!p.frame_name.empty()) set_field(L, "frame_name", p.frame_name);
    set_field(L, "symbol", p.owner.symbol);
    set_field(L, "position", to_string(p.position));
    set_field(L, "price_open", p.price_open);
    set_field(L, "price_stop_loss", p.price_stop_loss);
    set_field(L, "price_take_profit", p.price_take_profit);
    set_field(L, "minute_estimated_time", p.minute_estimated_time);
    set_field(L, "open_timestamp", static_cast<double>(p.open_timestamp));
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "active_positions");
}

void push_stats(lua_State* L, const TradeStats& stats) {
  lua_createtable(L, 0, 40);
  for (const StatField& field : trade_stat_fields()) {
    const StatValue value = field.value(stats);
    const std::string key(field.snake);
    if (const auto* n = std::get_if<std::size_t>(&value)) set_field(L, key.c_str(), static_cast<double>(*n));
    if (const auto* d = std::get_if<double>(&value)) set_field(L, key.c_str(), *d);
    if (const auto* t = std::get_if<std::string_view>(&value)) set_field(L, key.c_str(), *t);
  }
}

std::string type_name(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) return fmt::format("the text \"{}\"", lua_tostring(L, index));
  return luaL_typename(L, index);
}

}  // namespace btk::lua
