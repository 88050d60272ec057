#include "optimizer/rules_scan.h"

#include <lua.hpp>
#include <memory>

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::optimizer {
namespace {

// Lists what the instructions GGET and GSET of compiled functions name. Their codes are learned from two functions, so
// that no table of another version of LuaJIT has to be known. Runs in a state of its own; the body is never called.
constexpr char kScan[] = R"lua(
local body = ...
local util = require "jit.util"
local band, shr = bit.band, bit.rshift
local allowed = {}
for name in ("math string table bit coroutine pairs ipairs next type tostring tonumber select pcall error assert unpack"):gmatch("%a+") do
  allowed[name] = true
end
local function code_at(fn, pc) return band((util.funcbc(fn, pc)), 0xff) end
local GET, SET = code_at(loadstring("return name"), 1), code_at(loadstring("name = 1"), 2)

-- Alone it must be a whole chunk: a body that closes its function early is none.
local chunk, problem = load(body, "=line", "t")
if not chunk then return (problem:gsub("^line:", "line ")) end
local made
made, problem = load("return function(symbol, when, price, c) " .. body .. "\nend", "=line", "t")
if not made then return (problem:gsub("^line:", "line ")) end

local function scan(fn)
  local info = util.funcinfo(fn)
  for pc = 1, info.bytecodes - 1 do
    local instruction = util.funcbc(fn, pc)
    local code = band(instruction, 0xff)
    if code == GET or code == SET then
      local name = util.funck(fn, -shr(instruction, 16) - 1)
      local line = (util.funcinfo(fn, pc) or {}).currentline or 0
      if code == SET then return ("line %d: the global '%s' is written; use a local"):format(line, name) end
      if not allowed[name] then
        return ("line %d: '%s' is not there; use symbol, when, price, c.candles, c.ta, c.series, c.position, locals and the libraries math, string, table, bit"):format(line, name)
      end
    end
  end
  for n = -1, -1e9, -1 do
    local constant = util.funck(fn, n)
    if not constant then break end
    if type(constant) == "proto" then
      local defect = scan(constant)
      if defect then return defect end
    end
  end
end
return scan(made)
)lua";

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

struct Closer {
  void operator()(lua_State* L) const { lua_close(L); }
};

struct Question {
  std::string_view body;
  int status = 0;
};

int ask(lua_State* L) {
  auto& question = *static_cast<Question*>(lua_touserdata(L, 1));
  luaL_openlibs(L);
  if (luaL_loadbuffer(L, kScan, sizeof kScan - 1, "=scan") != 0) return lua_error(L);
  lua_pushlstring(L, question.body.data(), question.body.size());
  lua_call(L, 1, 1);
  lua_setglobal(L, "answer");
  return 0;
}

}  // namespace

std::string rules_defect(std::string_view body) {
  if (body.size() > kLargestBody) return fmt::format("lua has {} bytes; {} are allowed", body.size(), kLargestBody);
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return "lua is empty";
  if (!is_utf8(body)) return "lua is not valid UTF-8";
  if (body.front() == LUA_SIGNATURE[0]) return "compiled Lua is not accepted; give the source text";
  const std::unique_ptr<lua_State, Closer> owner(luaL_newstate());
  if (!owner) throw Error("there is not enough memory to look at a strategy's text");
  lua_State* L = owner.get();
  Question question{body};
  std::string defect;
  if (lua_cpcall(L, ask, &question) != 0) {
    defect = fmt::format("lua cannot be read: {}", lua_tostring(L, -1) != nullptr ? lua_tostring(L, -1) : "out of memory");
  } else {
    lua_getglobal(L, "answer");
    if (const char* text = lua_tostring(L, -1)) defect = text;
  }
  return defect;
}

}  // namespace btk::optimizer
