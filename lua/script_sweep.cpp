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
    lua_State* L = isolate_->state();
    lua_pushlstring(L, found.schema.exchange_name.data(), found.schema.exchange_name.size());
    lua_pushlstring(L, symbol.data(), symbol.size());
    lua_pushnumber(L, static_cast<double>(from));
    lua_pushnumber(L, static_cast<double>(to));
    call_module("hook_candles", 4, 1);
    loaded = built_candles(L, -1);
    lua_pop(L, 1);
  }
  return part(*loaded, from, to);
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
