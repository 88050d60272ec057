// A call of the script that does not end: CC_MAX_SIGNAL_GENERATION_SECONDS, and
// stopping from another thread.
#include <chrono>
#include <thread>

#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

struct Limited : ScriptBench {
  Limited() {
    options.guarded = true;
    options.watchdog = std::make_shared<lua::Watchdog>();
    head += "btk.set_config { CC_MAX_SIGNAL_GENERATION_SECONDS = 1 } ";
  }
};

}  // namespace

TEST_CASE("A get_signal that does not end is stopped, told, and the run goes on", "[script][slow]") {
  Limited bench;
  const auto began = std::chrono::steady_clock::now();
  const auto out = bench.run(R"(
    local n = 0
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(_, when, price)
      if os.date("%H:%M") == "01:00" then
        pcall(function() while true do n = n + 1 end end)
        print("never")
      end
      return long(price, { minute_estimated_time = 10 })
    end }
    btk.listen_error(function(e) print(e.message, e.line, e.where) end))");
  CHECK(std::chrono::steady_clock::now() - began < 4s);
  CHECK(out.problem == "");
  CHECK(out.text() == "get_signal took longer than 1 s (CC_MAX_SIGNAL_GENERATION_SECONDS)\t5\tget_signal");
  REQUIRE(out.errors().size() == 1);
  CHECK(out.errors()[0] == "test.lua:5: get_signal took longer than 1 s (CC_MAX_SIGNAL_GENERATION_SECONDS)");
  CHECK(out.report().signals.size() == 3);  // 00:00, 02:00, 03:00
}

TEST_CASE("A script that keeps more and more in its callbacks fails its run, with the line", "[script]") {
  ScriptBench bench;
  bench.options.guarded = true;
  bench.options.memory_cap = 64 << 20;
  const auto out = bench.run(R"(
    local kept = {}
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, when, price)
      return long(price, { minute_estimated_time = 1000 })
    end, callbacks = { on_active_ping = function(symbol)
      for i = 1, 40000 do kept[#kept + 1] = { i } end
    end } })");
  CHECK(out.problem == "test.lua:6: the script used more memory than it is allowed; keep fewer candles or tables");
}

TEST_CASE("The limit holds for every call of the script, again and again", "[script][slow]") {
  Limited bench;
  const auto out = bench.run(R"(
    btk.add_risk { risk_name = "r", validations = { function() if os.date("%H:%M") == "00:00" then repeat until false end end } }
    btk.add_strategy { strategy_name = "s", interval = "1h", risk_name = "r", get_signal = function(_, when, price)
        return long(price, { minute_estimated_time = 10 })
      end,
      callbacks = { on_open = function(symbol, signal, price, when)
        if os.date("%H:%M") == "00:01" then
          local t = {} while true do t[#t % 100 + 1] = #t end
        end
      end } })");
  CHECK(out.problem == "");
  REQUIRE(out.errors().size() == 2);
  CHECK(out.errors()[0] == "test.lua:2: r took longer than 1 s (CC_MAX_SIGNAL_GENERATION_SECONDS)");
  CHECK(out.errors()[1] == "test.lua:8: on_open took longer than 1 s (CC_MAX_SIGNAL_GENERATION_SECONDS)");
  CHECK(out.report().signals.size() == 4);
}

TEST_CASE("The limit holds for runs of the script's own, not for its main chunk", "[script][slow]") {
  Limited bench;
  const auto out = bench.run(R"(
    local names = { strategy_name = "s", exchange_name = "m", frame_name = "f" }
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(symbol, when, price)
      if when == 1704067200000 then while true do end end
      return long(price, { minute_estimated_time = 10 })
    end }
    local a, b = btk.backtest.run("AUSDT", names), btk.backtest.run("BUSDT", names)
    local r, x = a(), 0
    for i = 1, 6e8 do x = x + i % 7 end
    print(r.action, b().action))");
  CHECK(out.problem == "");
  CHECK(out.text() == "opened\topened");
  REQUIRE(out.errors().size() == 2);
  CHECK_THAT(out.errors()[0], Catch::StartsWith("test.lua:4: get_signal took longer than 1 s"));
}

TEST_CASE("A run of many quick calls is not stopped, however long it takes", "[script][slow]") {
  Limited bench;
  const auto out = bench.run(R"(
    btk.add_strategy { strategy_name = "s", get_signal = function()
      local x = 0
      for i = 1, 3e6 do x = x + i % 7 end
    end })");
  CHECK(out.errors().empty());
  CHECK(out.report().signal_calls == 181);
}

TEST_CASE("Another thread stops a script that hangs", "[script][slow]") {
  Limited bench;
  lua::ScriptOptions& options = bench.options;
  TempFolder folder;
  options.files = {folder.write("test.lua", bench.head + R"(
    btk.add_strategy { strategy_name = "s", get_signal = function() while true do end end })")};
  lua::Script script(options, lua::Script::Role::worker, "BTCUSDT", "s");
  script.load();
  script.begin({"BTCUSDT", "s", "m", "f", {}}, std::make_shared<RiskBook>());
  std::thread other([&] {
    std::this_thread::sleep_for(100ms);
    script.interrupt();
  });
  const auto began = std::chrono::steady_clock::now();
  try {
    script.advance({std::numeric_limits<Timestamp>::max(), 1});
    FAIL("it came to an end");
  } catch (const lua::ScriptFailure& failure) {
    CHECK(failure.error().stop == lua::StopReason::interrupted);
  }
  other.join();
  CHECK(std::chrono::steady_clock::now() - began < 900ms);
  CHECK(script.finish().signals.empty());
}
