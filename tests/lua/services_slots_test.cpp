// btk.cache, btk.interval and btk.cron in a back-test: once per slot, whatever the calls in it.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

const std::string kClock = "local function minute() return (btk.get_timestamp() - 1704067200000) / 60000 end ";

// Runs `body` in each minute's get_signal.
std::string each_minute(const std::string& before, const std::string& body) {
  return kClock + before + " btk.add_strategy { strategy_name = 's', interval = '1m', get_signal = function(symbol, when, price) " +
         body + " end } ";
}

}  // namespace

TEST_CASE("A cached function is called once per aligned slot, and arguments count only by its key", "[services]") {
  ScriptBench bench;
  auto outcome = bench.run(each_minute(
      R"(local calls = 0
         local f = btk.cache.fn(function(a, b) calls = calls + 1 return a, nil, b end, { interval = "15m" })
         local by_key = btk.cache.fn(function(a) calls = calls + 1 return a end, { interval = "1h", key = function(args) return args[1] end })
         )",
      R"(if minute() < 60 then f(minute(), "x") end
         if minute() == 40 then print(f("other", 2)) print(f.has_value(), f:has_value("any")) end
         if minute() == 59 then print(calls) calls = 0 end
         if minute() == 70 then print(by_key("a"), by_key("b"), by_key("a"), calls, by_key:has_value("c")) end
         if minute() == 80 then print(by_key:gc(), f.gc(), f.gc()) end
         if minute() == 90 then by_key.clear() by_key("a") print(calls, by_key.has_value("b")) end)"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK(outcome.text() == "30\tnil\tx\ntrue\ttrue\n4\na\tb\ta\t2\tfalse\n0\t1\t0\n3\tfalse");
}

TEST_CASE("A wrapped function shares what it has, and a failing one leaves nothing", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(each_minute(
      R"(local calls = 0
         local function work() calls = calls + 1 if calls == 1 then error("not yet") end return calls end
         local one, other = btk.cache.fn(work, { interval = "1d" }), btk.cache.fn(work, { interval = "1m" }))",
      R"(if minute() == 5 then print(pcall(one)) print(one(), other()) end
         if minute() == 9 then print(other()) btk.cache.dispose(work) print(one()) btk.cache.clear() print(other()) end)"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("false\t") && Contains("not yet\n2\t2\n2\n3\n4"));
}

TEST_CASE("Stored caches and intervals go by symbol and slot, or by their key", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(each_minute(
      R"(local calls = 0
         local function f(symbol, x) calls = calls + 1 return { x = x } end
         local file = btk.cache.file(f, { interval = "1h", name = "levels" })
         local again = btk.cache.file(f, { interval = "1h", name = "levels" })
         local keyed = btk.cache.file(f, { interval = "1h", name = "k", key = function(symbol, slot, x) return symbol .. x end })
         local once = btk.interval.file(function(symbol) return minute() ~= 60 and symbol or nil end, { interval = "1h", name = "once" }))",
      R"(if minute() == 10 or minute() == 50 or minute() == 61 then print(file(symbol, minute()).x, calls) end
         if minute() == 70 then print(again(symbol, 1).x, keyed(symbol, 1).x, keyed(symbol, 2).x, keyed(symbol, 1).x, calls) end
         if minute() == 71 then file:clear() print(file.has_value(symbol), again:has_value(symbol), file(symbol, 3).x) end
         local fired = once(symbol)
         if fired then print("fired", minute()) end)"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK(outcome.text() ==
        "fired\t0\n10\t1\n10\t1\n61\t2\nfired\t61\n1\t1\t2\t1\t5\nfalse\ttrue\t3\nfired\t120\nfired\t180");
}

