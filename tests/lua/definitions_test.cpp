// The table of the script API: every function has words, the words name its
// parameters, and the reference page and the editors' definitions have them all.
#include <catch2/catch.hpp>

#include <fstream>
#include <set>
#include <sstream>

#include "lua/definitions.h"
#include "lua/test_file.h"
#include "tests/lua/script_bench.h"
#include "tests/support/temp_folder.h"

using namespace btk;

namespace {

// Prints every function that is reached from a table.
constexpr const char* kWalk = R"(
    local seen = {}
    local function walk(t, path)
      if seen[t] then return end
      seen[t] = true
      for name, value in pairs(t) do
        if type(value) == "function" then print(path .. "." .. name) end
        if type(value) == "table" then walk(value, path .. "." .. name) end
      end
    end )";

void check_same(const std::set<std::string>& reached, const std::set<std::string>& told) {
  for (const std::string& path : reached) {
    if (!told.contains(path)) FAIL_CHECK(path + " is not in the table of lua/definitions.h");
  }
  for (const std::string& path : told) {
    if (!reached.contains(path)) FAIL_CHECK(path + " is in the table, but no script reaches it");
  }
}

bool is_of_tests(const std::string& path) { return path.starts_with("btk.test."); }

}  // namespace

TEST_CASE("Every function of btk has a comment that names its parameters", "[definitions]") {
  for (const std::string& mistake : lua::script_api().mistakes) {
    FAIL_CHECK(mistake);
  }
}

TEST_CASE("What a script reaches from btk is in the table, and the other way round", "[definitions]") {
  test::ScriptBench bench;
  const auto out = bench.run(std::string(kWalk) + "walk(btk, 'btk') walk(btk.market, 'btk.market')");
  CHECK_THAT(out.problem, Catch::Matchers::Contains("Strategy not specified"));  // nothing is run
  std::set<std::string> reached(out.lines.begin(), out.lines.end()), told;
  reached.insert("btk.series");  // a table that is called
  for (const lua::ApiFunction& f : lua::script_api().functions) {
    if (f.path.find(':') == std::string::npos && !is_of_tests(f.path)) told.insert(f.path);
  }
  check_same(reached, told);
}

TEST_CASE("What a test reaches from btk.test is in the table, and the other way round", "[definitions]") {
  std::set<std::string> reached, told, matchers;
  for (const lua::ApiFunction& f : lua::script_api().functions) {
    if (is_of_tests(f.path) && f.path.find(':') == std::string::npos) (f.path.starts_with("btk.test.assert.") ? matchers : told).insert(f.path);
  }
  // The table of assert is empty: it makes sentences. What it knows, it says when it is asked for something else.
  std::string text = "local t = require 'btk.test' ";
  for (const std::string& path : matchers) text += "assert(type(" + path.substr(9) + ") == 'function') ";
  text += std::string(kWalk) + "walk(t, 'btk.test') print(select(2, pcall(function() return assert.zzzzzzzzzz end)))";
  test::TempFolder folder;
  lua::TestFileOptions options;
  options.file = folder.write("x_test.lua", text);
  std::vector<std::string> lines;
  options.print = [&](std::string_view line) { lines.emplace_back(line); };
  lua::TestFile(options).load();
  REQUIRE(lines.size() > 1);
  reached.insert(lines.begin(), lines.end() - 1);
  reached.insert("btk.test.assert");  // a table that is called
  check_same(reached, told);
  std::string known = "; there are ";
  for (const std::string& path : matchers) known += (known.size() > 12 ? ", " : "") + path.substr(16);
  CHECK_THAT(lines.back(), Catch::Matchers::EndsWith(known));
}

TEST_CASE("Definitions and reference carry names, types, units and examples", "[definitions]") {
  const lua::Api api = lua::script_api();
  const std::vector<lua::EditorFile> files = lua::editor_definitions(api);
  REQUIRE(files.size() == 2);
  CHECK(files[0].path == "btk.lua");
  CHECK(files[1].path == "btk/test.lua");
  const std::string page = lua::reference_page(api);
  for (const char* line : {"---@param n integer", "function btk.ta.sma(list, n, source) end", "function btk.add_strategy(schema) end",
                           "function btk.get_candles(symbol, interval, limit) end", "---@class btk.Column", "---@class btk.DateParts",
                           "function btk_Series:sma(n, source) end", "---Example: local fast = btk.series(\"1m\"):sma(20)",
                           "---@overload fun(interval: string, symbol?: string): btk.Series\nbtk.series = btk.series",
                           "function btk.market.flat(price, minutes) end", "function btk_Market:ramp(price, minutes) end"}) {
    INFO(line);
    CHECK(files[0].text.find(line) != std::string::npos);
  }
  for (const char* line : {"---@meta btk.test", "function test.describe(name, fn) end", "---@param date? string|number", "---@class btk.test.Assert", "---@overload fun(value: any, message?: any, ...: any): any\ntest.assert = {}",
                           "test.assert = {}\nassert = test.assert\n", "function test.assert.is_nil(actual, message) end",
                           "function btk_test_Report:events_of(kind) end", "return test"}) {
    INFO(line);
    CHECK(files[1].text.find(line) != std::string::npos);
  }
  CHECK(files[0].text.find("btk.test") == std::string::npos);
  for (const lua::ApiFunction& f : api.functions) {
    INFO(f.path);
    CHECK(page.find("### `" + f.path + "(") != std::string::npos);
  }
  for (const lua::EditorFile& file : files) {  // the definitions are Lua
    test::ScriptBench bench;
    bench.head.clear();
    CHECK(bench.problem(file.text).find("Strategy not specified") != std::string::npos);
  }
}

TEST_CASE("The reference page of the manual is the one of this program", "[definitions]") {
  std::ifstream file("docs/reference.md", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  INFO("write docs/reference.md anew with `cmake --build build/release --target reference_page`, and commit it");
  CHECK(text.str() == lua::reference_page(lua::script_api()));
}
