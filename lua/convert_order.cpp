// Questions about orders, their answers and fills as Lua tables, and back.
#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "engine/text.h"
#include "lua/convert.h"
#include "lua/paper_broker.h"
#include "lua/traceback.h"

namespace btk::lua {
namespace {

constexpr std::string_view kFillFields[] = {"price", "quantity", "fee", "order_id"};

bool is_close(OrderAsk kind) { return kind == OrderAsk::close; }

// What a gate's and a check's payload say of the question itself; the row is in field `signal`.
void set_question(lua_State* L, OrderAsk kind, const Signal& signal, double price, CloseReason reason, int attempt) {
  const bool waiting = kind == OrderAsk::place || kind == OrderAsk::check_order;
  set_field(L, "type", std::string_view(waiting ? "schedule" : "active"));
  set_field(L, "signal_id", signal.id);
  set_field(L, "attempt", static_cast<double>(attempt));
  copy_levels(L, true);
  const bool held = is_close(kind) || kind == OrderAsk::check_position;
  set_field(L, "quantity", base_quantity(signal, kind == OrderAsk::activate ? signal.price_open : price, held));
  if (is_check(kind)) return;
  set_field(L, "action", std::string_view(is_close(kind) ? "signal-close" : "signal-open"));
  if (is_close(kind)) {
    set_field(L, "close_reason", to_string(reason));
  } else {
    set_field(L, "cost", signal.cost);
  }
}

// The first by bytes of the fields that no fill has, as a text; nothing when there is none.
std::optional<std::string> unknown_field(lua_State* L, int index) {
  std::optional<std::string> first;
  for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
    lua_pushvalue(L, -2);  // lua_tolstring() would change the key itself
    const char* text = lua_tostring(L, -1);
    std::string name = text != nullptr ? text : luaL_typename(L, -1);
    lua_pop(L, 1);
    const bool known = lua_type(L, -2) == LUA_TSTRING && std::ranges::find(kFillFields, name) != std::end(kFillFields);
    if (!known && (!first || name < *first)) first = std::move(name);
  }
  return first;
}

// What is wrong with an answer that is no table, or a text that is empty.
std::string wrong_answer(lua_State* L, int index) {
  if (lua_isnoneornil(L, index) || (lua_isboolean(L, index) && lua_toboolean(L, index) != 0)) return {};
  const std::string given = lua_isboolean(L, index) ? "false" : lua_type(L, index) == LUA_TSTRING ? type_name(L, index) : "a " + type_name(L, index);
  return fmt::format("the broker's answer is {}; a hook confirms by returning nothing, true or {{ price =, quantity =, fee =, order_id = }}, "
                     "and refuses by error(btk.order_rejected(\"why\"))", given);
}

}  // namespace

void push_fill(lua_State* L, const Fill& fill) {
  lua_createtable(L, 0, 6);
  set_field(L, "action", fill.action);
  set_field(L, "timestamp", static_cast<double>(fill.time));
  if (fill.price) set_field(L, "price", *fill.price);
  if (fill.quantity) set_field(L, "quantity", *fill.quantity);
  if (fill.fee) set_field(L, "fee", *fill.fee);
  if (!fill.order_id.empty()) set_field(L, "order_id", fill.order_id);
}

void set_live_fields(lua_State* L, const Signal& s) {
  if (s.observed_at != 0) set_field(L, "observed_at", static_cast<double>(s.observed_at));
  if (s.script_version != 0) set_field(L, "script_version", static_cast<double>(s.script_version));
  lua_createtable(L, static_cast<int>(s.fills.size()), 0);
  int i = 0;
  for (const Fill& fill : s.fills) {
    push_fill(L, fill);
    lua_rawseti(L, -2, ++i);
  }
  lua_setfield(L, -2, "fills");
}

