// Exchanges that a script registered, for whoever needs no run.
#include "lua/bindings.h"
#include "lua/script.h"

namespace btk::lua {

ExchangeSchema read_exchange(lua_State* L, int table) {
  ExchangeSchema e;
  e.exchange_name = text_field(L, table, "exchange_name");
  e.driver = text_field(L, table, "driver");
  e.gaps = text_field(L, table, "gaps") == "error" ? GapPolicy::error : GapPolicy::fill;
  e.path = text_field(L, table, "path");
  e.market = text_field(L, table, "market", "spot");
  e.base_url = text_field(L, table, "base_url");
  e.seed = static_cast<std::uint64_t>(number_field(L, table, "seed", 1));
  e.start_price = number_field(L, table, "start_price", e.start_price);
  e.volatility = number_field(L, table, "volatility", e.volatility);
  return e;
}

ScriptExchange Script::exchange() {
  lua_State* L = isolate_->state();
  lua_createtable(L, 0, 1);
  if (!options_.exchange_name.empty()) {
    lua_pushlstring(L, options_.exchange_name.data(), options_.exchange_name.size());
    lua_setfield(L, -2, "exchange_name");
  }
  call_module("exchange", 1, 1);
  ScriptExchange result;
  lua_getfield(L, -1, "exchange");
  result.schema = read_exchange(L, lua_gettop(L));
  lua_pop(L, 1);
  result.schema.base_dir = text_field(L, lua_gettop(L), "folder");
  lua_getfield(L, -1, "symbols");
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    result.symbols.push_back(text_arg(L, -1));
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
  return result;
}

}  // namespace btk::lua
