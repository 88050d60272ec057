#include "lua/bindings.h"

#include "lua/ffi_exports.h"

namespace btk::lua {

void install_bindings(Script& script) {
  lua_State* L = script.isolate().state();
  script.isolate().push_core();
  lua_newtable(L);
  for (const auto& table : {run_bindings(), candle_bindings(), command_bindings(), helper_bindings(), live_bindings(), net_bindings(),
                            walker_bindings(), sweep_bindings(), setting_bindings(), report_bindings(), service_bindings(),
                            series_bindings(), optimizer_bindings(), test_bindings()}) {
    for (const NamedBinding& binding : table) {
      lua_pushlightuserdata(L, &script);
      lua_pushcclosure(L, binding.function, 1);
      lua_setfield(L, -2, binding.name);
    }
  }
  lua_setfield(L, -2, "host");
  lua_pop(L, 1);
}

}  // namespace btk::lua
