#include "lua/compiled.h"

#include <fmt/format.h>

#include <lua.hpp>
#include <map>
#include <memory>
#include <string>

#include "engine/error.h"

namespace btk::lua {
namespace {

using CodeByName = std::map<std::string_view, std::string>;

/// string.dump(load(text), true) of every module.
CodeByName compile_all() {
  const std::unique_ptr<lua_State, decltype(&lua_close)> state(luaL_newstate(), lua_close);
  if (state == nullptr) throw Error("there is not enough memory to compile the btk module");
  lua_State* L = state.get();
  luaL_openlibs(L);
  CodeByName code;
  for (const EmbeddedModule& module : embedded_modules()) {
    const std::string name = fmt::format("=[btk]/{}.lua", module.name);
    lua_getglobal(L, "string");
    lua_getfield(L, -1, "dump");
    bool good = luaL_loadbuffer(L, module.source.data(), module.source.size(), name.c_str()) == 0;
    if (good) {
      lua_pushboolean(L, 1);
      good = lua_pcall(L, 2, 1, 0) == 0;
    }
    if (!good) throw Error(lua_tostring(L, -1));
    std::size_t size = 0;
    const char* bytes = lua_tolstring(L, -1, &size);
    code[module.name] = std::string(bytes, size);
    lua_settop(L, 0);
  }
  return code;
}

}  // namespace

std::string_view compiled(const EmbeddedModule& module) {
  static const CodeByName code = compile_all();
  return code.at(module.name);
}

}  // namespace btk::lua
