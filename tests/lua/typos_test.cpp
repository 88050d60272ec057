// A thousand typing mistakes of one letter: every error names the right word.
#include "lua/test_file.h"
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;

namespace {

// typo(name): the name with a letter more, less, other, or swapped with its neighbour. told(known, wrong, message): does
// the message name one of the known words that are one mistake away? Both from a seed of their own.
const char* const kTypos = R"(
    local state = 20240101
    local function random(n) state = (state * 16807) % 2147483647 return state % n + 1 end
    local letters = "abcdefghijklmnopqrstuvwxyz_"
    local function typo(name)
      local at, kind, l = random(#name), random(4), random(#letters)
      local letter = letters:sub(l, l)
      if kind == 1 then return name:sub(1, at) .. letter .. name:sub(at + 1) end
      if kind == 2 then return name:sub(1, at - 1) .. name:sub(at + 1) end
      if kind == 3 then return name:sub(1, at - 1) .. letter .. name:sub(at + 1) end
      return name:sub(1, at - 1) .. name:sub(at + 1, at + 1) .. name:sub(at, at) .. name:sub(at + 2)
    end
    local function near(a, b)   -- one mistake apart, or none
      if a == b then return true end
      local i = 1
      while i <= #a and i <= #b and a:sub(i, i) == b:sub(i, i) do i = i + 1 end
      local x, y = a:sub(i), b:sub(i)
      return x:sub(2) == y or y:sub(2) == x or x:sub(2) == y:sub(2) or
             x:sub(1, 1) == y:sub(2, 2) and x:sub(2, 2) == y:sub(1, 1) and x:sub(3) == y:sub(3)
    end
    local function told(known, wrong, message)   -- in whatever case: some names differ in nothing else
      message, wrong = message:lower(), wrong:lower()
      for _, known_name in ipairs(known) do
        local name = known_name:lower()
        if near(name, wrong) and (message:find("'" .. name .. "'", 1, true) or message:find('"' .. name .. '"', 1, true) or
           message:find("did you mean " .. name .. "?", 1, true)) then return true end
      end
      return false
    end
    local tried = 0
    -- `try(wrong)` must fail with a message that tells.
    local function all(what, known, count, try)
      local names, is = {}, {}
      for _, name in ipairs(known) do
        is[name] = true
        if #name >= 5 then names[#names + 1] = name end
      end
      if #names == 0 then return end
      table.sort(names)
      for i = 1, count do
        local name = names[random(#names)]
        local wrong = typo(name)
        if not is[wrong] then
          local ok, message = pcall(try, wrong)
          if ok then error(what .. ": " .. wrong .. " is accepted") end
          if not told(known, wrong, tostring(message)) then error(what .. ": " .. wrong .. " for " .. name .. ": " .. tostring(message)) end
          tried = tried + 1
        end
      end
    end
)";

}  // namespace

TEST_CASE("Every typing mistake in the name of a function is told with the right name", "[typos]") {
  ScriptBench bench;
  const auto out = bench.run(std::string(kTypos) + R"(
    local function names_of(t) local out = {} for name in pairs(t) do if type(name) == "string" then out[#out + 1] = name end end return out end
    all("btk", names_of(btk), 400, function(wrong) return btk[wrong] end)
    for _, name in ipairs(names_of(btk)) do
      local inner = rawget(btk, name)
      if type(inner) == "table" and next(inner) ~= nil then
        all("btk." .. name, names_of(inner), 12, function(wrong) return inner[wrong] end)
      end
    end
    all("btk.ta.series", names_of(btk.ta.series), 30, function(wrong) return btk.ta.series[wrong] end)
    local frame = btk.series("1m")
    local columns = {}
    for _, name in ipairs(names_of(btk.ta)) do
      if name ~= "series" and not name:find("^cross") then columns[#columns + 1] = name end
    end
    all("a series", columns, 60, function(wrong) return frame[wrong] end)
    all("btk.market", names_of(btk.market), 12, function(wrong) return btk.market[wrong] end)
    all("a market", { "hold", "ramp", "spike", "jump", "volume", "noise", "start", "price", "count", "range", "candles", "get_candles" }, 30,
        function(wrong) return btk.market.flat(1)[wrong] end)
    all("a store", { "get", "set", "has", "delete", "keys", "update" }, 12, function(wrong) return btk.kv.open("x")[wrong] end)
    local wrapped = btk.interval.fn(print, { interval = "1h" })
    all("a wrapped function", { "clear", "gc", "has_value" }, 12, function(wrong) return wrapped[wrong] end)
    print(tried))");
  CHECK_THAT(out.problem, Catch::Matchers::Contains("Strategy not specified"));  // nothing is run
  REQUIRE(out.lines.size() == 1);
  CHECK(std::stoi(out.lines[0]) > 700);
}

TEST_CASE("Every typing mistake in a key is told with the right key", "[typos]") {
  ScriptBench bench;
  const auto out = bench.run(std::string(kTypos) + R"(
    for _, kind in ipairs { "exchange", "frame", "strategy", "risk", "sizing", "action", "walker", "optimizer", "sweep" } do
      local add = btk["add_" .. kind]
      local _, message = pcall(add, { ["???"] = 1 })
      local known = {}
      for name in message:match("it has (.*)$"):gmatch("[%w_]+") do known[#known + 1] = name end
      assert(#known >= 3, message)
      all(kind, known, 60, function(wrong) add { [wrong] = 1 } end)
    end
    local hooks = { "on_tick", "on_open", "on_active", "on_idle", "on_close", "on_schedule", "on_cancel", "on_write",
      "on_partial_profit", "on_partial_loss", "on_breakeven", "on_schedule_ping", "on_active_ping" }
    all("callbacks", hooks, 60, function(wrong) btk.add_strategy { strategy_name = "x", callbacks = { [wrong] = print } } end)
    local config = {}
    for name in pairs(btk.get_config()) do config[#config + 1] = name end
    all("set_config", config, 120, function(wrong) btk.set_config { [wrong] = 1 } end)
    all("broker", { "wait_for_init", "on_order_open_commit", "on_order_close_commit", "on_order_active_check", "on_order_schedule_check",
      "on_partial_profit_commit", "on_partial_loss_commit", "on_trailing_stop_commit", "on_trailing_take_commit", "on_breakeven_commit",
      "on_average_buy_commit", "on_signal_pending_open", "on_signal_pending_close", "on_signal_schedule_open", "on_signal_schedule_cancelled",
      "on_signal_active_ping", "on_signal_schedule_ping", "on_signal_idle_ping" }, 40, function(wrong) btk.use_broker { [wrong] = print } end)
    print(tried))");
  CHECK_THAT(out.problem, Catch::Matchers::Contains("Strategy not specified"));  // nothing is run
  REQUIRE(out.lines.size() == 1);
  CHECK(std::stoi(out.lines[0]) > 500);
}

TEST_CASE("Every typing mistake in a key of the services is told with the right key", "[typos]") {
  ScriptBench bench;
  const auto out = bench.run(std::string(kTypos) + R"(
    local function keys(what, known, call) all(what, known, 25, function(wrong) call { [wrong] = 1 } end) end
    keys("cron.register", { "name", "interval", "symbols", "handler" }, btk.cron.register)
    keys("cache.fn", { "interval", "key" }, function(given) btk.cache.fn(print, given) end)
    keys("interval.file", { "interval", "name", "key" }, function(given) btk.interval.file(print, given) end)
    keys("memory.write_memory", { "signal_id", "bucket_name", "backtest", "when", "memory_id", "value", "description" }, btk.memory.write_memory)
    keys("search_memory", { "bucket_name", "query", "settings" }, btk.search_memory)
    keys("state.get_state", { "signal_id", "bucket_name", "initial_value", "backtest", "when" }, btk.state.get_state)
    keys("create_signal_state", { "bucket_name", "initial_value" }, btk.create_signal_state)
    keys("notification.enable", { "signal", "info", "partial_profit", "partial_loss", "breakeven", "strategy_commit", "order_sync", "order_check",
      "order_fill", "order_reject", "order_continue", "order_stop", "risk", "pause", "common_error", "critical_error", "validation_error" },
      btk.notification.enable)
    keys("set_logger", { "log", "debug", "info", "warn", "error", "trace", "agent" }, btk.set_logger)
    keys("lookup.add_activity", { "symbol", "context", "backtest" }, btk.lookup.add_activity)
    btk.dump.enable()
    keys("dump_record", { "record", "bucket_name", "dump_id", "description" }, btk.dump_record)
    keys("dump.dump_text", { "signal_id", "bucket_name", "dump_id", "description" }, function(given) btk.dump.dump_text("x", given) end)
    print(tried))");
  CHECK_THAT(out.problem, Catch::Matchers::Contains("Strategy not specified"));  // nothing is run
  REQUIRE(out.lines.size() == 1);
  CHECK(std::stoi(out.lines[0]) > 200);
}

TEST_CASE("Every typing mistake in btk.test is told with the right name", "[typos][test]") {
  TempFolder folder;
  lua::TestFileOptions options;
  options.file = folder.write("x_test.lua", std::string("local btk, t = require 'btk', require 'btk.test'") + kTypos + R"(
    local names = {}
    for name in pairs(t) do names[#names + 1] = name end
    all("btk.test", names, 60, function(wrong) return t[wrong] end)
    all("t.run", { "script", "script_text", "strategy", "market", "exchange", "symbol", "symbols", "from", "to", "settings", "seed", "mode",
      "broker", "keep_errors", "http", "llm", "env" }, 60, function(wrong) t.run { [wrong] = 1 } end)
    -- Other names of the same are right, and underlines more or less only separate words.
    local matchers = { "equal", "same", "near", "matches", "contains", "includes", "above", "below", "truthy", "falsy", "trade", "called",
      "called_with", "error_matches", "is_true", "is_false", "is_nil", "is_number", "is_string", "is_table", "is_boolean", "is_function",
      "has_error", "false", "number", "string", "table", "boolean", "function" }
    local known = { equals = true, match = true, contain = true, include = true, falsey = true, has_errors = true, error_match = true }
    for _, name in ipairs(matchers) do known[name] = true end
    all("assert", matchers, 150, function(wrong)
      local plain = wrong:gsub("_+", "_"):gsub("^_", ""):gsub("_$", "")
      if known[plain] then error("'" .. table.concat(matchers, "' '") .. "'") end
      local ok, message = pcall(function() return assert[wrong] end)
      if not ok then error(message .. message:gsub("'is_", "'")) end  -- is_number is said for number, too
    end)
    print(tried))");
  std::vector<std::string> lines;
  options.print = [&](std::string_view line) { lines.emplace_back(line); };
  lua::TestFile(options).load();
  REQUIRE(lines.size() == 1);
  CHECK(std::stoi(lines[0]) > 200);
}

TEST_CASE("Every typing mistake in a signal, a candle or a list is told with the right field", "[typos]") {
  ScriptBench bench;
  const auto out = bench.run(std::string(kTypos) + R"(
    local fields = { "id", "symbol", "position", "price_open", "price_take_profit", "price_stop_loss", "minute_estimated_time",
      "cost", "multiplier", "isolated", "note" }
    local expected
    btk.add_strategy { strategy_name = "s", get_signal = function(symbol, when, price)
      local list = btk.get_candles(symbol, "1m", 3)
      all("candle", { "timestamp", "open", "high", "low", "close", "volume" }, 2, function(wrong) return list[1][wrong] end)
      all("list", { "opens", "highs", "lows", "closes", "volumes", "timestamps", "to_table" }, 2, function(wrong) return list[wrong] end)
      local wrong = typo(fields[random(#fields)])
      for _, name in ipairs(fields) do if name == wrong or near(name, wrong) and #name < 5 then return end end
      expected = wrong
      return { [wrong] = "x" }
    end }
    btk.listen_error(function(event)
      if not told(fields, expected, event.message) then print(event.message) end
    end))");
  CHECK(out.problem == "");
  for (const std::string& error : out.errors()) CHECK_THAT(error, Catch::Matchers::Contains("a signal has no field"));
  CHECK(out.lines == std::vector<std::string>{});
}
