// What add_, get_, list_ and override_ promise, and how their errors read.
#include "tests/lua/script_bench.h"

using namespace btk::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("A mistake in a schema names the user's line, the field and what to do", "[script]") {
  struct Mistake { const char* line; const char* message; };
  const auto mistake = GENERATE(values<Mistake>({
      {"btk.add_strategy{ strategy_name = 's', get_singal = function() end }",
       "test.lua:2: strategy schema has no field 'get_singal'; did you mean 'get_signal'?"},
      {"btk.add_strategy{ get_signal = function() end }", "test.lua:2: strategy schema has no strategy_name; give it"},
      {"btk.add_strategy{ strategy_name = 5 }",
       "test.lua:2: strategy schema: strategy_name must be a non-empty text, got number 5"},
      {"btk.add_strategy{ strategy_name = 's', interval = '2m' }",
       "test.lua:2: strategy schema: interval must be one of \"1m\", \"3m\", \"5m\", \"15m\", \"30m\", \"1h\", got the text \"2m\""},
      {"btk.add_strategy{ strategy_name = 's', callbacks = { on_closed = print } }",
       "test.lua:2: strategy callbacks has no field 'on_closed'; did you mean 'on_close'?"},
      {"btk.add_strategy{ strategy_name = 's', callbacks = { on_close = 1 } }",
       "test.lua:2: strategy schema: callbacks must be a table of functions ('on_close' is a number), got table"},
      {"btk.add_strategy{ strategy_name = 's', risk_list = { 'a', 'a' } }",
       "test.lua:2: strategy schema: risk_list must be a list without repeats ('a' stands twice), got table"},
      {"btk.add_strategy(nil)", "test.lua:2: add_strategy needs a table, got nil"},
      {"btk.add_exchange{ exchange_name = 'x' }",
       "test.lua:2: exchange 'x' has neither driver nor get_candles; give one of them"},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'csw' }",
       "test.lua:2: unknown driver \"csw\" (did you mean \"csv\"?); there are csv, synthetic, sqlite, binance"},
      {"btk.add_frame{ frame_name = 'x', start_date = 'yesterday', end_date = '2024-01-01' }",
       "test.lua:2: frame schema: start_date must be a date such as \"2024-01-31\" or \"2024-01-31T12:00:00Z\", or "
       "milliseconds since 1970, got the text \"yesterday\""},
      {"btk.add_frame{ frame_name = 'x', start_date = 1704067200, end_date = '2024-01-01' }",
       "test.lua:2: frame schema: start_date must be a date such as \"2024-01-31\", or milliseconds since 1970 such as 1704067200000, got "
       "number 1704067200"},
      {"btk.add_frame{ frame_name = 'x', start_date = '2024-01-01', end_date = 0/0 }",
       "test.lua:2: frame schema: end_date must be a date such as \"2024-01-31\", or milliseconds since 1970 such as 1704067200000, got "
       "number "},
      {"btk.add_frame{ frame_name = 'x', start_date = '2024-02-01', end_date = '2024-01-01' }",
       "test.lua:2: frame 'x' ends (2024-01-01) before it starts (2024-02-01)"},
      {"btk.add_sizing{ sizing_name = 'x', method = 'fixed-percentage' }",
       "test.lua:2: sizing 'x' (fixed-percentage) needs risk_percentage"},
      {"btk.add_sizing{ sizing_name = 'x', method = 'fixed-percentage', risk_percentage = 1, kelly_multiplier = 0.5 }",
       "test.lua:2: sizing 'x' (fixed-percentage) has no field 'kelly_multiplier'; it belongs to method \"kelly-criterion\""},
      {"btk.add_sizing{ sizing_name = 'x', method = 'kelly-criterion', risk_percentage = 1 }",
       "test.lua:2: sizing 'x' (kelly-criterion) has no field 'risk_percentage'; it belongs to method \"fixed-percentage\", \"atr-based\""},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', path = 'x.csv' }",
       "test.lua:2: exchange 'x' (synthetic) has no field 'path'; it belongs to driver \"csv\", \"sqlite\", \"binance\""},
      {"btk.add_exchange{ exchange_name = 'x', get_candles = print, seed = 1 }",
       "test.lua:2: exchange 'x' (get_candles) has no field 'seed'; it belongs to driver \"synthetic\""},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', start_price = 0 }",
       "test.lua:2: exchange schema: start_price must be a number from 0.000001 to 1e9, got number 0"},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', start_price = 1e308 }",
       "test.lua:2: exchange schema: start_price must be a number from 0.000001 to 1e9, got number 1e+308"},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', start_price = 0/0 }",
       "test.lua:2: exchange schema: start_price must be a number from 0.000001 to 1e9, got number "},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', volatility = -1 }",
       "test.lua:2: exchange schema: volatility must be a number from 0 to 0.02 (0.001 is 0.1 % a minute), got number -1"},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', seed = 1.5 }",
       "test.lua:2: exchange schema: seed must be a whole number from 0 to 9007199254740991, got number 1.5"},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', seed = -1 }",
       "test.lua:2: exchange schema: seed must be a whole number from 0 to 9007199254740991, got number -1"},
      {"btk.add_exchange{ exchange_name = 'x', driver = 'synthetic', seed = 2^53 }",
       "test.lua:2: exchange schema: seed must be a whole number from 0 to 9007199254740991, got number 9.00719925474"},
      {"btk.add_risk{ risk_name = 'r', validations = { 1 } }",
       "test.lua:2: risk schema: validations must be a list of functions or { validate =, note = } tables (see item 1), got table"},
      {"btk.add_risk{ risk_name = 'r', validations = { { validat = print } } }",
       "test.lua:2: a risk validation has no field 'validat'; did you mean 'validate'?"},
      {"btk.add_action{ action_name = 'a', handler = { on_signals = print } }",
       "test.lua:2: an action handler has no field 'on_signals'; did you mean 'on_signal'?"},
      {"btk.add_walker{ walker_name = 'w', exchange_name = 'm', frame_name = 'f', strategies = {} }",
       "test.lua:2: walker 'w' lists no strategies"},
      {"btk.add_exchange{ exchange_name = 'files', driver = 'csv' }",
       "test.lua:2: exchange 'files' (csv) has no path; give the files"},
      {"btk.ta.smaa({ 1, 2 }, 2)", "test.lua:2: btk.ta has no function 'smaa'; did you mean 'sma'?"},
      {"btk.add_exchange{ exchange_name = 'm', driver = 'csv', path = 'x.csv' }",
       "test.lua:2: exchange \"m\" is already registered; give it another name"},
      {"btk.get_strategy('nothing')", "test.lua:2: strategy \"nothing\" is not registered"},
      {"btk.add_strategy{ strategy_name = 'a' } btk.add_strategy{ strategy_name = 'b' } btk.get_strategy('nothing')",
       "test.lua:2: strategy \"nothing\" is not registered; there are a, b"},
      {"btk.get_frame('nothing')", "test.lua:2: frame \"nothing\" is not registered; there is f"},
      {"btk.override_frame{ start_date = '2024-01-01' }",
       "test.lua:2: override_frame: frame_name is missing; say which one"},
      {"btk.add_strategi{}", "test.lua:2: btk has no function 'add_strategi'; did you mean 'add_strategy'?"},
      {"btk.set_config{ CC_PERCENT_FEES = 1 }",
       "test.lua:2: set_config: unknown key CC_PERCENT_FEES (did you mean CC_PERCENT_FEE?)"},
      {"btk.set_symbols{}", "test.lua:2: set_symbols needs a list of symbols"},
      {"btk.listen_signal(5)", "test.lua:2: listen_signal needs a function, got number"},
      {"btk.listen_signal_once(function() end)", "test.lua:2: listen_signal_once needs a function, got nil"},
      {"btk.get_candles('BTCUSDT', '1m', 5)",
       "test.lua:2: get_candles works inside a run: call it from get_signal, a callback or a listener"},
      {"btk.backtest.run('BTCUSDT', { strategy_name = 's' })", "test.lua:2: strategy \"s\" is not registered"},
      {"btk.backtest.run('BTCUSDT', {})", "test.lua:2: backtest.run: strategy_name is missing"},
      {"btk.http.get('http://localhost')", "test.lua:2: btk.http.get works in paper and live runs, not in a back-test"},
      {"btk.use_broker{ on_order_open = print }",
       "test.lua:2: a broker has no hook 'on_order_open'"},
      {"btk.add_strategy{ strategy_name = 's', risk_name = 'nobody' }", 
       "test.lua:2: strategy 's': risk \"nobody\" is not registered"},
      {"\nbtk.add_walker{ walker_name = 'w', exchange_name = 'm', frame_name = 'g', strategies = { 'a' } }",
       "test.lua:3: walker 'w': frame \"g\" is not registered"},
      {"btk.add_strategy{ strategy_name = 's', actions = { 'a' } } btk.add_action{ action_name = 'b', handler = {} }",
       "test.lua:2: strategy 's': action \"a\" is not registered"},
      {"btk.ta.smaa({ 1 }, 1)", "test.lua:2: btk.ta has no function 'smaa'; did you mean 'sma'?"},
  }));
  ScriptBench bench;
  CAPTURE(mistake.line);
  CHECK_THAT(bench.problem(std::string("\n") + mistake.line), StartsWith(mistake.message));
}

