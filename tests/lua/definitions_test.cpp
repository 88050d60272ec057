// The table of the script API: every function has words, the words name its
// parameters, and the reference page and the editors' definitions have them all.
#include <catch2/catch.hpp>

#include "lua/definitions.h"
#include "tests/lua/script_bench.h"

using namespace btk;

TEST_CASE("Every function of btk has a comment that names its parameters", "[definitions]") {
  for (const std::string& mistake : lua::script_api().mistakes) {
    FAIL_CHECK(mistake);
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
