// What scripts find and do not find, and that it gives the same on every machine.
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

#include "lua/isolate.h"

using btk::lua::Isolate;
using btk::lua::IsolateOptions;
using btk::lua::Ref;
using btk::lua::ScriptFailure;

namespace {

std::string returned(Isolate& isolate, const std::string& code) {
  const Ref value = isolate.run_text(code, "test.lua");
  value.push(isolate.state());
  std::size_t size = 0;
  const char* found = lua_tolstring(isolate.state(), -1, &size);
  std::string text = found != nullptr ? std::string(found, size) : "nil";
  lua_pop(isolate.state(), 1);
  return text;
}

std::string returned(const std::string& code) {
  Isolate isolate({});
  return returned(isolate, code);
}

std::string failure(const std::string& code) {
  Isolate isolate({});
  try {
    isolate.run_text(code, "test.lua");
  } catch (const ScriptFailure& error) {
    return error.what();
  }
  return "no failure";
}

/// The keys of a table as pairs and next visit them.
std::string order_of(const std::string& table) {
  const std::string code =
      "local t = " + table +
      " local a, b = {}, {}\n"
      "for k, v in pairs(t) do assert(t[k] == v) a[#a + 1] = tostring(k) end\n"
      "local k, v = next(t) while k ~= nil do assert(t[k] == v) b[#b + 1] = tostring(k) "
      "k, v = next(t, k) end\n"
      "a, b = table.concat(a, ' '), table.concat(b, ' ') assert(a == b, a .. ' | ' .. b) return a";
  return returned(code);
}

}  // namespace

TEST_CASE("pairs and next visit 1..n, then numbers, strings, booleans") {
  CHECK(order_of("{}").empty());
  CHECK(order_of("{ 'a', 'b', 'c' }") == "1 2 3");
  CHECK(order_of("{ z = 1, b = 2, aa = 3, a = 4, Z = 5 }") == "Z a aa b z");
  CHECK(
      order_of(
          "{ 'x', 'y', z = 1, [true] = 1, [false] = 2, [-1] = 3, [0] = 4, [2.5] = 5, [10] = 6, [1e300] = 7, "
          "['1'] = 8 }") == "1 2 -1 0 2.5 10 1e+300 1 z false true");
  CHECK(order_of("{ [3] = 1, [2] = 1, [1] = 1 }") == "1 2 3");
  CHECK(order_of("{ [0] = 1, 5, 6 }") == "1 2 0");
  CHECK(order_of("{ 1, nil, 3, nil, 5 }") == "1 3 5");
  CHECK(order_of("{ ['\\200'] = 1, ['\\127'] = 1, [''] = 1, ['a\\0b'] = 1, ['a'] = 1 }") ==
        std::string(" a a\0b \x7f \xc8", 10));
}