TEST_CASE("A failed add_ reserves nothing", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    print(pcall(btk.add_strategy, { strategy_name = "s", interval = "7m" }))
    print(#btk.list_strategy())
    btk.add_strategy { strategy_name = "s", get_signal = function() end }
    print(#btk.list_strategy()))");
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 3);
  CHECK_THAT(out.lines[0], StartsWith("false\t"));
  CHECK(out.lines[1] + out.lines[2] == "01");
}

TEST_CASE("list_ and get_ show overrides, and only the fields that users know", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    btk.add_strategy { strategy_name = "s", interval = "5m", note = "first" }
    local merged = btk.override_strategy { strategy_name = "s", note = "second" }
    merged.note = "changed outside"
    local s = btk.list_strategy()[1]
    print(s.strategy_name, s.interval, s.note, btk.get_strategy("s").note)
    local names = {}
    for name in pairs(s) do names[#names + 1] = name end
    print(table.concat(names, " "))
    print(pcall(btk.override_strategy, { strategy_name = "s", interval = "9m" }))
    print(btk.get_strategy("s").interval)
    for name in pairs(btk.get_exchange("m")) do print(name) end)");
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 6);
  CHECK(out.lines[0] == "s\t5m\tsecond\tsecond");
  CHECK(out.lines[1] == "interval note strategy_name");
  CHECK_THAT(out.lines[2], Contains("interval must be one of"));
  CHECK(out.lines[3] == "5m");
  CHECK(out.lines[4] + " " + out.lines[5] == "driver exchange_name");
}

