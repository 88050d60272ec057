// What get_signal is given, and what becomes of its answers.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

/// A strategy "s" whose get_signal has this body; it begins on line 2.
std::string strategy(const std::string& body, const std::string& more = "") {
  return "\nbtk.add_strategy { strategy_name = 's', interval = '30m', get_signal = function(symbol, when, price)\n" + body +
         "\nend " + more + " }";
}

}  // namespace

TEST_CASE("get_signal is called with symbol, moment and average price", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(strategy(R"(print(symbol, when, price, btk.get_date(), os.time(), os.date("%H:%M")))"));
  REQUIRE(out.lines.size() == 7);  // 00:00, 00:30 ... 03:00
  CHECK(out.lines[0] == "BTCUSDT\t1704067200000\t100\t2024-01-01T00:00:00.000Z\t1704067200\t00:00");
  CHECK(out.lines[6] == "BTCUSDT\t1704078000000\t100\t2024-01-01T03:00:00.000Z\t1704078000\t03:00");
}

TEST_CASE("nil is no signal; a sound table opens a position", "[script]") {
  ScriptBench bench;
  CHECK(bench.run(strategy("return nil")).report().signals.empty());
  const auto out = bench.run(strategy("return long(price, { note = 'why', id = 'mine', cost = 50 })"));
  REQUIRE(out.report().signals.size() == 1);  // the id of the newest position is not taken twice
  const FinishedSignal& s = out.report().signals[0];
  CHECK(s.signal.id == "mine");
  CHECK(s.signal.note == "why");
  CHECK(s.signal.cost == 50);
  CHECK(out.report().errors.empty());
}

TEST_CASE("A wrong answer is a script error at get_signal's own line", "[script]") {
  struct Wrong { const char* answer; const char* message; };
  const auto wrong = GENERATE(values<Wrong>({
      {"return 5", "test.lua:2: a signal must be a table or nil, got number"},
      {"return { position = 'long', price_take_profti = 1 }",
       "test.lua:2: a signal has no field 'price_take_profti'; did you mean 'price_take_profit'?"},
      {"return { position = 'long', tp = 1 }", "test.lua:2: a signal has no field 'tp'; it has id, symbol, position, price_open"},
      {"return { price_take_profit = 1, price_stop_loss = 2 }",
       "test.lua:2: the signal has no position; give position = \"long\" or \"short\""},
      {"return { position = 'buy' }", "test.lua:2: the signal's position must be \"long\" or \"short\", got \"buy\""},
      {"return long(price, { price_stop_loss = '90' })",
       "test.lua:2: the signal's price_stop_loss must be a number, got the text \"90\""},
      {"return long(price, { isolated = 1 })", "test.lua:2: the signal's isolated must be true or false, got number"},
      {"return { position = 'long', price_stop_loss = 90 }", "test.lua:2: the signal has no price_take_profit; give a price"},
      {"return { position = 'long', price_take_profit = 110 }", "test.lua:2: the signal has no price_stop_loss; give a price"},
      {"return long(price, { symbol = 'ETHUSDT' })",
       "test.lua:2: the signal names symbol \"ETHUSDT\", this run trades BTCUSDT; leave symbol out"},
      {"local function deep() return 1 + deep() end return deep()", "test.lua:2: stack overflow"},
      {"return { 1, 2 }", "test.lua:2: a signal's fields have names, got a key of type number"},
      {"local x = nil; return x.y", "test.lua:3: attempt to index local 'x' (a nil value)"},
      {"error('I give up')", "test.lua:3: I give up"},
      {"error({ code = 1 })", "test.lua:3: (error value is a table, not a text)"},
  }));
  ScriptBench bench;
  CAPTURE(wrong.answer);
  const auto out = bench.run(strategy(wrong.answer));
  REQUIRE(out.errors().size() == 1);
  CHECK_THAT(out.errors()[0], Catch::StartsWith(wrong.message));
  CHECK(out.report().errors[0].count == 7);
  CHECK(out.report().errors[0].first_at == kStart);
  CHECK(out.report().errors[0].where == "get_signal");
  CHECK(out.report().signals.empty());
}

