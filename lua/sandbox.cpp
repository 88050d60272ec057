#include "lua/sandbox.h"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "engine/error.h"
#include "lua/convert.h"
#include "lua/det_math.h"
#include "lua/embedded.h"
#include "lua/isolate.h"
#include "lua/nesting.h"
#include "lua/os_time.h"
#include "lua/protect.h"

namespace btk::lua {
namespace {

const char kCore = 0;  // its address is the registry key of `core`

std::string_view text_argument(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = luaL_checklstring(L, index, &size);
  return {text, size};
}

int push_source(lua_State* L, const Source& source) {
  lua_pushlstring(L, source.text.data(), source.text.size());
  lua_pushlstring(L, source.name.data(), source.name.size());
  return 2;
}

int core_find_module(lua_State* L) {
  const std::string_view name = text_argument(L, 1);
  return protect(L, [&] {
    const auto source = isolate_of(L).loader().find_module(name);
    return source ? push_source(L, *source) : 0;
  });
}

int core_read_beside(lua_State* L) {
  const std::string_view path = text_argument(L, 1);
  return protect(L, [&] { return push_source(L, isolate_of(L).loader().read_beside(std::string(path))); });
}

/// Is the LuaJIT that runs the one whose bytecode is in the program? It would not notice every difference itself.
bool code_fits() {
  static const bool fits = [] {
    const std::unique_ptr<lua_State, decltype(&lua_close)> state(luaL_newstate(), lua_close);
    if (state == nullptr) return false;
    luaL_openlibs(state.get());
    lua_getglobal(state.get(), "jit");
    lua_getfield(state.get(), -1, "version");
    const char* version = lua_tostring(state.get(), -1);
    return version != nullptr && version == embedded_for();
  }();
  return fits;
}

/// module(name): what lua/btk/<name>.lua returned, run once.
int core_module(lua_State* L) {
  const std::string_view name = text_argument(L, 1);
  push_core_table(L);
  lua_getfield(L, -1, "modules");
  lua_pushvalue(L, 1);
  lua_rawget(L, -2);
  if (!lua_isnil(L, -1)) return 1;
  lua_pop(L, 1);
  for (const EmbeddedModule& module : embedded_modules()) {
    if (module.name != name) continue;
    lua_pushfstring(L, "=[btk]/%s.lua", lua_tostring(L, 1));
    const std::string_view code = isolate_of(L).options().named_modules || !code_fits() ? module.source : module.code;
    if (luaL_loadbuffer(L, code.data(), code.size(), lua_tostring(L, 4)) != 0) return lua_error(L);
    lua_getfield(L, 2, "internal");
    lua_setfenv(L, -2);
    lua_pushvalue(L, 2);
    lua_call(L, 1, 1);
    if (lua_isnil(L, -1)) lua_pop(L, 1), lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -2);
    lua_rawset(L, 3);
    return 1;
  }
  return luaL_error(L, "the program has no module '%s'", lua_tostring(L, 1));
}

int core_print(lua_State* L) {
  const std::string_view text = text_argument(L, 1);
  return protect(L, [&] {
    const auto& sink = isolate_of(L).options().print;
    if (sink)
      sink(text);
    else
      fmt::print(stderr, "{}\n", text);
    return 0;
  });
}

int core_log(lua_State* L) {
  const std::string_view level = text_argument(L, 1);
  const std::string_view text = text_argument(L, 2);
  return protect(L, [&] {
    const auto& sink = isolate_of(L).options().log;
    if (sink)
      sink(level, text);
    else
      fmt::print(stderr, "{}: {}\n", level, text);
    return 0;
  });
}

// view_file(path, text): the text as the proof wants it seen.
int core_view_file(lua_State* L) {
  const std::string_view path = text_argument(L, 1), text = text_argument(L, 2);
  return protect(L, [&] {
    const std::string seen = isolate_of(L).options().proof->view_file(std::string(path), std::string(text));
    lua_pushlstring(L, seen.data(), seen.size());
    return 1;
  });
}

int core_outside(lua_State* L) {
  const std::string_view what = text_argument(L, 1);
  return protect(L, [&] {
    isolate_of(L).options().proof->outside(what);
    return 0;
  });
}

int core_mark_not_reproducible(lua_State* L) {
  const std::string_view where = text_argument(L, 1);
  return protect(L, [&] {
    isolate_of(L).mark_not_reproducible(std::string(where));
    return 0;
  });
}

int core_stop_reason(lua_State* L) {
  lua_pushinteger(L, static_cast<int>(isolate_of(L).stop_reason()));
  return 1;
}

int core_raise_stop(lua_State* L) {
  const std::string_view reason = describe(isolate_of(L).stop_reason());
  return luaL_error(L, "%s", reason.data());
}

void set_function(lua_State* L, Isolate& isolate, const char* name, lua_CFunction function) {
  lua_pushlightuserdata(L, &isolate);
  lua_pushcclosure(L, function, 1);
  lua_setfield(L, -2, name);
}

/// core[name] = the global `global`, or field `key` of the global library.
void keep(lua_State* L, const char* name, const char* global, const char* key = nullptr) {
  lua_getglobal(L, global);
  if (key != nullptr) {
    lua_getfield(L, -1, key);
    lua_remove(L, -2);
  }
  lua_setfield(L, -2, name);
}

void set_new_table(lua_State* L, const char* name) {
  lua_newtable(L);
  lua_setfield(L, -2, name);
}

/// core.internal, the environment of the host's modules: the plain globals until the sandbox stands.
void copy_globals(lua_State* L) {
  lua_getfield(L, -1, "internal");
  lua_pushvalue(L, LUA_GLOBALSINDEX);
  for (lua_pushnil(L); lua_next(L, -2) != 0;) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 2);
}