TEST_CASE("An override that makes another choice takes the fields of the one before away", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    btk.add_strategy { strategy_name = "s", get_signal = function() end }
    btk.add_exchange { exchange_name = "x", driver = "csv", path = "x.csv", gaps = "error" }
    local x = btk.override_exchange { exchange_name = "x", driver = "synthetic", seed = 3 }
    print(x.driver, x.path, x.seed, x.gaps)
    print(btk.override_exchange { exchange_name = "x", start_price = 5 }.seed)
    print(btk.override_exchange { exchange_name = "x", get_candles = function() end }.seed)
    print(pcall(btk.override_exchange, { exchange_name = "x", seed = 4 }))
    btk.add_sizing { sizing_name = "k", method = "atr-based", risk_percentage = 1, atr_multiplier = 3, min_position_size = 2 }
    local k = btk.override_sizing { sizing_name = "k", method = "kelly-criterion" }
    print(k.risk_percentage, k.atr_multiplier, k.min_position_size))");
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 5);
  CHECK(out.lines[0] == "synthetic\tnil\t3\terror");
  CHECK(out.lines[1] == "3");
  CHECK(out.lines[2] == "nil");
  CHECK_THAT(out.lines[3], Contains("exchange 'x' (get_candles) has no field 'seed'"));
  CHECK(out.lines[4] == "nil\tnil\t2");
}

TEST_CASE("A registered schema does not follow later changes of the user's table", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    local mine = { strategy_name = "s", note = "mine", get_signal = function() end }
    btk.add_strategy(mine)
    mine.note = "changed"
    print(btk.get_strategy("s").note))");
  CHECK(out.text() == "mine");
}

