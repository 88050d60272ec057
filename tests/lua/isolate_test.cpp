// An isolate: running scripts, require, errors in the script's own terms, memory.
#include "lua/isolate.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

using btk::lua::Isolate;
using btk::lua::IsolateOptions;
using btk::lua::Ref;
using btk::lua::ScriptError;
using btk::lua::ScriptFailure;
using btk::lua::StopReason;
namespace fs = std::filesystem;

namespace {

/// A folder of script files that is gone afterwards; the test runs inside it.
class ScriptFolder {
 public:
  ScriptFolder() : before_(fs::current_path()) {
    std::string pattern = (fs::temp_directory_path() / "btk-isolate-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    fs::current_path(folder_);
  }
  ~ScriptFolder() {
    fs::current_path(before_);
    fs::remove_all(folder_);
  }
  void write(const fs::path& name, const std::string& text) const {
    if (name.has_parent_path()) fs::create_directories(name.parent_path());
    std::ofstream(name, std::ios::binary) << text;
  }

 private:
  fs::path before_;
  fs::path folder_;
};

std::string returned(Isolate& isolate, const std::string& code) {
  const Ref value = isolate.run_text(code, "test.lua");
  value.push(isolate.state());
  std::string text = lua_tostring(isolate.state(), -1) != nullptr ? lua_tostring(isolate.state(), -1) : "nil";
  lua_pop(isolate.state(), 1);
  return text;
}

ScriptError error_of(Isolate& isolate, const std::string& code) {
  try {
    isolate.run_text(code, "test.lua");
  } catch (const ScriptFailure& failure) {
    CHECK(lua_gettop(isolate.state()) == 0);
    return failure.error();
  }
  FAIL("the script did not fail: " << code);
  return {};
}

}  // namespace

TEST_CASE("a script file is run and gives back what it returns") {
  const ScriptFolder folder;
  folder.write("strategy.lua", "#!/usr/bin/env btkhost\nreturn 40 + 2");
  Isolate isolate({});
  const Ref value = isolate.run_file("strategy.lua");
  value.push(isolate.state());
  CHECK(lua_tonumber(isolate.state(), -1) == 42);
  REQUIRE(isolate.files().size() == 1);
  CHECK(isolate.files()[0].name == "strategy.lua");
  CHECK(isolate.files()[0].hash != 0);
}

TEST_CASE("errors carry the file as the user named it and the line") {
  const ScriptFolder folder;
  Isolate isolate({});
  folder.write("bots/syntax.lua", "local x =\n= 3");
  CHECK_THROWS_WITH(isolate.run_file("bots/syntax.lua"),
                    Catch::Contains("bots/syntax.lua:2: unexpected symbol"));
  folder.write("bots/runtime.lua", "local x\n\nx.y = 3");
  CHECK_THROWS_WITH(isolate.run_file("./bots/runtime.lua"),
                    Catch::StartsWith("bots/runtime.lua:3: attempt to index local 'x' (a nil value)"));
  CHECK_THROWS_WITH(isolate.run_file("missing.lua"), "cannot read missing.lua: there is no such file");
  folder.write("code.lua", "\x1bLJ\x02");
  CHECK_THROWS_WITH(isolate.run_file("code.lua"), Catch::Contains("compiled Lua is not accepted"));
  CHECK(lua_gettop(isolate.state()) == 0);
}

TEST_CASE("long file names are told in full") {
  const ScriptFolder folder;
  const std::string name = std::string(50, 'a') + "/" + std::string(50, 'b') + ".lua";
  folder.write(name, "error('boom')");
  Isolate isolate({});
  CHECK_THROWS_WITH(isolate.run_file(name), name + ":1: boom");
}

TEST_CASE("a traceback shows the script's frames only") {
  Isolate isolate({});
  const ScriptError error = error_of(isolate, R"(
local function inner() error("too bad") end
local function outer()
  table.sort({3, 2, 1}, function() inner() end)
end
local ok, why = xpcall(outer, function(e) return e end)
assert(why == "test.lua:2: too bad", why)
outer()
)");
  CHECK(error.message == "too bad");
  CHECK(error.file == "test.lua");
  CHECK(error.line == 2);
  CHECK(error.traceback ==
        "  test.lua:2: in function 'inner'\n  test.lua:4: in function at line 4\n"
        "  test.lua:4: in function 'outer'\n  test.lua:8: in main chunk");
}

TEST_CASE("an error inside a wrapped coroutine is told from where it arose") {
  Isolate isolate({});
  const ScriptError error = error_of(isolate, R"(
local step = coroutine.wrap(function()
  coroutine.yield()
  local t = nil
  t.x = 1
end)
step()
step()
)");
  CHECK(error.message == "attempt to index local 't' (a nil value)");
  CHECK(error.line == 5);
  CHECK_THAT(error.traceback, Catch::StartsWith("  test.lua:5: in function"));
}

TEST_CASE("values that are no texts can be raised and caught") {
  Isolate isolate({});
  CHECK(returned(isolate, "local ok, e = pcall(error, {code = 7}) return e.code") == "7");
  CHECK(error_of(isolate, "error({ message = 'from a table' })").message == "from a table");
  CHECK(error_of(isolate, "error()").message == "(error value is a nil, not a text)");
  CHECK(error_of(isolate, "error('no position', 0)").message == "no position");
  CHECK(error_of(isolate, "\n\nerror('no position', 0)").line == 3);
  CHECK(error_of(isolate, "local ok, e = pcall(error, 'elsewhere.lua:77: inner', 0) error(e, 0)").line == 77);
}

TEST_CASE("bad arguments are told at the script's line under the name that it used") {
  Isolate isolate({});
  for (const char* code :
       {"string.rep()", "math.exp({})", "tostring()", "pairs(nil)", "next(3)", "ipairs()",
        "string.format('%d', {})", "setmetatable(1)", "table.concat({{}})", "coroutine.wrap(1)",
        "table.sort(1)", "coroutine.resume(1)", "select(0)", "math.random({})", "load(3)", "string.gsub('a')",
        "('x'):find()", "string.gmatch('a')", "require(nil)"}) {
    INFO(code);
    const ScriptError error = error_of(isolate, std::string("\n") + code);
    CHECK(error.line == 2);
    CHECK(error.file == "test.lua");
    CHECK_THAT(error.message,
               !Catch::Contains("[btk]") && !Catch::Contains("raw_") && !Catch::Contains("'?'"));
    CHECK_THAT(returned(isolate, std::string("local ok, e = pcall(function() ") + code + " end) return e"),
               Catch::StartsWith("test.lua:1: "));
  }
}

TEST_CASE("require finds files beside the script, runs them once and names what it read") {
  const ScriptFolder folder;
  folder.write("bots/main.lua",
               "local a, b, c = require 'risk.limits', require('risk/limits'), require './risk/limits'\n"
               "assert(a == b and b == c and require('plain') == true)\nreturn a.max");
  folder.write("bots/risk/limits.lua",
               "count = (count or 0) + 1 assert(... == 'risk.limits') return { max = count }");
  folder.write("bots/plain.lua", "");
  Isolate isolate({});
  const Ref value = isolate.run_file("bots/main.lua");
  value.push(isolate.state());
  CHECK(lua_tonumber(isolate.state(), -1) == 1);
  REQUIRE(isolate.files().size() == 3);
  CHECK(isolate.files()[1].name == "bots/risk/limits.lua");
}

TEST_CASE("require says what is wrong") {
  const ScriptFolder folder;
  folder.write("a.lua", "require 'b'");
  folder.write("b.lua", "require 'c'");
  folder.write("c.lua", "require 'a'");
  folder.write("broken.lua", "\n\nlocal = 1");
  folder.write("failing.lua", "\nlocal t = nil + 1");
  Isolate isolate({.folder = "."});
  CHECK_THROWS_WITH(isolate.run_text("require 'a'", "main.lua"),
                    "c.lua:1: 'a' requires itself: a -> b -> c -> a; move what both need into a third file");
  CHECK_THROWS_WITH(isolate.run_text("require 'broken'", "main.lua"), Catch::StartsWith("broken.lua:3: "));
  const auto failing = error_of(isolate, "require 'failing'");
  CHECK(failing.where_and_what() == "failing.lua:2: attempt to perform arithmetic on a nil value");
  CHECK(failing.traceback == "  failing.lua:2: in main chunk\n  test.lua:1: in main chunk");
  CHECK(returned(isolate, "local ok, e = pcall(require, 'failing') return e") ==
        "failing.lua:2: attempt to perform arithmetic on a nil value");
  CHECK_THROWS_WITH(
      isolate.run_text("\nrequire 'not_there.x'", "main.lua"),
      "main.lua:2: module 'not_there.x' not found: there is no file not_there/x.lua beside the script");
  CHECK_THROWS_WITH(isolate.run_text("require '../secrets'", "main.lua"), Catch::Contains("cannot require"));
  CHECK_THROWS_WITH(isolate.run_text("require '/etc/passwd'", "main.lua"), Catch::Contains("cannot require"));
  CHECK_THROWS_WITH(isolate.run_text("require 'ffi'", "main.lua"),
                    "main.lua:1: 'ffi' is there only with --unsafe");
}

TEST_CASE("a link does not lead out of the script's folder") {
  const ScriptFolder folder;
  folder.write("outside.lua", "return 1");
  fs::create_directories("inner");
  fs::create_symlink("../outside.lua", "inner/link.lua");
  Isolate isolate({.folder = "inner"});
  CHECK_THROWS_WITH(isolate.run_text("require 'link'", "main.lua"),
                    Catch::Contains("outside the script's folder"));
  CHECK_THROWS_WITH(isolate.run_text("dofile '../outside.lua'", "main.lua"), Catch::Contains("outside"));
}

TEST_CASE("modules of the host are required by name") {
  Isolate isolate({});
  lua_newtable(isolate.state());
  lua_pushinteger(isolate.state(), 11);
  lua_setfield(isolate.state(), -2, "answer");
  isolate.provide("btk");
  CHECK(lua_gettop(isolate.state()) == 0);
  CHECK(returned(isolate, "return require('btk').answer") == "11");
}

TEST_CASE("a memory bomb ends with an error, the isolate stays usable") {
  for (const char* code :
       {"local t = {} for i = 1, 1e9 do t[i] = { i } end", "local s = 'x' while true do s = s .. s end",
        "return string.rep('x', 1e9)", "local t = {} while true do t[#t + 1] = ('x'):rep(#t) end"}) {
    for (const bool guarded : {false, true}) {
      INFO(code << (guarded ? " guarded" : ""));
      Isolate isolate({.memory_cap = 8 << 20, .guarded = guarded});
      const ScriptError error = error_of(isolate, code);
      CHECK(error.stop == StopReason::memory);
      CHECK_THAT(error.message, Catch::Contains("memory"));
      CHECK(isolate.memory_exhausted());
      CHECK(isolate.memory_used() < 4u << 20);
      CHECK(returned(isolate, "return #('y'):rep(1000)") == "1000");
    }
  }
}

TEST_CASE("a guarded script that passes its cap ends at a line of its own, compiled or not") {
  for (const char* code : {"local kept = {}\nfor i = 1, 1e9 do\n  kept[#kept + 1] = { i }\nend",
                           "local kept = {}\nlocal function more() for i = 1, 4000 do\n  kept[#kept + 1] = { i } end end\n"
                           "for i = 1, 1e9 do more() end"}) {
    INFO(code);
    Isolate isolate({.memory_cap = 8 << 20, .guarded = true});
    const ScriptError error = error_of(isolate, code);
    CHECK(error.stop == StopReason::memory);
    CHECK(error.file == "test.lua");
    CHECK(error.line > 1);
  }
}

TEST_CASE("what stays beyond the cap leaves room to clean up, not to go on") {
  Isolate isolate({.memory_cap = 8 << 20, .guarded = true});
  CHECK(error_of(isolate, "kept = {} for i = 1, 1e9 do kept[#kept + 1] = { i } end").stop == StopReason::memory);
  CHECK(isolate.memory_used() > 4u << 20);
  CHECK(returned(isolate, "return #('y'):rep(1000)") == "1000");
  CHECK(error_of(isolate, "for i = 1, 1e9 do kept[#kept + 1] = { i } end").stop == StopReason::memory);
  CHECK(returned(isolate, "kept = nil collectgarbage() return 'done'") == "done");
  CHECK(returned(isolate, "kept = {} return 'again'") == "again");
  for (int i = 0; i < 200; ++i) error_of(isolate, "for i = 1, 1e9 do kept[#kept + 1] = { i } end");
  CHECK(isolate.memory_used() < 17u << 20);
}

TEST_CASE("a script that catches the memory error does not get past the cap again") {
  for (const char* code : {"local function hog() local t = {} for i = 1, 1e9 do t[i] = { i } end end\n"
                           "for i = 1, 1e6 do pcall(hog) end reached = true",
                           "local function hog() local t = {} for i = 1, 1e9 do t[i] = { i } end end\n"
                           "for i = 1, 1e6 do xpcall(hog, function() end) end reached = true",
                           "local function hog() local t = {} for i = 1, 1e9 do t[i] = { i } end end\n"
                           "for i = 1, 1e6 do coroutine.resume(coroutine.create(hog)) end reached = true",
                           "local function hog() local t = {} for i = 1, 1e9 do t[i] = { i } end end\n"
                           "for i = 1, 1e6 do pcall(coroutine.wrap(hog)) end reached = true"}) {
    INFO(code);
    Isolate isolate({.memory_cap = 8 << 20});
    CHECK(error_of(isolate, code).stop == StopReason::memory);
    CHECK(returned(isolate, "return tostring(reached)") == "nil");
  }
}

TEST_CASE("what a script frees in small blocks of one size after the other counts for its cap") {
  constexpr std::size_t kCap = 8 << 20;
  Isolate isolate({.memory_cap = kCap});
  const ScriptError error = error_of(isolate,
                                     "for size = 16, 400, 16 do\n"
                                     "  local kept = {}\n"
                                     "  for i = 1, 5e6 / size do kept[i] = ('x'):rep(size) .. i end\n"
                                     "end");
  CHECK(error.stop == StopReason::memory);
  CHECK(isolate.memory_held() <= kCap + kCap / 2 + (std::size_t{256} << 10));
  CHECK(returned(isolate, "return #('y'):rep(1000)") == "1000");
}

TEST_CASE("a closed state has given back every byte that it took") {
  btk::lua::Control control;
  btk::lua::Allocator allocator;
  lua_State* L = allocator.open(64 << 20, control);
  REQUIRE(L != nullptr);
  luaL_openlibs(L);
  const int status = luaL_dostring(L, R"(
    local ffi = require "ffi"
    local list, texts, made = {}, {}, 0
    for i = 1, 20000 do
      list[i] = { i, name = "n" .. i }
      texts[#texts + 1] = ("x"):rep(i % 700)
      if i % 3 == 0 then list[i] = nil end
      made = made + ffi.new("double[?]", i % 90 + 1)[0]
      if i % 100 == 0 then coroutine.wrap(function(...) coroutine.yield(select("#", ...)) end)(unpack(list, 1, 50)) end
    end
    collectgarbage()
    for i = 1, 300 do _G["f" .. i] = loadstring("local a = ... for k = 1, 100 do a = a + k end return a") _G["f" .. i](i) end
    return table.concat(texts):len()
  )");
  INFO(std::string(lua_tostring(L, -1)));
  CHECK(status == 0);
  CHECK(allocator.used() > 0);
  allocator.close(L);
  CHECK(allocator.used() == 0);
}

TEST_CASE("two hundred isolates in turn leave no memory behind in the host") {
  for (int i = 0; i < 200; ++i) {
    Isolate isolate({});
    CHECK(returned(isolate, "return 1") == "1");
  }
}
