// Market data as scripts read it: candle lists, raw windows, averages, and the
// promise that nothing leads past the present moment.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Runs `body` once, at 01:07 of the frame.
ScriptOutcome at_0107(const std::string& body) {
  ScriptBench bench;
  bench.prices = [](int m) { return 1000 + m; };
  return bench.run("\nbtk.add_strategy { strategy_name = 's', get_signal = function(symbol, when, price)\n"
                   "if os.date('%H:%M') ~= '01:07' then return end local function value(...) print(...) end\n" +
                   body + "\nend }");
}

}  // namespace

TEST_CASE("A candle list counts from the oldest to the newest closed candle", "[script]") {
  const auto out = at_0107(R"(
    local list = btk.get_candles(symbol, "1m", 3)
    print(#list, list[1].timestamp, list[3].timestamp, list[#list].close, list[1].open, list[1].high, list[1].low)
    for i, c in ipairs(list) do print(i, c.close, c.volume > 0) end
    print(table.concat(list:closes(), " "), #list:opens(), #list:highs(), #list:lows(), #list:volumes(), list:timestamps()[3])
    local t = list:to_table()
    t[1].close = 7
    print(type(t), t[1].close, list[1].close, t[2].open, t[2].timestamp))");
  CHECK(out.errors().empty());
  CHECK(out.lines == std::vector<std::string>{
                         "3\t1704071040000\t1704071160000\t1066\t1063\t1064\t1063", "1\t1064\ttrue", "2\t1065\ttrue",
                         "3\t1066\ttrue", "1064 1065 1066\t3\t3\t3\t3\t1704071160000", "table\t7\t1064\t1064\t1704071100000"});
}

TEST_CASE("Only whole closed candles of longer intervals are visible", "[script]") {
  const auto out = at_0107(R"(
    for _, interval in ipairs { "1m", "5m", "15m", "1h", "1d" } do
      local last = btk.get_candles(symbol, interval, 1)[1]
      print(interval, os.date("%d %H:%M", last.timestamp / 1000), last.close, btk.get_close_price(symbol, interval))
    end)");
  CHECK(out.lines == std::vector<std::string>{"1m\t01 01:06\t1066\t1066", "5m\t01 01:00\t1064\t1064", "15m\t01 00:45\t1059\t1059",
                                              "1h\t01 00:00\t1059\t1059", "1d\t31 00:00\t999\t999"});
}

TEST_CASE("Reading outside of a list, and what a list has not, are errors at the user's line", "[script]") {
  struct Wrong { const char* code; const char* message; };
  const auto wrong = GENERATE(values<Wrong>({
      {"return btk.get_candles(symbol, '1m', 3)[4]", "test.lua:4: candle 4 asked from a list of 3; the oldest is 1, the newest 3"},
      {"local c = btk.get_candles(symbol, '1m', 3)[0]", "test.lua:4: candle 0 asked from a list of 3"},
      {"local c = btk.get_candles(symbol, '1m', 3)[-1]", "test.lua:4: candle -1 asked from a list of 3"},
      {"local c = btk.get_candles(symbol, '1m', 3)[1.5]", "test.lua:4: candle 1.5 asked from a list of 3"},
      {"local c = btk.get_candles(symbol, '1m', 3)[0/0]", "test.lua:4: candle nan asked from a list of 3"},
      {"local c = btk.get_candles(symbol, '1m', 3)[1].closed",
       "test.lua:4: a candle has no field 'closed'; it has timestamp, open, high, low, close, volume"},
      {"local c = btk.get_candles(symbol, '1m', 3).close", "test.lua:4: a candle list has no field 'close'"},
      {"local c = btk.get_candles(symbol, '1m', 3).closes()", "test.lua:4: call it with a colon: list:closes()"},
      {"for k in pairs(btk.get_candles(symbol, '1m', 3)) do end", "test.lua:4: pairs does not walk candles; use ipairs(list), or for i = 1, #list"},
      {"btk.get_candles(symbol, '1m', 3)[1].open = 5", "test.lua:4: a candle cannot be changed; list:to_table() gives plain tables"},
      {"btk.get_candles(symbol, '1m', 3)[1].close = 5", "test.lua:4: a candle cannot be changed; list:to_table() gives plain tables"},
      {"table.insert(btk.get_candles(symbol, '1m', 3), {})",
       "test.lua:4: bad argument #1 to 'insert' (table expected, got candles, which are read-only; list:to_table() gives plain tables)"},
      {"return btk.get_candles(symbol, '1m', 3)[1] + 1", "test.lua:4: attempt to perform arithmetic on 'candles' and 'number'"},
      {"return btk.get_candles(symbol, '1m', 3)[1] < 1", "test.lua:4: attempt to compare 'candles' with 'number'"},
      {"return #btk.get_candles(symbol, '1m', 3)[1]", "test.lua:4: attempt to get length of 'candles'"},
      {"btk.get_candles(symbol, '1m', 3)[1] = 5", "test.lua:4: a candle cannot be changed"},
      {"btk.get_candles(symbol, '2m', 3)", "test.lua:4: unknown candle interval \"2m\""},
      {"btk.get_candles(symbol, '12h', 3)", "test.lua:4: unknown candle interval \"12h\""},
      {"btk.get_candles(symbol, nil, 3)", "test.lua:4: unknown candle interval \"nil\""},
      {"btk.get_candles(symbol, '1m', 0)", "test.lua:4: get_candles: limit must be a whole number above zero, got 0"},
      {"btk.get_candles(symbol, '1m', 1.5)", "test.lua:4: get_candles: limit must be a whole number above zero, got 1.5"},
      {"btk.get_candles(symbol, '1m', '5')", "test.lua:4: get_candles: limit must be a whole number above zero, got 5"},
      {"btk.get_candles(symbol, '1m')", "test.lua:4: get_candles: limit must be a whole number above zero, got nil"},
      {"btk.get_candles(nil, '1m', 5)", "test.lua:4: get_candles: symbol must be a text, got nil"},
      {"btk.get_candles('MISSING', '1m', 5)", "test.lua:4: exchange \"m\" has no candles of MISSING"},
      {"btk.get_raw_candles(symbol, '1m')", "test.lua:4: get_raw_candles needs a limit, or start and stop"},
      {"btk.get_raw_candles(symbol, '1m', nil, when)", "test.lua:4: get_raw_candles needs a limit, or start and stop"},
      {"btk.get_raw_candles(symbol, '1m', 5, nil, when + 1)", "test.lua:4: get_raw_candles: stop lies after the present moment 2024-01-01 01:07"},
      {"btk.get_raw_candles(symbol, '1m', 5, when - 60000)", "test.lua:4: get_raw_candles: 5 candles from 2024-01-01 01:06 reach past the present"},
      {"btk.get_raw_candles(symbol, '1m', 5, when - 600000, when - 540000)", "test.lua:4: get_raw_candles: 5 candles from start reach past stop"},
      {"btk.get_raw_candles(symbol, '1m', nil, when, when)", "test.lua:4: get_raw_candles: start must lie before stop"},
      {"btk.get_raw_candles(symbol, '1m', 5, 'soon')", "test.lua:4: get_raw_candles: start must be a date or milliseconds, got soon"},
      {"btk.get_raw_candles(symbol, '1m', nil, 0/0, 0/0)", "test.lua:4: get_raw_candles: start must be a date or milliseconds, got nan"},
      {"btk.get_raw_candles(symbol, '1m', nil, 0, 0/0)", "test.lua:4: get_raw_candles: stop must be a date or milliseconds, got nan"},
      {"btk.get_raw_candles(symbol, '1m', 5, 0/0)", "test.lua:4: get_raw_candles: start must be a date or milliseconds, got nan"},
      {"btk.get_raw_candles(symbol, '1m', 5, nil, 0/0)", "test.lua:4: get_raw_candles: stop must be a date or milliseconds, got nan"},
      {"btk.get_raw_candles(symbol, '1m', 5, -math.huge)", "test.lua:4: get_raw_candles: start must be a date or milliseconds, got -inf"},
      {"btk.get_raw_candles(symbol, '1m', nil, -math.huge, when)", "test.lua:4: get_raw_candles: start must be a date or milliseconds, got -inf"},
      {"btk.get_raw_candles(symbol, '1m', nil, when, math.huge)", "test.lua:4: get_raw_candles: stop must be a date or milliseconds, got inf"},
      {"btk.get_raw_candles(symbol, '1m', 0/0)", "test.lua:4: get_raw_candles: limit must be a whole number above zero, got nan"},
      {"btk.get_raw_candles(symbol, '1m', math.huge)", "test.lua:4: get_raw_candles: limit must be a whole number above zero, got inf"},
      {"btk.get_candles(symbol, '1m', 0/0)", "test.lua:4: get_candles: limit must be a whole number above zero, got nan"},
      {"btk.get_candles(symbol, '5m', math.huge)", "test.lua:4: get_candles: limit must be a whole number above zero, got inf"},
      {"btk.get_candles('ETHUSDT', '1m', 1e300)", "test.lua:4: get_candles: limit is too large: 1e+300"},
      {"btk.series('1m').close:at(0/0)", "test.lua:4: series close 1m: [0] is the newest closed candle, [1] the one before; got [nan]"},
      {"btk.market.flat(100):at(0/0)", "test.lua:4: market.at: a number of minutes is needed, got nan"},
      {"btk.market.flat(100):start(0/0)", "test.lua:4: market.start: a date at a whole minute is needed, got nan"},
      {"btk.market.flat(100):noise(math.huge)", "test.lua:4: market.noise: the seed must be a whole number, got inf"},
      {"btk.get_next_candles(symbol, '1m', 5)", "test.lua:4: get_next_candles looks into the future"},
      {"btk.get_order_book(symbol, 0)", "test.lua:4: get_order_book: depth must be a whole number above zero, got 0"},
      {"btk.get_order_book(symbol)", "test.lua:4: exchange 'm' has no get_order_book"},
      {"btk.get_aggregated_trades(symbol, 5)", "test.lua:4: exchange 'm' has no get_aggregated_trades"},
      {"btk.format_price(symbol, 'x')", "test.lua:4: format_price needs a number, got string"},
      {"btk.ta.sma(5, 3)", "test.lua:4: ta.sma needs a candle list or a table, got number"},
      {"local list = btk.get_candles(symbol, '1m', 20) btk.ta.sma(list[20], 5)",
       "test.lua:4: ta.sma needs a candle list or a table, got a single candle"},
      {"btk.ta.atr(btk.get_candles(symbol, '1m', 20)[1], 5)", "test.lua:4: ta.atr needs a candle list or a table, got a single candle"},
      {"local c = btk.get_candles(symbol, '1m', 3)[1][{}]", "test.lua:4: a candle has no field 'table: 1'; it has timestamp"},
      {"local c = btk.get_candles(symbol, '1m', 3)[{}]", "test.lua:4: a candle list has no field 'table: 1'"},
  }));
  CAPTURE(wrong.code);
  const auto out = at_0107(wrong.code);
  CHECK(out.problem == "");
  REQUIRE(out.errors().size() == 1);
  CHECK_THAT(out.errors()[0], StartsWith(wrong.message));
}

TEST_CASE("get_raw_candles: the five ways to name a window", "[script]") {
  const auto out = at_0107(R"(
    local function show(...)
      local list = btk.get_raw_candles(symbol, "5m", ...)
      print(#list, os.date("%H:%M", list[1].timestamp / 1000), os.date("%H:%M", list[#list].timestamp / 1000))
    end
    show(3)
    show(3, when - 40 * 60000)
    show(3, nil, when)
    show(nil, when - 30 * 60000, when)
    show(2, "2024-01-01T00:30", "2024-01-01T01:00:00Z"))");
  CHECK(out.errors().empty());
  CHECK(out.lines == std::vector<std::string>{"3\t00:50\t01:00", "3\t00:25\t00:35", "3\t00:50\t01:00", "6\t00:35\t01:00", "2\t00:30\t00:35"});
}

TEST_CASE("Averages and formats", "[script]") {
  const auto out = at_0107(R"(
    print(btk.get_average_price(symbol) == price, btk.get_average_price("ETHUSDT") == price)
    print(btk.format_price(symbol, 1.005), btk.format_quantity(symbol, 0.1)))");
  CHECK(out.text() == "true\ttrue\n1.00\t0.10000000");
}

TEST_CASE("A kept list stays valid and unchanged for the whole run", "[script]") {
  ScriptBench bench;
  bench.prices = [](int m) { return 1000 + m; };
  const auto out = bench.run(R"(
    local kept, sums = {}, {}
    local function sum(list) local s = 0 for i = 1, #list do s = s + list[i].close end return s end
    btk.add_strategy { strategy_name = "s", interval = "15m", get_signal = function(symbol)
      for i, list in ipairs(kept) do assert(sum(list) == sums[i]) end
      for _, interval in ipairs { "1m", "15m" } do
        kept[#kept + 1] = btk.get_candles(symbol, interval, 20)
        sums[#sums + 1] = sum(kept[#kept])
      end
      collectgarbage()
      print(#kept)
    end })");
  CHECK(out.errors().empty());
  REQUIRE(out.lines.size() == 13);
  CHECK(out.lines.back() == "26");
}

TEST_CASE("Asking for more history than there is makes a warm-up tick, not an error", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    btk.add_strategy { strategy_name = "s", get_signal = function(symbol)
      btk.get_candles(symbol, "1h", 26)
      print(btk.get_date())
    end })");
  CHECK(out.errors().empty());
  CHECK(out.report().warmup_ticks == 120);
  REQUIRE(!out.lines.empty());
  CHECK(out.lines.front() == "2024-01-01T02:00:00.000Z");
}

TEST_CASE("In a callback too little history is an error like any other", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(_, _, price) return long(price) end,
      callbacks = { on_open = function(symbol)
        btk.get_candles(symbol, "1d", 9)
      end } })");
  REQUIRE(out.errors().size() == 3);
  CHECK_THAT(out.errors()[0], StartsWith("test.lua:4: get_candles: 9 candles of BTCUSDT 1d asked for, 1 exist before"));
  CHECK(out.report().warmup_ticks == 0);
}

TEST_CASE("No way of reading leads past the present moment", "[script]") {
  // Every reader is tried at random moments with random windows, inside ticks and candles; prices name their minute.
  ScriptBench bench;
  bench.prices = [](int m) { return 100000 + m; };
  const auto out = bench.run(R"(
    local start, minute = 1704067200000, 60000
    local steps = { ["1m"] = 1, ["3m"] = 3, ["5m"] = 5, ["15m"] = 15, ["30m"] = 30, ["1h"] = 60, ["2h"] = 120, ["4h"] = 240 }
    local names = { "1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h" }
    local read, refused = 0, 0
    local function check(list, step, now)
      for i = 1, #list do
        local c = list[i]
        assert(c.timestamp + step <= now, "a candle that is not closed was read")
        assert(c.timestamp % step == 0)
        assert(c.close <= 100000 + (now - start) / minute - 1, "a price of the future was read")
        assert(i == 1 or c.timestamp == list[i - 1].timestamp + step)
      end
      for _, close in ipairs(list:closes()) do assert(close <= 100000 + (now - start) / minute - 1) end
      read = read + #list
    end
    local function try(f, step, now, ...)
      local ok, list = pcall(f, ...)
      if ok then check(list, step, now) else refused = refused + 1 end
    end
    local function probe()
      local now = btk.get_timestamp()
      for _ = 1, 6 do
        local name = names[math.random(#names)]
        local step, limit = steps[name] * minute, math.random(30)
        local a, b = now + math.random(-600, 60) * 30000, now + math.random(-600, 60) * 30000
        local symbol = math.random() < 0.5 and "BTCUSDT" or "ETHUSDT"
        try(btk.get_candles, step, now, symbol, name, limit)
        try(btk.get_raw_candles, step, now, symbol, name, limit)
        try(btk.get_raw_candles, step, now, symbol, name, limit, a)
        try(btk.get_raw_candles, step, now, symbol, name, limit, nil, b)
        try(btk.get_raw_candles, step, now, symbol, name, nil, a, b)
        try(btk.get_raw_candles, step, now, symbol, name, limit, a, b)
        assert(btk.get_average_price(symbol) <= 100000 + (now - start) / minute)
        local ok, close = pcall(btk.get_close_price, symbol, name)
        assert(not ok or close <= 100000 + (now - start) / minute - 1)
      end
    end
    local last
    btk.add_strategy { strategy_name = "s", get_signal = function(_, when, price)
        probe()
        if math.random() < 0.2 then return long(price, { minute_estimated_time = 20 }) end
      end,
      callbacks = { on_active_ping = probe, on_open = probe, on_close = probe } }
    btk.listen_after_end(function() print(read > 10000, refused > 1000) end))");
  CHECK(out.problem == "");
  CHECK(out.errors() == std::vector<std::string>{});
  CHECK(out.text() == "true\ttrue");
  CHECK(out.report().signals.size() > 2);
}

TEST_CASE("What reads any time for training cannot be asked by a run", "[script]") {
  struct Source { const char* made; const char* rows; };
  const auto source = GENERATE(values<Source>({
      {"indicators { term = 'micro' }", "optimizer.sources.indicators reads candles"},
      {"csv { path = 'rows.csv' }", "optimizer.sources.csv reads rows"},
      {"http { url = 'http://127.0.0.1:1' }", "optimizer.sources.http reads rows"},
      {"backtest_results { strategy_name = 's' }", "optimizer.sources.backtest_results reads results"},
  }));
  const auto out = at_0107("btk.optimizer.sources." + std::string(source.made) +
                           ".fetch { symbol = symbol, start_date = when, end_date = when + 3600000, limit = 25, offset = 0 }");
  REQUIRE(out.errors().size() == 1);
  CHECK(out.errors()[0] ==
        "test.lua:4: " + std::string(source.rows) + " of any time, so no run may call it; get_candles and get_raw_candles read the past");
}

TEST_CASE("The order book and trades come from the exchange's functions, for windows of the past", "[script]") {
  ScriptBench bench;
  bench.head =
      "local btk = require 'btk' btk.add_frame{ frame_name = 'f', start_date = '2024-01-01T07:23', end_date = '2024-01-01T07:23' } ";
  bench.options.open_exchange = [](const lua::ExchangeSchema&) { return std::make_shared<MemorySource>(flat, -600, 600); };
  const auto out = bench.run(R"(
    local function clock(t) return os.date("%H:%M", t / 1000) end
    btk.add_exchange { exchange_name = "m", driver = "synthetic",
      get_order_book = function(symbol, depth, from, to, backtest) return { asked = clock(from) .. " " .. clock(to), depth = depth } end,
      get_aggregated_trades = function(symbol, from, to, backtest)
        return { { id = to, price = "5.5", qty = "2", timestamp = to - 1 } }
      end,
      format_price = function(symbol, price) return symbol .. " " .. price end }
    btk.add_strategy { strategy_name = "s", get_signal = function(symbol)
      local book = btk.get_order_book(symbol)
      print(book.asked, book.depth, btk.get_order_book(symbol, 5).depth)
      local trades = btk.get_aggregated_trades(symbol, 3)
      print(#trades, trades[3].price + 1, clock(trades[3].id), clock(trades[1].id), #btk.get_aggregated_trades(symbol))
      print(btk.format_price(symbol, 5))
    end })");
  CHECK(out.errors().empty());
  CHECK(out.problem == "");
  CHECK(out.text() == "07:10 07:20\t1000\t5\n3\t6.5\t07:23\t05:25\t1\nBTCUSDT 5");
}