TEST_CASE("Configuration: merged, checked as a whole, all or nothing, fixed once a run has begun", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    btk.set_config { CC_PERCENT_FEE = 0.05 }
    print(btk.get_config().CC_PERCENT_FEE, btk.get_default_config().CC_PERCENT_FEE)
    print(pcall(btk.set_config, { CC_PERCENT_FEE = 0.01, CC_PERCENT_SLIPPAGE = -1 }))
    print(btk.get_config().CC_PERCENT_FEE)
    print(pcall(btk.set_config, { CC_PERCENT_FEE = "0.01" }))
    btk.set_config({ CC_MIN_STOPLOSS_DISTANCE_PERCENT = 0 }, true)
    btk.add_strategy { strategy_name = "s", get_signal = function() end }
    for r in btk.backtest.run("BTCUSDT", { strategy_name = "s", exchange_name = "m", frame_name = "f" }) do end
    print(pcall(btk.set_config, { CC_PERCENT_FEE = 0.1 })))");
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 5);
  CHECK(out.lines[0] == "0.05\t0.1");
  CHECK_THAT(out.lines[1], Contains("CC_PERCENT_SLIPPAGE"));
  CHECK(out.lines[2] == "0.05");
  CHECK_THAT(out.lines[3], Contains("CC_PERCENT_FEE must be a number or true/false, got the text \"0.01\""));
  CHECK_THAT(out.lines[4], Contains("a run has begun"));
}

TEST_CASE("Settings of the command line win over those of the script, also in the script's own runs", "[script]") {
  ScriptBench bench;
  bench.options.settings = {{"CC_PERCENT_FEE", "0.2"}, {"CC_MIN_TAKEPROFIT_DISTANCE_PERCENT", "0.7"}};
  const auto out = bench.run(R"(
    btk.set_config { CC_PERCENT_FEE = 0.05 }
    print(btk.get_config().CC_PERCENT_FEE))");
  CHECK(out.text() == "0.2");
}

TEST_CASE("Without a strategy, exchange or frame the runs cannot be planned", "[script]") {
  ScriptBench bench;
  CHECK(bench.problem("") == "Strategy not specified: test.lua registers none; call btk.add_strategy{...} in it");
  bench.head = "local btk = require 'btk' btk.add_strategy{ strategy_name = 's' } ";
  CHECK(bench.problem("") == "Exchange not specified: test.lua registers none; call btk.add_exchange{...} in it");
  bench.head += "btk.add_exchange{ exchange_name = 'm', driver = 'synthetic' } ";
  CHECK(bench.problem("") == "Frame not specified: test.lua registers none; call btk.add_frame{...} in it, or give --from and --to");
}

TEST_CASE("Nothing is added to the global table", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    local before = {}
    for name in pairs(_G) do before[name] = true end
    require "btk"
    for name in pairs(_G) do if not before[name] then print(name) end end
    print(rawget(_G, "btk")))");
  CHECK(out.text() == "nil");
}

TEST_CASE("A script that also runs live may name what a back-test does not serve", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    local http = btk.http
    btk.use_broker { on_order_open_commit = function() error(btk.order_rejected("no")) end }
    btk.broker.enable()
    btk.add_strategy { strategy_name = "s", get_signal = function(_, _, price) return long(price) end }
    print(tostring(btk.order_deleted("gone"))))");
  CHECK(out.problem == "");
  CHECK(out.text() == "gone");
  CHECK(out.report().signals.size() == 3);
}

TEST_CASE("A caught error tells the script's own line, whoever found the mistake", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    for _, try in ipairs {
      function() return btk.set_config { CC_PERCENT_FE = 1 } end,
      function() return btk.add_exchange { exchange_name = "e", driver = "csvv" } end,
      function() return btk.stats.closed_signals { {} } end,
      function() return btk.include "missing.lua" end,
    } do
      local ok, message = pcall(try)
      print(ok, (message:match('^.-test%.lua:%d+: (%S+ %S+)')))
    end
    print((select(2, pcall(btk.set_config, { CC_PERCENT_FE = 1 })):match('^.-test%.lua:%d+: (%S+)')))
    btk.add_strategy { strategy_name = "s", get_signal = function() end })");
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"false\tset_config: unknown", "false\tunknown driver",
                                              "false\tstats.closed_signals: item", "false\tcannot read", "set_config:"});
}
