// In which order a script's listeners hear of an event, and how they are registered.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

TEST_CASE("Listeners of all signals and of one kind hear in the order in which they were added", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    local once = false
    btk.add_strategy { strategy_name = "s", get_signal = function(_, _, price)
      if once then return end
      once = true
      return long(price, { minute_estimated_time = 5 })
    end }
    local function say(text) return function(r) if r.action == "closed" then print(text) end end end
    btk.listen_signal(say("1"))
    btk.listen_signal_closed(say("2"))
    btk.listen_signal(say("3"))
    btk.listen_signal_opened(say("never"))
    btk.listen_signal_closed(say("4")))");
  CHECK(out.errors().empty());
  CHECK(out.text() == "1\n2\n3\n4");
}

TEST_CASE("A filter given to a plain listener is refused: it would never be asked", "[script]") {
  ScriptBench bench;
  CHECK_THAT(bench.problem("\nbtk.listen_signal(function() return true end, print)"),
             Contains("test.lua:2: listen_signal takes one function") && Contains("listen_signal_once"));
}