TEST_CASE("A signal that breaks a rule is refused at that minute, which is no script error", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(strategy("if btk.get_timestamp() == 1704069000000 then "
                                      "return long(price, { price_take_profit = price * 1.001 }) end") +
                             R"(
    btk.listen_error(function(e) print(e.timestamp, e.codes[1], e.message, e.symbol, e.strategy_name) end))");
  CHECK(out.errors().empty());
  REQUIRE(out.lines.size() == 1);
  CHECK_THAT(out.lines[0], Catch::StartsWith("1704069000000\ttp_too_close\tprice_take_profit is 0.10 %"));
  CHECK_THAT(out.lines[0], Catch::EndsWith("BTCUSDT\ts"));
}

TEST_CASE("An error in a tick leaves the next ticks alone", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(strategy("if when == 1704067200000 then error('first') end return long(price)"));
  CHECK(out.errors().size() == 1);
  CHECK(out.report().signals.size() == 3);
}

TEST_CASE("A strategy without get_signal never trades", "[script]") {
  ScriptBench bench;
  CHECK(bench.run("btk.add_strategy { strategy_name = 's' }").report().signals.empty());
}

TEST_CASE("btk.params holds the first value of what a sweep may vary", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(strategy("print(btk.params.fast, btk.params.mode, btk.params.fixed) return nil",
                                      ", params = { fast = { 5, 50, step = 5 }, mode = { 'a', 'b' }, fixed = 3 }"));
  CHECK(out.lines.front() == "5\ta\t3");
  CHECK_THAT(bench.problem("\nprint(btk.params.fast)"), Contains("test.lua:2: params works inside a run"));
  CHECK_THAT(bench.problem("\nbtk.add_strategy{ strategy_name = 's', params = { fast = {} } }"),
             Contains("test.lua:2: strategy schema: params must be a table whose entries"));
}

TEST_CASE("Where am I: symbol, mode, names, moment", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(strategy(R"(
    local c, i = btk.get_context(), btk.get_runtime_info()
    print(btk.get_symbol(), btk.get_mode(), btk.get_timestamp() == when, c.strategy_name, c.exchange_name, c.frame_name)
    print(i.symbol, i.strategy_name, i.backtest, i.timestamp == when, i.current_price == price, i.info.tag)
    return nil)", ", info = { tag = 'x' }"));
  CHECK(out.lines[0] == "BTCUSDT\tbacktest\ttrue\ts\tm\tf");
  CHECK(out.lines[1] == "BTCUSDT\ts\ttrue\ttrue\ttrue\tx");
}

TEST_CASE("math.random and the clock are the same in every run of the same names", "[script]") {
  ScriptBench bench;
  const std::string script = strategy("print(math.random(1e9), os.time(), os.clock()) return nil");
  const auto hosted = bench.run(script);
  CHECK(hosted.lines == bench.run(script).lines);
  const std::string own = R"(
    for i = 1, 2 do
      for r in btk.backtest.run("BTCUSDT", { strategy_name = "s", exchange_name = "m", frame_name = "f" }) do end
    end)";
  const auto twice = bench.run(script + own);
  CHECK(twice.problem == "");
  auto expected = hosted.lines;
  expected.insert(expected.end(), hosted.lines.begin(), hosted.lines.end());
  CHECK(twice.lines == expected);
  bench.options.seed = 2;
  CHECK(bench.run(script).lines != hosted.lines);
}

TEST_CASE("Two runs of the same script have the same hash, another seed another one", "[script]") {
  ScriptBench bench;
  bench.prices = [](int m) { return 100 + 3 * std::sin(m / 7.0); };
  const std::string script = strategy("if math.random() < 0.5 then return long(price) end");
  const std::string hash = bench.run(script).report().run_hash;
  CHECK(hash.size() == 64);
  CHECK(bench.run(script).report().run_hash == hash);
  bench.options.seed = 2;
  CHECK(bench.run(script).report().run_hash != hash);
}