void push_order_query(lua_State* L, const RowContext& c, const OrderQuery& q) {
  const bool waiting = q.kind == OrderAsk::place || q.kind == OrderAsk::activate || q.kind == OrderAsk::check_order;
  lua_createtable(L, 0, 32);
  set_names(L, c);
  set_field(L, "backtest", c.backtest);
  set_field(L, "timestamp", static_cast<double>(q.time));
  set_field(L, "when", static_cast<double>(q.time));
  set_field(L, "current_price", q.price);
  push_row(L, c, q.signal, q.pnl, waiting);
  lua_setfield(L, -2, "signal");
  set_question(L, q.kind, q.signal, q.price, q.close_reason, q.attempt);
  if (q.kind == OrderAsk::open || q.kind == OrderAsk::place || q.kind == OrderAsk::activate) set_field(L, "may_send", q.may_send);
}

void set_order_event(lua_State* L, const Event& e) {
  if (!e.signal) {
    set_field(L, "message", e.note);
    return;
  }
  const bool alarms = e.kind == EventKind::alarm || e.kind == EventKind::exit_alarm;
  set_question(L, e.order, *e.signal, e.current_price, e.close_reason, e.attempt);
  if (e.kind == EventKind::order_fill && !e.signal->fills.empty()) {
    // The newest fill is another question's where this one was confirmed without a price.
    const Fill& newest = e.signal->fills.back();
    if (newest.action == to_string(e.order) && newest.time == e.time) {
      push_fill(L, newest);
      lua_setfield(L, -2, "fill");
    }
  }
  if (e.kind == EventKind::order_stop) set_field(L, "reason", std::string_view(e.codes.empty() ? "exhausted" : "deleted"));
  // The words of an error without a verdict, as the journal keeps them, begin with its place.
  const ScriptError said = alarms ? placed(e.note) : ScriptError{e.note, {}, 0, {}, StopReason::none};
  if (!e.note.empty() || alarms) set_field(L, "message", said.message);
  if (said.file.empty()) return;
  set_field(L, "file", said.file);
  set_field(L, "line", static_cast<double>(said.line));
}

std::optional<Fill> read_fill(lua_State* L, int index, std::string& problem) {
  if (!lua_istable(L, index)) {
    if (std::string wrong = wrong_answer(L, index); !wrong.empty()) problem = std::move(wrong);
    return std::nullopt;
  }
  if (const auto name = unknown_field(L, index)) {
    const std::string_view near = nearest(*name, kFillFields);
    problem = fmt::format("the broker's answer has the unknown field '{}'{}; it may have price, quantity, fee, order_id", *name,
                          near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near));
  }
  Fill fill;
  const auto number = [&](const char* key) -> std::optional<double> {
    lua_getfield(L, index, key);
    std::optional<double> value;
    if (lua_type(L, -1) == LUA_TNUMBER && std::isfinite(lua_tonumber(L, -1)) && lua_tonumber(L, -1) >= 0) {
      value = lua_tonumber(L, -1);
    } else if (!lua_isnil(L, -1)) {
      problem = fmt::format("the broker's answer has a {} that is no number of zero or more: {}", key,
                            lua_type(L, -1) == LUA_TNUMBER ? shortest(lua_tonumber(L, -1)) : type_name(L, -1));
    }
    lua_pop(L, 1);
    return value;
  };
  fill.price = number("price");
  fill.quantity = number("quantity");
  fill.fee = number("fee");
  lua_getfield(L, index, "order_id");
  if (lua_type(L, -1) == LUA_TSTRING) {
    fill.order_id = lua_tostring(L, -1);
  } else if (lua_type(L, -1) == LUA_TNUMBER) {
    fill.order_id = fmt::format("{:.0f}", lua_tonumber(L, -1));
  } else if (!lua_isnil(L, -1)) {
    problem = fmt::format("the broker's answer has an order_id that is neither text nor number: {}", type_name(L, -1));
  }
  lua_pop(L, 1);
  return fill;
}

}  // namespace btk::lua
