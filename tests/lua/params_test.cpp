// `params` of a strategy: declarations, the values in force, --param.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

std::string strategy(const std::string& params, const std::string& body = "") {
  return "\nbtk.add_strategy { strategy_name = 's', params = { " + params + " }, get_signal = function() " + body + " end }";
}

}  // namespace

TEST_CASE("params: the first value of a range, a list or choices is in force, a plain value always", "[script][params]") {
  ScriptBench bench;
  const auto out = bench.run(strategy("fast = { 5, 50, step = 5 }, mode = { 'a', 'b' }, on = { choices = { true, false } }, size = 3",
                                      "local p = btk.params print(p.fast, p.mode, p.on, p.size)"));
  CHECK(out.lines.front() == "5\ta\ttrue\t3");
}

TEST_CASE("params: the host sets values as text, of the type that was declared", "[script][params]") {
  ScriptBench bench;
  bench.options.params = {{"fast", "12.5"}, {"mode", "b"}, {"on", "false"}, {"size", "4"}, {"name", "x y"}};
  const auto out = bench.run(
      strategy("fast = { 5, 50, step = 5 }, mode = { 'a', 'b' }, on = true, size = 3, name = 'n'",
               "local p = btk.params print(p.fast + 1, p.mode, p.on, p.size + 1, p.name)"));
  INFO(out.problem);
  REQUIRE_FALSE(out.lines.empty());
  CHECK(out.lines.front() == "13.5\tb\tfalse\t5\tx y");
}

TEST_CASE("params: a value that cannot be set is one sentence", "[script][params]") {
  ScriptBench bench;
  const auto problem = [&](const std::string& name, const std::string& text) {
    bench.options.params = {{name, text}};
    return bench.run(strategy("fast = { 5, 50, step = 5 }, mode = { 'a', 'b' }, on = true")).problem;
  };
  CHECK_THAT(problem("fas", "5"), Contains("--param fas: strategy 's' declares no such parameter (did you mean 'fast'?)"));
  CHECK_THAT(problem("fast", "x"), Contains("--param fast=x: strategy 's' wants a number there"));
  CHECK_THAT(problem("mode", "c"), Contains("--param mode=c: strategy 's' wants one of a, b"));
  CHECK_THAT(problem("on", "1"), Contains("wants true or false there"));
}

TEST_CASE("params: reading one that is not declared is a script error with the nearest name", "[script][params]") {
  ScriptBench bench;
  const auto errors = [&](const std::string& params) { return bench.run(strategy(params, "return btk.params.fsat")).errors(); };
  CHECK(errors("fast = 5, slow = 9").at(0) == "test.lua:2: btk.params: strategy 's' declares no parameter 'fsat' (did you mean 'fast'?)");
  CHECK(errors("size = 5").at(0) == "test.lua:2: btk.params: strategy 's' declares no parameter 'fsat'; it has size");
  CHECK(errors("").at(0) == "test.lua:2: btk.params: strategy 's' declares no parameter 'fsat'");
  CHECK(bench.run(strategy("fast = 5", "btk.params.fsat = 3")).errors().at(0) ==
        "test.lua:2: btk.params: strategy 's' declares no parameter 'fsat' (did you mean 'fast'?)");
}

TEST_CASE("params: the values in force are read-only, and are walked and written like any table", "[script][params]") {
  ScriptBench bench;
  const auto out = bench.run(strategy("fast = { 5, 9 }, mode = 'a', slow = 9", R"(
    if done then btk.params.fast = 6 return end
    done = true
    for name, value in pairs(btk.params) do print(name, value) end
    print(next(btk.params), next(btk.params, "mode"))
    print(btk.json.encode(btk.params))
    print(pcall(function() btk.params.slow = 1 end))
    print(btk.params.slow, getmetatable(btk.params)))"));
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 7);
  CHECK(out.lines[0] + " " + out.lines[1] + " " + out.lines[2] == "fast\t5 mode\ta slow\t9");
  CHECK(out.lines[3] == "fast\tslow\t9");
  CHECK(out.lines[4] == R"({"fast":5,"mode":"a","slow":9})");
  CHECK_THAT(out.lines[5], Contains("btk.params.slow cannot be changed"));
  CHECK(out.lines[6] == "9\tfalse");
  REQUIRE(out.errors().size() == 1);
  CHECK(out.errors()[0] == "test.lua:3: btk.params.fast cannot be changed: parameters are set before the run, by --param fast=..., by a sweep or in "
                           "the params of strategy 's'; keep a value that changes in a variable of yours");
}

TEST_CASE("params: a declaration that cannot be is told in one sentence, with its line", "[script][params]") {
  ScriptBench bench;
  const auto problem = [&](const std::string& params) { return bench.problem(strategy(params)); };
  const std::string head = "test.lua:2: strategy schema: params must be ";
  CHECK_THAT(problem("fast = { 50, 5, step = 5 }"), Contains(head) && Contains("'fast' ends (5) before it begins (50)"));
  CHECK_THAT(problem("fast = { 5, 50, step = 0 }"), Contains("'fast' has a step that is no number above 0"));
  CHECK_THAT(problem("fast = { 5, step = 5 }"), Contains("it needs exactly two numbers"));
  CHECK_THAT(problem("fast = { 0, 1, step = 0.00001 }"), Contains("has more than 10000 values; use a larger step"));
  CHECK_THAT(problem("fast = { 5, 50, stpe = 5 }"), Contains("'fast' has the field 'stpe'; there are step and choices"));
  CHECK_THAT(problem("fast = {}"), Contains("'fast' is empty"));
  CHECK_THAT(problem("fast = { 5, 5 }"), Contains("'fast' has the value 5 twice"));
  CHECK_THAT(problem("fast = { 5, {} }"), Contains("'fast' has a table among its values"));
  CHECK_THAT(problem("fast = function() end"), Contains("'fast' is a function"));
  CHECK_THAT(problem("['a b'] = 5"), Contains("('a b' is none)"));
  CHECK_THAT(problem("fast = { choices = 5 }"), Contains("'fast' has choices that are no list"));
}

TEST_CASE("params: the host learns every axis, ranges without the last digits of adding up", "[script][params]") {
  ScriptBench bench;
  const TempFolder folder;
  const auto file = folder.write("axes.lua", R"(local btk = require "btk"
    btk.add_strategy { strategy_name = "s", params = { part = { 0.1, 0.5, step = 0.1 }, mode = { "a", "b" }, size = 3 } })");
  lua::ScriptOptions options = bench.options;
  options.files = {file};
  lua::Script script(options, lua::Script::Role::main);
  script.load();
  const lua::StrategyParams params = script.params("s");
  CHECK_THAT(params.file, Catch::EndsWith("axes.lua"));
  const ParamSpace space(params.axes);
  REQUIRE(space.axes().size() == 3);
  CHECK(space.size() == 10);
  CHECK(space.axes()[0].name == "mode");
  CHECK_FALSE(space.axes()[0].ordered);
  CHECK(space.axes()[1].ordered);
  std::string values;
  for (const ParamValue& value : space.axes()[1].values) values += param_text(value) + " ";
  CHECK(values == "0.1 0.2 0.3 0.4 0.5 ");
  CHECK_THROWS_WITH(script.params("t"), Contains("\"t\" is not registered"));
}
