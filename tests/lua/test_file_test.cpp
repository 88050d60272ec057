// Files of tests as `btkhost test` runs them: what is collected, how tests end, which lines they reach, who answers for the world.
#include "lua/test_file.h"

#include <catch2/catch.hpp>

#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;
using Status = lua::TestResult::Status;

namespace {

const std::string kHead = "local btk, t = require 'btk', require 'btk.test' ";

struct Bench {
  TempFolder folder;
  lua::TestFileOptions options;
  std::vector<std::string> lines;

  explicit Bench(const std::string& text, const std::string& name = "x_test.lua") {
    options.file = folder.write(name, kHead + text);
    options.print = [this](std::string_view line) { lines.emplace_back(line); };
    options.log = [](std::string_view, std::string_view) {};
  }
  std::vector<lua::TestResult> run() {
    lua::TestFile file(options);
    file.load();
    std::vector<lua::TestResult> results;
    for (std::size_t i = 0; i < file.tests().size(); ++i) results.push_back(file.run(i));
    return results;
  }
};

std::vector<int> numbers(const std::set<int>& lines) { return {lines.begin(), lines.end()}; }

}  // namespace

TEST_CASE("A file of tests is listed with blocks, places and what is pending, and nothing is run", "[test]") {
  Bench bench(R"(
    t.describe("outer", function()
      t.describe("inner", function()
        t.it("first", function() print("ran") end)
      end)
      t.pending("second")
    end)
    t.test("third", function() end))");
  lua::TestFile file(bench.options);
  file.load();
  REQUIRE(file.tests().size() == 3);
  CHECK(file.tests()[0].name == "outer > inner > first");
  CHECK(file.tests()[0].line == 4);
  CHECK_THAT(file.tests()[0].file, Contains("x_test.lua"));
  CHECK(file.tests()[1].name == "outer > second");
  CHECK(file.tests()[1].pending);
  CHECK(file.tests()[2].name == "third");
  CHECK(bench.lines.empty());
  CHECK(file.run(1).status == Status::pending);
}

TEST_CASE("Whatever a test does, it ends, is named, and the next one runs", "[test]") {
  Bench bench(R"(
    t.it("loops", function() while true do end end)
    t.it("loops in pcall", function() while true do pcall(function() while true do end end) end end)
    t.it("loops in a coroutine", function() coroutine.wrap(function() while true do end end)() end)
    t.it("loops in a strategy", function()
      t.run { market = btk.market.flat(100, 30), settings = { CC_MAX_SIGNALS = 7 }, strategy = { get_signal = function() while true do end end } } end)
    t.it("loops in a script", function() t.run { market = btk.market.flat(100, 30), script_text = "while true do end" } end)
    t.it("loops in a script's strategy", function() t.run { market = btk.market.flat(100, 30), script_text =
      "require('btk').add_strategy { strategy_name = 's', interval = '1m', get_signal = function() while true do end end }" } end)
    t.it("loops in an answer", function() t.llm(function() while true do end end)
      t.http(function() while true do end end)
      t.run { mode = "paper", market = btk.market.flat(100, 30), script_text =
        "local btk = require('btk') btk.add_strategy { strategy_name = 's', interval = '1m', get_signal = function() btk.http.get('http://x') end }" } end)
    t.it("runs out of stack", function() local function f() return 1 + f() end f() end)
    t.it("raises nothing", function() error() end)
    t.it("raises a table", function() error({ code = 5 }) end)
    t.it("is after all of them", function()
      assert.are.equal(50, btk.get_config().CC_MAX_SIGNALS)
      assert.same({}, btk.lookup.list_activity())
      t.run { market = btk.market.flat(100, 30), strategy = { get_signal = function() end } } end))");
  bench.options.limit = std::chrono::milliseconds(300);
  const auto results = bench.run();
  REQUIRE(results.size() == 11);
  for (std::size_t i = 0; i < 7; ++i) {
    INFO(i);
    CHECK(results[i].status == Status::error);
    CHECK(results[i].message == "the test took longer than it may (--timeout)");
    CHECK_THAT(results[i].file, Contains("x_test.lua"));
    CHECK(results[i].line > 1);
  }
  CHECK_THAT(results[7].message, Contains("stack overflow"));
  CHECK(results[8].status == Status::error);
  CHECK(results[9].status == Status::error);
  CHECK(results[10].status == Status::passed);
}

