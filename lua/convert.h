// The engine's values as Lua tables (names of lua-api.md) and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <lua.hpp>

#include "engine/candles.h"
#include "engine/event.h"
#include "engine/order.h"
#include "engine/stats.h"
#include "engine/trader.h"

namespace btk::lua {

/// Whose signal it is: the part of a row that the engine's Signal leaves to its trader.
struct RowContext {
  const TraderSetup& setup;
  const Costs& costs;
  bool backtest;
};

void push_text(lua_State* L, std::string_view text);
void set_field(lua_State* L, const char* key, double value);
void set_field(lua_State* L, const char* key, std::string_view value);
void set_field(lua_State* L, const char* key, bool value);
/// What is not there (an empty text, no number) stays absent in the table.
void set_text(lua_State* L, const char* key, std::string_view text);
void set_optional(lua_State* L, const char* key, const std::optional<double>& value);

/// How far the price has gone towards take profit and stop loss, in percent of the way; zeros of an order that waits.
struct Ways {
  double take = 0, stop = 0;
};
Ways ways_gone(const Signal& signal, double price, bool waiting);

/// symbol, strategy_name, exchange_name, frame_name.
void set_names(lua_State* L, const RowContext& context);
/// Levels of the row in field `signal`, also at the top of the payload; `all`: more than its result.
void copy_levels(lua_State* L, bool all);

void push_candle(lua_State* L, const Candle& candle);
void push_pnl(lua_State* L, const Pnl& pnl);
/// The public row (engine.md 3.3). A waiting order shows zeros for its result.
void push_row(lua_State* L, const RowContext& context, const Signal& signal, const Pnl& pnl, bool waiting);
/// The row at the price `price`.
void push_row_at(lua_State* L, const RowContext& context, const Signal& signal, double price, bool waiting);

/// A tick result: action, signal, current_price and what belongs to the action.
void push_tick_result(lua_State* L, const RowContext& context, const Event& event);
/// Any other event of the catalogue, with `signal` and the fields of its kind.
void push_event(lua_State* L, const RowContext& context, const Event& event);
/// The one table that a risk validation gets.
void push_risk_query(lua_State* L, const RowContext& context, const RiskQuery& query);
/// A finished signal as a tick result (closed or cancelled).
void push_finished(lua_State* L, const RowContext& context, const FinishedSignal& finished);

// Paper and live (convert_order.cpp).
void push_fill(lua_State* L, const Fill& fill);
/// observed_at, script_version and fills of a row.
void set_live_fields(lua_State* L, const Signal& signal);
/// The payload of gates and checks (engine.md 11.2).
void push_order_query(lua_State* L, const RowContext& context, const OrderQuery& query);
/// What an event about an order or an alarm has besides the fields of every event.
void set_order_event(lua_State* L, const Event& event);
/// What a broker's hook returned; `problem` says what in it is no answer and was left out. None: no table.
std::optional<Fill> read_fill(lua_State* L, int index, std::string& problem);

/// What get_strategy_status tells of a trader's state (engine.md 7.8), rows at `price` (convert_status.cpp).
void push_status(lua_State* L, const RowContext& context, const TraderState& state, double price);

/// Statistics in snake_case; absent values are left out.
void push_stats(lua_State* L, const TradeStats& stats);

/// Reads the table at `index` (convert_signal.cpp) that a strategy answered or a script handed to commit_create_signal.
/// Throws btk::Error naming the field for unknown fields, wrong types and a missing or unknown position.
SignalRequest read_signal(lua_State* L, int index);

/// "number", "string", ... and for tables and userdata what Lua calls them, for error sentences.
std::string type_name(lua_State* L, int index);

}  // namespace btk::lua