TEST_CASE("An interval fires once per slot and symbol, again when it had nothing to give", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(each_minute(
      R"(local f = btk.interval.fn(function(symbol) if minute() % 30 == 0 then return nil end return symbol .. minute() end, { interval = "30m" }))",
      R"(for _, name in ipairs { "A", "B" } do
           local fired = f(name)
           if fired then print(fired, f.has_value(name), f(name)) end
         end)"));
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK(outcome.text() == "A1\ttrue\tnil\nB1\ttrue\tnil\nA31\ttrue\tnil\nB31\ttrue\tnil\nA61\ttrue\tnil\nB61\ttrue\tnil\n"
                          "A91\ttrue\tnil\nB91\ttrue\tnil\nA121\ttrue\tnil\nB121\ttrue\tnil\nA151\ttrue\tnil\nB151\ttrue\tnil");
}

TEST_CASE("Jobs fire once per slot while flat, waiting and holding, and tell where they are", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(
      kClock + R"(
      local function name(info) return info.symbol .. " " .. (info.when - 1704067200000) / 60000 end
      btk.cron.register { name = "hourly", interval = "1h", handler = function(info)
        print("hourly", name(info), info.backtest, info.current_price, info.context.strategy_name, info.info.team,
              (info.range.to - info.range.from) / 60000) end }
      btk.cron.register { name = "own", interval = "30m", symbols = { "BTCUSDT" }, handler = function(info) print("own", name(info)) end }
      btk.cron.register { name = "other", interval = "30m", symbols = { "ETHUSDT" }, handler = function() print("other") end }
      btk.cron.register { name = "start", handler = function(info) print("start", name(info)) end }
      local stop = btk.cron.register { name = "gone", interval = "1m", handler = function() print("gone") end }
      stop()
      btk.add_strategy { strategy_name = "s", interval = "1m", info = { team = "a" },
        get_signal = function(_, _, price) if minute() == 20 then return long(price, { minute_estimated_time = 100 }) end end } )");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("hourly\tBTCUSDT 0\ttrue\t100\ts\ta\t180"));
  CHECK_THAT(outcome.text(), Contains("start\tBTCUSDT 0"));
  for (const char* line : {"hourly\tBTCUSDT 60\t", "hourly\tBTCUSDT 121\t", "own\tBTCUSDT 30", "own\tBTCUSDT 150"}) {
    CHECK_THAT(outcome.text(), Contains(line));
  }
  CHECK_THAT(outcome.text(), !Contains("other") && !Contains("gone"));
  CHECK(std::count(outcome.lines.begin(), outcome.lines.end(), "own\tBTCUSDT 60") == 1);
  CHECK(outcome.lines.size() == 4 + 7 + 1);  // in minute 120 the position ends, and the ping of 121 is the first one
}

TEST_CASE("A job that fails is reported and tried again in the next minute of its slot", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(
      kClock + R"(
      local tries = 0
      btk.listen_error(function(e) print("error", e.where) end)
      btk.cron.register { name = "job", interval = "1h", handler = function()
        tries = tries + 1
        if tries <= 2 then error("no answer") end
        print("done", minute()) end }
      btk.cron.register { name = "first", handler = function() print("first", minute()) end }
      btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function()
        if minute() == 70 then btk.cron.clear() end
        if minute() == 90 then
          btk.cron.register { name = "job", interval = "1h", handler = function() print("replaced", minute()) end }
        end
        if minute() == 130 then btk.cron.dispose() end
      end })");
  CHECK(outcome.text() == "error\tcron job\nfirst\t0\nerror\tcron job\ndone\t1\ndone\t60\nfirst\t70\nreplaced\t90\nreplaced\t120");
  REQUIRE(outcome.errors().size() == 1);
  CHECK(outcome.errors().front() == "test.lua:6: no answer");
}

TEST_CASE("Mistakes in jobs and wrapped functions are told where the script makes them", "[services]") {
  ScriptBench bench;
  const std::string strategy = "btk.add_strategy { strategy_name = 's' } ";
  CHECK(bench.problem(strategy + "\nbtk.cron.register { name = 'a:b', handler = print }") ==
        "test.lua:2: cron.register: the name 'a:b' has a colon; use another character");
  CHECK(bench.problem(strategy + "\nbtk.cron.register { name = 'a', interval = '15 m', handler = print }") ==
        "test.lua:2: cron.register: unknown interval \"15 m\" (did you mean \"15m\"?); there are 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d");
  CHECK(bench.problem(strategy + "\nbtk.cron.register { name = 'a', handlr = print }") ==
        "test.lua:2: cron.register has no field 'handlr'; did you mean 'handler'?");
  CHECK(bench.problem(strategy + "\nbtk.cron.register { name = 'a', handler = print, symbols = {} }") ==
        "test.lua:2: cron.register: symbols is an empty list; leave it out for all symbols together");
  CHECK(bench.problem(strategy + "\nbtk.cache.fn(5, { interval = '1h' })") ==
        "test.lua:2: cache.fn: the first argument must be a function, got number");
  CHECK(bench.problem(strategy + "\nbtk.cache.fn(print, { interval = '1h' })()") ==
        "test.lua:2: cache.fn works inside a run: call it from get_signal, a callback or a listener");
  CHECK(bench.problem(strategy + "\nbtk.interval.file(print, { interval = '1h' })") ==
        "test.lua:2: interval.file: name is missing; give a text that is not empty");
}
