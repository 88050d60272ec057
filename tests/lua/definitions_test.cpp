// The table of the script API: every function has words, the words name its
// parameters, and the reference page and the editors' definitions have them all.
#include <catch2/catch.hpp>

#include <fstream>
#include <set>
#include <sstream>

#include "lua/definitions.h"
#include "tests/lua/script_bench.h"

using namespace btk;

TEST_CASE("Every function of btk has a comment that names its parameters", "[definitions]") {
  for (const std::string& mistake : lua::script_api().mistakes) {
    FAIL_CHECK(mistake);
  }
}

TEST_CASE("What a script reaches from btk is in the table, and the other way round", "[definitions]") {
  test::ScriptBench bench;
  const auto out = bench.run(R"(
    local seen = {}
    local function walk(t, path)
      if seen[t] then return end
      seen[t] = true
      for name, value in pairs(t) do
        if type(value) == "function" then print(path .. "." .. name) end
        if type(value) == "table" then walk(value, path .. "." .. name) end
      end
    end
    walk(btk, "btk"))");
  CHECK_THAT(out.problem, Catch::Matchers::Contains("Strategy not specified"));  // nothing is run
  std::set<std::string> reached(out.lines.begin(), out.lines.end()), told;
  reached.insert("btk.series");  // a table that is called
  for (const lua::ApiFunction& f : lua::script_api().functions) {
    if (f.path.find(':') == std::string::npos) told.insert(f.path);
  }
  for (const std::string& path : reached) {
    if (!told.contains(path)) FAIL_CHECK(path + " is not in the table of lua/definitions.h");
  }
  for (const std::string& path : told) {
    if (!reached.contains(path)) FAIL_CHECK(path + " is in the table, but no script reaches it");
  }
}

TEST_CASE("Definitions and reference carry names, types, units and examples", "[definitions]") {
  const lua::Api api = lua::script_api();
  const std::string definitions = lua::editor_definitions(api), page = lua::reference_page(api);
  for (const char* line : {"---@param n integer", "function btk.ta.sma(list, n, source) end", "function btk.add_strategy(schema) end",
                           "function btk.get_candles(symbol, interval, limit) end", "---@class btk.Column",
                           "function btk_Series:sma(n, source) end", "---Example: local fast = btk.series(\"1m\"):sma(20)"}) {
    INFO(line);
    CHECK(definitions.find(line) != std::string::npos);
  }
  for (const lua::ApiFunction& f : api.functions) {
    INFO(f.path);
    CHECK(page.find("### `" + f.path + "(") != std::string::npos);
  }
  test::ScriptBench bench;  // the definitions are Lua
  bench.head.clear();
  CHECK(bench.problem(definitions).find("Strategy not specified") != std::string::npos);
}

TEST_CASE("The reference page of the manual is the one of this program", "[definitions]") {
  std::ifstream file("docs/reference.md", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  INFO("write docs/reference.md anew with `cmake --build build/release --target reference_page`, and commit it");
  CHECK(text.str() == lua::reference_page(lua::script_api()));
}