TEST_CASE("What comes before a test fails the test, what comes after it is called all the same", "[test]") {
  Bench bench(R"(
    t.describe("b", function()
      t.before_each(function() error("not ready") end)
      t.after_each(function() print("after") end)
      t.it("never", function() print("never") end)
    end)
    t.it("waits to be written", function() t.pending("later") end))");
  const auto results = bench.run();
  CHECK(results[0].message == "not ready");
  CHECK(results[0].line == 3);
  CHECK(bench.lines == std::vector<std::string>{"after"});
  CHECK(results[1].status == Status::pending);
  CHECK(results[1].message == "later");
}

TEST_CASE("Numbers that look alike are told apart, and a field that no trade has is named", "[test]") {
  Bench bench(R"(
    t.it("numbers", function() assert.are.equal(0.3, 0.1 + 0.2) end)
    t.it("in tables", function() assert.same({ a = 0.3, b = 1.5 }, { a = 0.1 + 0.2, b = 1.5 }) end)
    t.it("plain ones stay plain", function() assert.are.equal(0.1, 0.2) end)
    local function row() return t.run { market = btk.market.flat(100, 12):ramp(98, 5), strategy = { get_signal = function(_, _, price)
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 60 }
    end } }.trades[1] end
    t.it("typo", function() assert.trade(row(), { closereason = "stop_loss" }) end)
    t.it("typo of the signal's", function() assert.is_not.trade(row(), { price_opened = 5 }) end)
    t.it("no such thing", function() assert.trade(row(), { colour = 5 }) end)
    t.it("not of this row", function() assert.trade(row(), { reason = "timeout" }) end)
    t.it("right", function() assert.trade(row(), { close_reason = "stop_loss", position = "long", pnl = { price_open = 100 } }) end))");
  const auto results = bench.run();
  REQUIRE(results.size() == 8);
  CHECK(results[0].expected == "0.3");
  CHECK(results[0].actual == "0.30000000000000004");
  CHECK(results[1].expected == "{ a = 0.3, b = 1.5 }");
  CHECK(results[1].actual == "{ a = 0.30000000000000004, b = 1.5 }  (they differ at a)");
  CHECK(results[2].expected == "0.1");
  CHECK(results[2].actual == "0.2");
  CHECK_THAT(results[3].message, Contains("a trade has no field 'closereason'; did you mean 'close_reason'?"));
  CHECK_THAT(results[4].message, Contains("a trade has no field 'price_opened'; did you mean 'price_open'?"));
  CHECK_THAT(results[5].message, Contains("a trade has no field 'colour'"));
  CHECK(results[6].status == Status::failed);
  CHECK(results[6].actual == "{}");
  CHECK(results[7].status == Status::passed);
}

TEST_CASE("A main chunk that does not end or does not compile is told", "[test]") {
  Bench endless("while true do end");
  endless.options.limit = std::chrono::milliseconds(200);
  CHECK_THROWS_WITH(endless.run(), Contains("ran longer than it is allowed"));
  Bench broken("t.it('x', function( end)");
  CHECK_THROWS_WITH(broken.run(), Contains("x_test.lua:1:"));
}