TEST_CASE("a table filled in any order is visited in one order") {
  CHECK(returned(R"(
local function keys(seed)
  math.randomseed(seed)
  local names = {}
  for i = 1, 200 do names[i] = i % 3 == 0 and i * 7 - 300 or "key" .. i end
  for i = #names, 2, -1 do local j = math.random(i) names[i], names[j] = names[j], names[i] end
  local t = {}
  for _, name in ipairs(names) do t[name] = true end
  local seen = {}
  for key in pairs(t) do seen[#seen + 1] = tostring(key) end
  return table.concat(seen, ",")
end
local first = keys(1)
for seed = 2, 50 do assert(keys(seed) == first) end
return tostring(#first > 1000))") == "true");
}

TEST_CASE("fields may be changed and removed while pairs visits them") {
  CHECK(returned("local t = { a = 1, b = 2, c = 3, 10, 20 } local n = 0 "
                 "for k in pairs(t) do t[k] = nil n = n + 1 end return n .. tostring(next(t))") == "5nil");
  CHECK(returned("local t = { a = 1, b = 2, c = 3 } local s = '' "
                 "for k in pairs(t) do t.b = nil s = s .. k end return s") == "ac");
  CHECK(
      returned(
          "local t = { 1, 2, 3, 4 } local s = '' for i in pairs(t) do t[3] = nil s = s .. i end return s") ==
      "124");
  CHECK(returned("local t = { a = 1, b = 2, c = 3 } local s, k = '', next(t) "
                 "while k do s = s .. k t[k] = nil k = next(t, k) end return s") == "abc");
  CHECK(returned("local t, n = {}, 0 for i = 1, 100 do t['k' .. i] = i end "
                 "while next(t) do t[next(t)] = nil n = n + 1 end return n") == "100");
}

TEST_CASE("two loops over one table do not disturb each other") {
  CHECK(returned("local t, s = { 1, 2, a = 1, b = 2 }, '' "
                 "for k in pairs(t) do for j in pairs(t) do s = s .. k .. j .. ' ' if j == 'a' then break "
                 "end end end "
                 "return s") == "11 12 1a 21 22 2a a1 a2 aa b1 b2 ba ");
}

TEST_CASE("keys without an order mark the run, with the place") {
  Isolate isolate({});
  returned(isolate, "for _ in pairs({ 1, a = 2, [true] = 3 }) do end");
  CHECK(isolate.not_reproducible().empty());
  CHECK(returned(isolate,
                 "local n = 0\nlocal t = { [{}] = 1, [print] = 2, x = 3 }\n"
                 "for k in pairs(t) do n = n + 1 end for k in pairs(t) do end return n") == "3");
  CHECK(isolate.not_reproducible() == "test.lua:3");
  Isolate other({});
  returned(other, "\nlocal k = next({ [{}] = 1 })");
  CHECK(other.not_reproducible() == "test.lua:2");
}

TEST_CASE("ipairs walks lists with # and [] made by the host") {
  Isolate isolate({.unsafe = true});
  CHECK(returned(isolate, R"(
local ffi = require "ffi"
ffi.cdef "typedef struct { const int n; } test_view;"
local view = ffi.metatype("test_view", { __len = function(v) return v.n end, __index = function(v, i)
  if i < 1 or i > v.n then error("outside") end return i * 10 end })(3)
local s = 0
for i, v in ipairs(view) do s = s + i * v end
for i, v in ipairs({ 1, 2, nil, 4 }) do s = s + v end
return s)") == "143");
}

TEST_CASE("no address is shown") {
  CHECK(returned("return tostring({}) .. ' ' .. tostring({})") == "table: 1 table: 2");
  CHECK(returned("local t = {} return tostring(t) == tostring(t) and tostring(t)") == "table: 1");
  CHECK(returned("return tostring(function() end)") == "function: 1");
  CHECK(returned("return tostring(coroutine.create(function() end))") == "thread: 1");
  CHECK(returned("local t = {} return string.format('%s %5.3s|%p %%p %d', t, 'abcdef', t, 7)") ==
        "table: 1   abc|table: 1 %p 7");
  CHECK(returned("return ('%s'):format(setmetatable({}, { __tostring = function() return 'mine' end }))") ==
        "mine");
  CHECK(returned("return tostring(setmetatable({}, { __metatable = 'locked', __tostring = function() return "
                 "'m' end }))") == "m");
  CHECK(
      returned("return tostring(nil) .. tostring(true) .. tostring(1.5) .. tostring('s') .. tostring(-0)") ==
      "niltrue1.5s-0");
}

TEST_CASE("print goes to the host as one line") {
  std::vector<std::string> lines;
  Isolate isolate({.print = [&](std::string_view line) { lines.emplace_back(line); }});
  returned(isolate,
           "print('a', nil, 1, true, {}) print() print(setmetatable({}, {__tostring = function() return 'x' "
           "end}))");
  CHECK(lines == std::vector<std::string>{"a\tnil\t1\ttrue\ttable: 1", "", "x"});
}

TEST_CASE("what is dangerous is not there") {
  for (const char* name : {"io", "debug", "jit", "ffi", "os.execute", "os.remove", "os.rename", "os.exit",
                           "os.getenv", "os.tmpname", "os.setlocale", "package.loadlib", "package.path",
                           "package.preload", "string.dump", "newproxy", "module", "gcinfo", "arg"})
    CHECK(returned(std::string("return tostring(") + name + ")") == "nil");
  for (const char* name : {"ffi", "io", "debug", "jit", "jit.util", "package"})
    CHECK_THAT(failure(std::string("require '") + name + "'"),
               Catch::Contains("is there only with --unsafe"));
  CHECK(failure("io.open('x')") ==
        "test.lua:1: attempt to index global 'io' (a nil value); 'io' is there only with "
        "--unsafe");
  CHECK(returned("local s = require 'string' return tostring(s == string and require('math') == math)") ==
        "true");
}

TEST_CASE("compiled Lua is not loaded") {
  for (const char* code :
       {"return select(2, load('\\27LJ\\2'))", "return select(2, loadstring('\\27LJ\\2'))",
        "local n = 0 return select(2, load(function() n = n + 1 return n == 1 and '\\27LJ' or n == 2 "
        "and '\\2' or nil end))",
        "return select(2, load('\\27LJ\\2', 'x', 'b'))",
        "return select(2, load('\\27LJ\\2', 'x', 'bt', {}))"})
    CHECK_THAT(returned(code),
               !Catch::Equals("nil") && (Catch::Contains("binary") || Catch::Contains("compiled")));
  CHECK(returned("return load('return ...')(5)") == "5");
  CHECK(returned("return load('return x', 'n', 't', { x = 6 })()") == "6");
  CHECK(returned("local parts = { 'return', ' 7' } local i = 0 return load(function() i = i + 1 return "
                 "parts[i] end)()") == "7");
  CHECK_THAT(returned("return select(2, load('x = = 1', '=[btk]/fake.lua'))"),
             Catch::StartsWith("(load):1:"));
}

TEST_CASE("a script cannot reach into the host's Lua") {
  CHECK(returned("return tostring(getfenv(pairs) == _G and getfenv(print) == _G and getfenv() == _G)") ==
        "true");
  CHECK_THAT(failure("setfenv(print, {})"),
             Catch::Contains("setfenv cannot change the host's own functions"));
  CHECK(returned("local f = function() return x end setfenv(f, { x = 3 }) return f()") == "3");
  CHECK(returned("local function f() setfenv(1, { y = 4 }) return y end return f()") == "4");
  Isolate isolate({.print = [](std::string_view line) { CHECK(line == "still works"); }});
  CHECK(returned(isolate, "string.format, table.concat, type = nil print('still works') return 'ok'") ==
        "ok");
  CHECK(returned("return tostring(({}).core or rawget(_G, 'core'))") == "nil");
}

TEST_CASE("the clock is the simulated one and dates are UTC") {
  btk::Timestamp now = 1709210096789;  // 2024-02-29T12:34:56.789Z
  Isolate isolate({.clock = [&] { return now; }});
  CHECK(returned(isolate, "return os.time()") == "1709210096");
  CHECK(returned(isolate, "return os.date('%Y-%m-%d %H:%M:%S')") == "2024-02-29 12:34:56");
  CHECK(returned(isolate, "return os.date('!%H')") == "12");
  CHECK(returned(isolate, "local d = os.date('*t') return d.year .. d.month .. d.day .. d.wday .. d.yday") ==
        "2024229560");
  CHECK(returned(isolate, "return os.time{ year = 2024, month = 1, day = 1, hour = 0 }") == "1704067200");
  CHECK(returned(isolate, "return os.time(os.date('*t', 86399))") == "86399");
  CHECK(returned(isolate, "local a = os.clock() return a") == "1709210096.789");
  now += 60'000;
  CHECK(returned(isolate, "return os.time()") == "1709210156");
}

TEST_CASE("math.random starts from seed, symbol and strategy") {
  const auto numbers = [](IsolateOptions options) {
    Isolate isolate(std::move(options));
    return returned(isolate,
                    "local t = {} for i = 1, 5 do t[i] = string.format('%.17g', math.random()) end "
                    "return table.concat(t, ' ') .. math.random(100)");
  };
  const std::string first = numbers({.seed = 1, .symbol = "BTCUSDT", .strategy = "sma"});
  CHECK(first == numbers({.seed = 1, .symbol = "BTCUSDT", .strategy = "sma"}));
  CHECK(first != numbers({.seed = 2, .symbol = "BTCUSDT", .strategy = "sma"}));
  CHECK(first != numbers({.seed = 1, .symbol = "ETHUSDT", .strategy = "sma"}));
  CHECK(first != numbers({.seed = 1, .symbol = "BTCUSDT", .strategy = "rsi"}));
  CHECK(returned("math.randomseed(5) local a = math.random() math.randomseed(5) return tostring(a == "
                 "math.random())") == "true");
}

TEST_CASE("math gives the documented bits, interpreted and compiled") {
  const std::string code = R"(
local fs = { "exp", "log", "log10", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh" }
local out = {}
for _, name in ipairs(fs) do
  local f, sum = math[name], 0
  for i = 1, 500 do sum = sum + f(i / 501) end
  out[#out + 1] = string.format("%.17g", sum)
end
local s = 0
for i = 1, 500 do s = s + math.pow(i / 7, 1.5) + math.atan2(i, 3) + math.log(i + 1, 2) end
out[#out + 1] = string.format("%.17g", s)
return table.concat(out, " "))";
  Isolate compiled({});
  Isolate interpreted({.unsafe = true});
  returned(interpreted, "jit.off()");
  const std::string values = returned(compiled, code);
  CHECK(values == returned(interpreted, code));
  CHECK(returned("return string.format('%.17g', math.exp(1))") == "2.7182818284590455");
  CHECK(
      returned("return math.exp('0') + math.max(1, 2) + math.sqrt(16) + math.log(8, 2) + math.log10(100)") ==
      "12");
  CHECK(returned("return tostring(math.huge) .. math.floor(2.7) .. math.fmod(7, 4) .. math.abs(-1)") ==
        "inf231");
}

TEST_CASE("the plain libraries work as in Lua") {
  CHECK(returned("local t = { 3, 1, 2 } table.sort(t) return table.concat(t, ',')") == "1,2,3");
  CHECK(returned("local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) return "
                 "table.concat(t, ',')") == "3,2,1");
  CHECK(returned("return bit.bor(1, 4) .. ('x'):rep(3) .. #('abc'):upper()") == "5xxx3");
  CHECK(
      returned(
          "local co = coroutine.create(function(a) local b = coroutine.yield(a + 1) return b * 2 end) "
          "local _, x = coroutine.resume(co, 1) local _, y = coroutine.resume(co, 10) "
          "local ok, e = coroutine.resume(co) return x .. y .. tostring(ok) .. e .. coroutine.status(co)") ==
      "220falsecannot resume dead coroutinedead");
  CHECK(returned("local f = coroutine.wrap(function(...) local n = select('#', ...) while true do n = n + "
                 "select('#', coroutine.yield(n)) end end) return f(1, 2) .. f(nil, nil, nil) .. f()") ==
        "255");
  CHECK(returned("local co co = coroutine.create(function() return coroutine.resume(co) end) "
                 "return select(3, coroutine.resume(co))") == "cannot resume non-suspended coroutine");
  CHECK(returned("local co = coroutine.wrap(function() local ok = pcall(function() coroutine.yield(1) "
                 "error('x') end) "
                 "return tostring(ok) end) return co() .. co()") == "1false");
  CHECK(returned("return select('#', pcall(function() return 1, nil, nil end))") == "4");
  CHECK(
      returned(
          "return select(2, xpcall(function(a) error(a, 0) end, function(e) return e .. '!' end, 'arg'))") ==
      "arg!");
}

TEST_CASE("deep nesting is an error, not the end of the process") {
  CHECK_THAT(failure("local function f() return ('x'):gsub('x', f) end f()"),
             Catch::Contains("nested more than 200 deep"));
  CHECK_THAT(failure("local function f() coroutine.wrap(f)() end f()"),
             Catch::Contains("nested more than 200 deep"));
  CHECK_THAT(
      failure(
          "local function f() local ok, e = coroutine.resume(coroutine.create(f)) if not ok then error(e, 0) "
          "end end f()"),
      Catch::Contains("nested more than 200 deep"));
  CHECK_THAT(failure("local function f() table.sort({ 1, 2, 3 }, f) end f()"),
             Catch::Contains("nested more than 200 deep"));
  CHECK_THAT(
      failure("local t = setmetatable({}, {}) getmetatable(t).__tostring = function() return tostring(t) end "
              "tostring(t)"),
      Catch::Contains("stack overflow"));
  CHECK_THAT(failure("local t t = setmetatable({}, { __index = function(_, k) return t[k] end }) return t.x"),
             Catch::Contains("stack overflow"));
  CHECK_THAT(failure("local function f() f() end f() return 1"), !Catch::Contains("no failure"));
  CHECK_THAT(failure("local function f() return 1 + f() end f()"), Catch::Contains("stack overflow"));
  CHECK_THAT(failure("local s = 'x' for i = 1, 300 do s = '(' .. s .. ')' end load('return ' .. s)()"),
             Catch::Contains("attempt to call a nil value"));
  CHECK(returned("local function h(e) error(e) end return tostring(xpcall(error, h))") == "false");
}

TEST_CASE("levels that ended, by an error or a yield, do not count") {
  CHECK(returned("for i = 1, 1000 do pcall(string.gsub, 'x', 'x', function() error('no') end) "
                 "coroutine.wrap(function() coroutine.yield() end)() end return 'fine'") == "fine");
  CHECK(returned("local n = 0 local function f() n = n + 1 if n < 150 then coroutine.wrap(f)() end end f() "
                 "return n") == "150");
}
