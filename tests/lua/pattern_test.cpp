// string.find, match, gmatch and gsub: the same answers as LuaJIT's own, and an
// end to patterns that would run for ever.
#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "lua/isolate.h"

using btk::lua::Isolate;
using btk::lua::Ref;
using btk::lua::ScriptFailure;

namespace {

std::string show(lua_State* L, int from) {
  std::string all;
  for (int i = from; i <= lua_gettop(L); ++i) {
    std::size_t size = 0;
    const bool is_nil = lua_isnil(L, i);
    const char* text = lua_tolstring(L, i, &size);
    all += is_nil ? "nil" : text != nullptr ? std::string(text, size) : "?";
    all += '|';
  }
  lua_settop(L, from - 1);
  return all;
}

/// The results of `function`, made by `code`, on the texts; an error as its message without position.
std::string run(lua_State* L, const char* function, const std::string& subject, const std::string& pattern) {
  const int top = lua_gettop(L);
  lua_getglobal(L, function);
  lua_pushlstring(L, subject.data(), subject.size());
  lua_pushlstring(L, pattern.data(), pattern.size());
  if (lua_pcall(L, 2, LUA_MULTRET, 0) != 0) {
    const std::string message = show(L, top + 1);
    const std::size_t colon = message.find(": ");
    return "error " + (colon == std::string::npos ? message : message.substr(colon + 2));
  }
  return show(L, top + 1);
}

constexpr const char* kFunctions = R"(
function t_find(s, p) return string.find(s, p) end
function t_find_at(s, p) return string.find(s, p, -3) end
function t_match(s, p) return string.match(s, p, 2) end
function t_gsub(s, p) return string.gsub(s, p, "<%0%1>") end
function t_gsub_max(s, p) return string.gsub(s, p, { a = "A", ab = 1, [""] = false }, 3) end
function t_gsub_call(s, p) return string.gsub(s, p, function(a, b) return b end) end
function t_gmatch(s, p)
  local out, n = {}, 0
  for a, b in string.gmatch(s, p) do out[#out + 1] = tostring(a) .. "," .. tostring(b) n = n + 1 if n > 50 then break end end
  return table.concat(out, ";")
end)";

}  // namespace

TEST_CASE("patterns give what LuaJIT's own functions give") {
  Isolate isolate({});
  isolate.run_text(kFunctions, "functions.lua");
  lua_State* own = isolate.state();
  lua_State* plain = luaL_newstate();
  luaL_openlibs(plain);
  REQUIRE(luaL_dostring(plain, kFunctions) == 0);
  std::mt19937 random(7);
  const std::string pieces[] = {"a",     "b",    "ab",    ".",  "%a", "%d", "%s",  "[ab]", "[^a]", "[a-c]",
                                "[%a_]", "(",    ")",     "()", "*",  "+",  "-",   "?",    "^",    "$",
                                "%1",    "%b()", "%f[a]", "%w", "%%", "1",  " ",   "%",    "[",    "]",
                                "%2",    "(a*)", "(.-)",  "%x", "%p", "%u", "%l*", "%c",   "[]a]", "[^]]",
                                "[a-]",  "[%]]", "%g",    "%z", "%b", "%f", "x",   "%S+"};
  const std::string letters = "aabbc1 (x)_A\n]-";
  int matched = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string pattern, subject;
    for (auto n = random() % 5 + 1; n > 0; --n) pattern += pieces[random() % std::size(pieces)];
    for (auto n = random() % 12; n > 0; --n) subject += letters[random() % letters.size()];
    for (const char* function :
         {"t_find", "t_find_at", "t_match", "t_gsub", "t_gsub_max", "t_gsub_call", "t_gmatch"}) {
      const std::string expected = run(plain, function, subject, pattern);
      const std::string got = run(own, function, subject, pattern);
      if (expected.rfind("error", 0) != 0 && expected != "nil|") ++matched;
      // Which of two faults in a broken pattern is named first may differ.
      const bool both_fail = expected.rfind("error", 0) == 0 && got.rfind("error", 0) == 0;
      if (expected != got && !both_fail) {
        INFO(function << " subject '" << subject << "' pattern '" << pattern << "'");
        CHECK(expected == got);
      }
    }
  }
  CHECK(matched > 10000);
  lua_close(plain);
}

TEST_CASE("a pattern that would run for ever is an error") {
  Isolate isolate({});
  for (const char* code :
       {"local _ = (('a'):rep(300)):find('.-.-.-.-b')", "local _ = (('a'):rep(5000)):match('a*a*a*b')",
        "local _ = (('a'):rep(3000)):gsub('(.*)(.*)(.*)(.*)x', '')",
        "for _ in (('a'):rep(400)):gmatch('.-.-.-.-b') do end"}) {
    INFO(code);
    CHECK_THROWS_WITH(isolate.run_text(code, "test.lua"),
                      Catch::Contains("test.lua:1: the pattern takes too long"));
  }
}

TEST_CASE("long texts are no trouble for simple patterns") {
  Isolate isolate({});
  isolate.run_text(R"(
local rows = ("1704067200000,42283.58,42554.57,42261.02,42475.23,1271.68108\n"):rep(20000)
local n = 0
for time, open in rows:gmatch("(%d+),([%d.]+),[^\n]*\n") do n = n + 1 end
assert(n == 20000)
assert(select(2, rows:gsub("%d", "x")) > 500000)
assert(#(("  "):rep(2000) .. "x" .. (" "):rep(2000)):match("^%s*(.-)%s*$") == 1)
assert(rows:find("nowhere", 1, true) == nil and rows:find("nowhere") == nil)
)",
                   "test.lua");
}

TEST_CASE("an error in a replacement function leaves nothing behind") {
  Isolate isolate({});
  CHECK_THROWS_AS(
      isolate.run_text("local _ = (('x'):rep(100)):gsub('x', function() error('no') end)", "test.lua"),
      ScriptFailure);
  CHECK_THROWS_WITH(isolate.run_text("local _ = ('abc'):gsub('%w', '%9')", "test.lua"),
                    "test.lua:1: invalid capture index");
  CHECK_THROWS_WITH(isolate.run_text("local _ = ('abc'):gsub('b', function() return {} end)", "test.lua"),
                    "test.lua:1: invalid replacement value (a table)");
}