TEST_CASE("Lines are counted as the eye counts them", "[test]") {
  // 1 and 7 begin functions, whose code the main chunk passes in the line of their end.
  const std::string script = R"(local function used(x)
  if x > 1 then return 1 else return 2 end
end

-- a comment

local function never()
  local y = 2
  return y
end
local t = {
  a = 1,
  b = used(3),
}
if t.a == 2 then
  t.c = 5
end
for i = 1, 3 do t[i] = i end
return t
)";
  CHECK(numbers(lua::lines_with_code(script)) == std::vector<int>{2, 3, 8, 9, 10, 11, 13, 15, 16, 18, 19});
  Bench bench("t.it('x', function() require 'covered' end)");
  bench.folder.write("covered.lua", script);
  bench.options.coverage = true;
  lua::TestFile file(bench.options);
  file.load();
  CHECK(file.run(0).status == Status::passed);
  const auto files = file.coverage()->files([&](const std::string& name) { return file.text_of(name); });
  const auto found = std::find_if(files.begin(), files.end(), [](const auto& entry) { return entry.first.find("covered.lua") != std::string::npos; });
  REQUIRE(found != files.end());
  // Both branches of line 2 are one line: it counts when either was taken. 8, 9: never called. 16: never true.
  CHECK(numbers(found->second.hit) == std::vector<int>{2, 3, 10, 11, 13, 15, 18, 19});
  CHECK(found->second.lines == lua::lines_with_code(script));

  CHECK(lua::lines_with_code("this is no Lua").empty());
  CHECK(numbers(lua::lines_with_code("#!/usr/bin/env btkhost\nlocal x = 1\n")) == std::vector<int>{2});
  CHECK(lua::line_ranges({1, 2, 3, 7, 9, 10}) == "1-3, 7, 9-10");
  CHECK(lua::line_ranges({}).empty());
}

TEST_CASE("A run is the same with and without coverage", "[test]") {
  const std::string text = R"(
    t.it("x", function()
      local report = t.run { seed = 3, market = btk.market.flat(100, 60):noise(5, 1), script_text = [[
        local btk = require "btk"
        btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(_, _, price)
          if math.random() < 0.5 then return end
          return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 10 }
        end } ]] }
      assert.above(0, #report.trades)
      print(report.run_hash)
    end))";
  Bench plain(text), covered(text);
  covered.options.coverage = true;
  CHECK(plain.run()[0].status == Status::passed);
  CHECK(covered.run()[0].status == Status::passed);
  CHECK(plain.lines == covered.lines);
}