int fill_core(lua_State* L) {
  auto& isolate = *static_cast<Isolate*>(lua_touserdata(L, 1));
  luaL_openlibs(L);
  lua_newtable(L);
  lua_pushlightuserdata(L, const_cast<char*>(&kCore));
  lua_pushvalue(L, -2);
  lua_rawset(L, LUA_REGISTRYINDEX);

  lua_getglobal(L, "require");
  lua_pushliteral(L, "ffi");
  lua_call(L, 1, 1);
  lua_setfield(L, -2, "ffi");
  for (const char* name :
       {"next", "pairs", "ipairs", "pcall", "xpcall", "tostring", "require", "load", "getmetatable", "setmetatable", "error",
        "assert"})
    keep(L, fmt::format("raw_{}", name).c_str(), name);
  keep(L, "raw_format", "string", "format");
  keep(L, "raw_log", "math", "log");
  keep(L, "raw_getmetatable", "debug", "getmetatable");
  keep(L, "globals", "_G");
  for (const char* name : {"modules", "loaded", "internal"}) set_new_table(L, name);
  copy_globals(L);

  const std::array<std::pair<const char*, lua_CFunction>, 12> functions{{
      {"module", core_module},
      {"find_module", core_find_module},
      {"read_beside", core_read_beside},
      {"print", core_print},
      {"log", core_log},
      {"mark_not_reproducible", core_mark_not_reproducible},
      {"stop_reason", core_stop_reason},
      {"raise_stop", core_raise_stop},
      {"raise", raise_at_user},
      {"traceback", traceback_handler},
      {"error_value", push_error_value},
      {"user_position", push_user_position},
  }};
  for (const auto& [name, function] : functions) set_function(L, isolate, name, function);

  if (isolate.options().proof) {
    set_function(L, isolate, "view_file", core_view_file);
    set_function(L, isolate, "outside", core_outside);
  }
  set_field(L, "symbol", isolate.options().symbol);
  set_field(L, "strategy", isolate.options().strategy);
  lua_pushboolean(L, isolate.options().unsafe ? 1 : 0);
  lua_setfield(L, -2, "unsafe");
  lua_pushnumber(L, random_start(isolate.options().seed, isolate.options().symbol, isolate.options().strategy));
  lua_setfield(L, -2, "random_seed");
  push_os_time(L, isolate);
  lua_setfield(L, -2, "time");
  push_nesting(L, isolate);
  lua_setfield(L, -2, "nesting");
  push_det_math(L);
  lua_setfield(L, -3, "math2");
  lua_setfield(L, -2, "math1");

  lua_getfield(L, -1, "module");
  lua_pushliteral(L, "sandbox");
  lua_call(L, 1, 0);
  return 0;
}

}  // namespace

void open_sandbox(Isolate& isolate) {
  lua_State* L = isolate.state();
  // The message is copied before the exception is made: no Lua error passes C++ objects.
  if (lua_cpcall(L, fill_core, &isolate) != 0) {
    const std::string message = lua_tostring(L, -1) != nullptr ? lua_tostring(L, -1) : "unknown error";
    throw Error(fmt::format("the script state could not be set up: {}", message));
  }
}

double random_start(std::uint64_t seed, const std::string& symbol, const std::string& strategy) {
  return static_cast<double>(content_hash(fmt::format("{}\n{}\n{}", seed, symbol, strategy)) >> 11);
}

void push_core_table(lua_State* L) {
  lua_pushlightuserdata(L, const_cast<char*>(&kCore));
  lua_rawget(L, LUA_REGISTRYINDEX);
}

}  // namespace btk::lua
