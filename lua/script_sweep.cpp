// What the host asks a script for sweeps: parameters that may be varied, candles without a run.
#include "lua/bindings.h"
#include "lua/script.h"

namespace btk::lua {
namespace {

ParamValue read_value(lua_State* L) {
  if (lua_type(L, -1) == LUA_TBOOLEAN) return lua_toboolean(L, -1) != 0;
  if (lua_type(L, -1) == LUA_TNUMBER) return lua_tonumber(L, -1);
  return text_arg(L, -1);
}

// The axis in the table at the top.
ParamAxis read_param_axis(lua_State* L) {
  ParamAxis axis;
  axis.name = text_field(L, lua_gettop(L), "name");
  lua_getfield(L, -1, "ordered");
  axis.ordered = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  lua_getfield(L, -1, "values");
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    axis.values.push_back(read_value(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return axis;
}

}  // namespace

std::shared_ptr<const LoadedCandles> Script::candles(const std::string& symbol, Timestamp from, Timestamp to) {
  const ScriptExchange found = exchange();
  std::shared_ptr<const LoadedCandles> loaded;
  if (!found.schema.driver.empty()) {
    loaded = options_.open_exchange(found.schema)->load(symbol, from, to);
  } else {
    call_hook("hook_candles", found.schema.exchange_name, symbol, from, to);
    loaded = built_candles(isolate_->state(), -1);
    lua_pop(isolate_->state(), 1);
  }
  return part(*loaded, from, to);
}

std::vector<Candle> Script::own_candles(const std::string& symbol, Timestamp from, Timestamp to) {
  call_hook("own_candles", exchange().schema.exchange_name, symbol, from, to);
  std::vector<Candle> candles = real_candles(isolate_->state(), -1);
  lua_pop(isolate_->state(), 1);
  return candles;
}

// Leaves a builder with the candles on the stack.
void Script::call_hook(const char* function, const std::string& exchange_name, const std::string& symbol, Timestamp from, Timestamp to) {
  lua_State* L = isolate_->state();
  lua_pushlstring(L, exchange_name.data(), exchange_name.size());
  lua_pushlstring(L, symbol.data(), symbol.size());
  lua_pushnumber(L, static_cast<double>(from));
  lua_pushnumber(L, static_cast<double>(to));
  call_module(function, 4, 1);
}

StrategyParams Script::params(const std::string& strategy_name) {
  lua_State* L = isolate_->state();
  lua_pushlstring(L, strategy_name.data(), strategy_name.size());
  call_module("params_of", 1, 1);
  StrategyParams result;
  result.file = text_field(L, lua_gettop(L), "file");
  lua_getfield(L, -1, "axes");
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    result.axes.push_back(read_param_axis(L));
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return result;
}

}  // namespace btk::lua