TEST_CASE("Nobody but the test answers a script under test", "[test]") {
  const std::string fetch = R"(
    local function fetch(more)
      local spec = { mode = "paper", market = btk.market.flat(100, 12), keep_errors = true, script_text = [[
        local btk = require "btk"
        btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function()
          local answer = btk.http.post("https://x.test/orders?a=1%202&b=", "body", { headers = { Key = btk.env("KEY", "none") } })
          print(answer.status, answer.headers["retry-after"], answer.body)
        end } ]] }
      for name, value in pairs(more or {}) do spec[name] = value end
      return t.run(spec)
    end )";
  Bench bench(fetch + R"(
    t.it("nobody", function() assert.matches("no server answers in a test", fetch().errors[1].message) end)
    t.it("a reply", function()
      local report = fetch { http = t.status(429, { a = 1 }, { ["Retry-After"] = 7 }), env = { KEY = "k" } }
      local call = report.http_calls[1]
      assert.same({ "POST", "/orders", "a=1%202&b=", "1 2", "", "k", "body", 429 },
        { call.method, call.path, call.query, call.parameters.a, call.parameters.b, call.headers.Key, call.body, call.status })
      assert.are.equal(btk.market.flat(100):at(5), call.now)
    end)
    t.it("silence", function()
      local report = fetch { http = t.unknown("the line is dead") }
      assert.matches("the line is dead", report.errors[1].message)
      assert.are.equal("the line is dead", report.http_calls[1].no_answer)
    end)
    t.it("for the rest of a test", function()
      local calls = t.http { "one", { two = true } }
      fetch()
      fetch()
      assert.are.equal(2, #calls)
      t.http(nil)
      assert.are.equal(1, #fetch().errors)
    end)
    t.it("but not in the next", function() assert.are.equal(1, #fetch().errors) end)
    t.it("wrong route", function() t.http { ["GET /a"] = "x", fetch = "y" } end)
    t.it("no model here", function() btk.llm.text { { role = "user", content = "?" } } end))");
  const auto results = bench.run();
  for (std::size_t i = 0; i < 5; ++i) {
    INFO(i << " " << results[i].message << " " << results[i].expected << " " << results[i].actual);
    CHECK(results[i].status == Status::passed);
  }
  CHECK_THAT(results[5].message, Contains("'fetch' is no route"));
  CHECK(results[6].status == Status::error);
  CHECK(bench.lines == std::vector<std::string>{"429\t7\t{\"a\":1}", "200\tnil\tone", "200\tnil\t{\"two\":true}"});
}

namespace {

// Whether every test passed; what failed is shown.
void check_passed(const std::vector<lua::TestResult>& results, std::size_t count) {
  REQUIRE(results.size() == count);
  for (std::size_t i = 0; i < count; ++i) {
    INFO(i << " " << results[i].message << " " << results[i].expected << " " << results[i].actual);
    CHECK(results[i].status == Status::passed);
  }
}

const std::string kAsk = R"(
    local function ask(more)
      local spec = { mode = "paper", market = btk.market.flat(100, 12), script_text = [[
        local btk = require "btk"
        btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function() print(btk.http.get("https://x.test/a").body) end } ]] }
      for name, value in pairs(more or {}) do spec[name] = value end
      return t.run(spec)
    end )";

}  // namespace

TEST_CASE("Answers for a whole file: the list that was returned has the requests of the test under way", "[test]") {
  Bench bench(kAsk + R"(
    local before = t.http("before")
    local calls = t.http { "one", "two" }
    t.it("a request", function()
      assert.are.equal(0, #calls)
      ask()
      ask()
      assert.are.equal(2, #calls)
      assert.are.equal("/a", calls[1].path)
      assert.are.equal(before, calls)
    end)
    t.it("the next test", function()
      assert.are.equal(0, #calls)
      ask()
      assert.are.equal(1, #calls)
    end)
    t.it("answers of its own", function()
      local own = t.http("own")
      ask()
      assert.are.equal(1, #own)
      assert.are.equal(0, #calls)
    end))");
  check_passed(bench.run(), 3);
  CHECK(bench.lines == std::vector<std::string>{"one", "two", "one", "own"});
}

TEST_CASE("Answers of a test that cannot be meant are refused where they are said", "[test]") {
  Bench bench(R"lua(
    local function refused(answers, key)
      assert.error_matches(function() t.http(answers) end, "http: '" .. key .. "' is no route; routes look like \"GET /api/v3/time\"")
    end
    t.it("routes", function()
      refused({ ["GET/time"] = "ok", ["get /order"] = "x" }, "GET/time")
      refused({ ["get /order"] = "x" }, "get /order")
      refused({ ["Get order"] = "x" }, "Get order")
      refused({ GET = "x" }, "GET")
      refused({ ["GTE /order"] = "x" }, "GTE /order")
      refused({ ["GET /order?id=1"] = "x" }, "GET /order%?id=1")
      refused({ ["/order"] = "x", fetch = 1 }, "/order")
      refused({ ["GET /b"] = "x", fetch = 1, add = 2 }, "add")
      assert.error_matches(function() t.http { ["a/b"] = 1 } end, "t.status%(200, { ... }%)")
      t.http { get = 1, delete = true, status = "filled" }
      t.http(t.status(200, { ["BTC/USDT"] = 1 }))
    end)
    t.it("status", function()
      for _, code in ipairs { 99, 600, 200.5, 0 / 0 } do
        assert.error_matches(function() t.status(code) end, "t.status: status must be a whole number from 100 to 599, got ")
      end
      assert.error_matches(function() t.status("x") end, 'got "x"')
      assert.error_matches(function() t.status() end, "got nil")
      assert.are.equal(599, t.status(599).status)
    end))lua");
  check_passed(bench.run(), 2);
}

TEST_CASE("A run that is refused leaves the answers of the test as they were", "[test]") {
  Bench bench(kAsk + R"(
    t.it("a list that is none", function()
      local asked = t.http("outer")
      assert.has_error(function() ask { http = "inner", llm = 5 } end)
      assert.has_error(function() ask { http = "inner", mode = "papre" } end)
      ask()
      assert.are.equal(1, #asked)
    end)
    t.it("an environment for a strategy of the test", function()
      assert.error_matches(function() t.run { market = btk.market.flat(100, 12), strategy = {}, env = { KEY = "k" } } end,
        "run: env needs script = or script_text =; a strategy = of the test shares the test's environment")
    end))");
  check_passed(bench.run(), 2);
  CHECK(bench.lines == std::vector<std::string>{"outer"});
}
