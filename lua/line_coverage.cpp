#include "lua/line_coverage.h"

#include <algorithm>
#include <memory>

namespace btk::lua {
namespace {

const char kKey = 0;  // its address is the registry key of the object

// Walks the prototypes of the chunk it is given and returns the lines of their instructions. The first instruction of a
// function is its header and has no line of its own.
constexpr const char* kWalk = R"(
local util, chunk = require "jit.util", ...
local lines = {}
local function walk(f)
  local info = util.funcinfo(f)
  for pc = 1, info.bytecodes - 1 do
    local line = util.funcinfo(f, pc).currentline
    if line and line > 0 then lines[line] = true end
  end
  for n = -1, -info.gcconsts, -1 do
    local k = util.funck(f, n)
    if type(k) == "proto" then walk(k) end
  end
end
walk(chunk)
return lines
)";

}  // namespace

void LineCoverage::attach(lua_State* L) {
  luaJIT_setmode(L, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
  lua_pushlightuserdata(L, const_cast<char*>(&kKey));
  lua_pushlightuserdata(L, this);
  lua_rawset(L, LUA_REGISTRYINDEX);
  lua_sethook(L, on_line, LUA_MASKLINE, 0);
}

void LineCoverage::on_line(lua_State* L, lua_Debug* ar) {
  lua_getinfo(L, "S", ar);
  if (ar->source[0] != '@') return;
  lua_pushlightuserdata(L, const_cast<char*>(&kKey));
  lua_rawget(L, LUA_REGISTRYINDEX);
  auto& self = *static_cast<LineCoverage*>(lua_touserdata(L, -1));
  lua_pop(L, 1);
  const std::string_view name(ar->source + 1);
  auto file = self.hit_.find(name);
  if (file == self.hit_.end()) file = self.hit_.emplace(std::string(name), std::set<int>()).first;
  file->second.insert(ar->currentline);
}

std::set<int> lines_with_code(std::string_view text) {
  if (text.substr(0, 1) == "#") text.remove_prefix(std::min(text.find('\n'), text.size()));
  const std::unique_ptr<lua_State, decltype(&lua_close)> state(luaL_newstate(), lua_close);
  lua_State* L = state.get();
  std::set<int> lines;
  if (L == nullptr) return lines;
  luaL_openlibs(L);
  if (luaL_loadstring(L, kWalk) != 0 || luaL_loadbuffer(L, text.data(), text.size(), "=text") != 0) return lines;
  if (lua_pcall(L, 1, 1, 0) != 0) return lines;
  for (lua_pushnil(L); lua_next(L, -2) != 0; lua_pop(L, 1)) lines.insert(static_cast<int>(lua_tointeger(L, -2)));
  return lines;
}

std::string line_ranges(const std::set<int>& lines) {
  std::string out;
  for (auto it = lines.begin(); it != lines.end();) {
    const int first = *it;
    int last = first;
    while (++it != lines.end() && *it == last + 1) last = *it;
    if (!out.empty()) out += ", ";
    out += std::to_string(first);
    if (last > first) out += "-" + std::to_string(last);
  }
  return out;
}

}  // namespace btk::lua
