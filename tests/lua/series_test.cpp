// btk.series: what it gives is what btk.ta gives for the same candles, bit for
// bit, in a back-test and as candles come; it never shows what is not closed.
#include "tests/lua/live_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// Random steps; every ninth hundred minutes the market stands still.
Prices random_prices(std::uint64_t seed) {
  return [seed](int m) {
    const int moving = m / 100 % 9 == 4 ? m / 100 * 100 : m;
    std::uint64_t x = seed + static_cast<std::uint64_t>(moving + 1'000'000) * 0x9e3779b97f4a7c15ULL;
    x ^= x >> 31, x *= 0xbf58476d1ce4e5b9ULL, x ^= x >> 29;
    return 100 + 5 * std::sin(moving / 300.0) + static_cast<double>(x >> 11) * 0x1p-53;
  };
}

// All indicators, declared at the top of a script as D.<name>, and what btk.ta says of a list.
const char* const kAll = R"(
    local names = { "sma", "ema", "rma", "wma", "dema", "tema", "hma", "linreg", "rsi", "macd", "momentum", "roc",
      "percent_rank", "stochastic", "williams_r", "cci", "adx", "aroon", "highest", "lowest", "stddev", "bollinger",
      "true_range", "atr", "keltner", "donchian", "supertrend", "obv", "vwap", "mfi" }
    local own = { linreg = { "value", "slope" }, macd = { "line", "signal", "histogram" }, stochastic = { "k", "d" },
      adx = { "adx", "plus_di", "minus_di" }, aroon = { "up", "down" }, bollinger = { "middle", "upper", "lower" },
      keltner = { "middle", "upper", "lower" }, donchian = { "middle", "upper", "lower" }, supertrend = { "line", "direction" } }
    local given = { true_range = {}, obv = {}, vwap = {}, macd = { 5, 11, 4 }, stochastic = { 9, 3, 3 }, bollinger = { 12, 2.5 },
      keltner = { 7, 1.5, 5 }, supertrend = { 6, 2 } }
    local function parameters(name) return unpack(given[name] or { 9 }) end
    local function declared(interval, symbol)
      local all = {}
      for _, name in ipairs(names) do
        local frame = btk.series(interval, symbol)
        all[name] = frame[name](frame, parameters(name))
      end
      return all
    end
    local compared = 0
    -- `list`: candles from where the series begins; `back`: how many of the newest are left out.
    local function compare(what, all, list, back)
      for _, name in ipairs(names) do
        local wanted = { btk.ta[name](list, parameters(name)) }
        for i, value in ipairs(wanted) do
          local column = own[name] and all[name][own[name][i]] or all[name]
          if column[back] ~= value or column:at(back) ~= value then
            error(what .. " " .. name .. " " .. i .. ": " .. tostring(column[back]) .. " is not " .. tostring(value))
          end
          compared = compared + 1
        end
      end
    end
)";

}  // namespace

TEST_CASE("btk.series gives what btk.ta gives for the candles since its beginning, bit for bit", "[series]") {
  ScriptBench bench;
  const auto seed = GENERATE(1u, 2u, 3u);
  bench.prices = random_prices(seed);
  // All history begins a day before the frame, so that every series does.
  const auto out = bench.run(std::string(kAll) + R"(
    local all = {}
    for _, interval in ipairs { "1m", "3m", "15m" } do all[interval] = declared(interval) end
    local steps = { ["1m"] = 60000, ["3m"] = 180000, ["15m"] = 900000 }
    local frame_start = btk.date and 1704067200000
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      if when % 420000 ~= 0 then return end
      for interval, columns in pairs(all) do
        local there = math.floor((when - frame_start + 86400000) / steps[interval])
        for _, back in ipairs { 0, 1, 5 } do
          local list = btk.get_raw_candles(symbol, interval, there - back, frame_start - 86400000)
          compare(interval, columns, list, back)
        end
      end
    end }
    btk.listen_done_backtest(function() end)
    btk.add_action { action_name = "a", handler = { on_dispose = function() print(compared) end } }
    btk.override_strategy { strategy_name = "s", actions = { "a" } })");
  CHECK(out.problem == "");
  CHECK(out.errors() == std::vector<std::string>{});
  CHECK(out.text() == std::to_string(26 * 3 * 3 * 44));
}

TEST_CASE("A series of long candles reaches back as far as it needs, and keeps its beginning", "[series]") {
  ScriptBench bench;
  bench.prices = random_prices(7);
  bench.options.open_exchange = [&](const lua::ExchangeSchema&) { return std::make_shared<MemorySource>(bench.prices, -40 * 24 * 60); };
  const auto out = bench.run(R"(
    local ema, sma, other = btk.series("1h"):ema(20), btk.series("1h"):sma(30), btk.series("4h", "ETHUSDT"):rsi(5)
    local first = 1704067200000
    btk.add_strategy { strategy_name = "s", interval = "15m", get_signal = function(symbol, when)
      if when % 3600000 == 1800000 then btk.get_candles(symbol, "1h", 700) end -- history that nobody needed before
      local hours = math.floor((when - first) / 3600000)
      assert(ema[0] == btk.ta.ema(btk.get_candles(symbol, "1h", 200 + hours), 20), "ema")
      assert(sma[3] == btk.ta.sma(btk.get_raw_candles(symbol, "1h", 30, nil, when - 3 * 3600000), 30), "sma")
      assert(other[0] == btk.ta.rsi(btk.get_candles("ETHUSDT", "4h", 120 + math.floor(hours / 4)), 5), "rsi")
      print(btk.series.crossover(btk.series("1h").close, sma) == (btk.series("1h").close[1] <= sma[1] and btk.series("1h").close[0] > sma[0]))
    end })");
  CHECK(out.problem == "");
  CHECK(out.errors() == std::vector<std::string>{});
  CHECK(out.lines == std::vector<std::string>(13, "true"));
}

TEST_CASE("While a series has no value a tick is warm-up, and :at() is nil", "[series]") {
  ScriptBench bench;
  bench.options.open_exchange = [&](const lua::ExchangeSchema&) { return std::make_shared<MemorySource>(bench.prices, -10); };
  const auto out = bench.run(R"(
    local m = btk.series("1m")
    local sma = m:sma(30)
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      if sma:at() == nil then print("nil", m.close:at(20)) end
      local now = sma[0]
      return nil
    end })");
  CHECK(out.errors() == std::vector<std::string>{});
  CHECK(out.report().warmup_ticks == 20);
  REQUIRE(out.lines.size() == 20);
  CHECK(out.lines[0] == "nil\tnil");
  CHECK(out.lines[19] == "nil\t100");
}

TEST_CASE("Gaps are filled in a series as in a list, and missing symbols are told", "[series]") {
  LiveBench bench(random_prices(5));
  bench.source->missing = {3, 4, 5, 30};
  bench.begin(std::string(kAll) + R"(
    local all = declared("1m")
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      compare("1m", all, btk.get_candles(symbol, "1m", 1440 + (when - 1704067200000) / 60000), 0)
      if at(60) then print(compared) end
    end })");
  bench.minutes(0, 60);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == std::to_string(44 * 61));
}

TEST_CASE("A session that goes on for days reads the series of a back-test over the same candles", "[series]") {
  const Prices prices = random_prices(11);
  const std::string strategy = std::string(kAll) + R"(
    local all, hours, sum = declared("1m"), declared("1h"), 0
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      for _, name in ipairs(names) do
        sum = (sum * 0.5 + all[name][0]) % 1e6
        sum = (sum * 0.5 + hours[name][0] + all[name][3]) % 1e6
      end
      if when % 3600000 == 0 then print(string.format("%d %.17g", when, sum)) end
    end })";
  LiveBench live(prices);
  live.begin(strategy);
  live.minutes(0, 2 * 1440);
  CHECK(live.errors() == std::vector<std::string>{});
  ScriptBench bench;
  bench.prices = prices;
  bench.options.open_exchange = [&](const lua::ExchangeSchema&) { return std::make_shared<MemorySource>(prices, -40 * 1440, 4 * 1440); };
  bench.options.to = kStart + 2 * kDay;
  const auto whole = bench.run(strategy);
  CHECK(whole.errors() == std::vector<std::string>{});
  REQUIRE(live.lines.size() == 49);
  CHECK(live.lines == whole.lines);
}

TEST_CASE("A session that begins later reads the same numbers", "[series]") {
  const std::string text = R"(
    local m, h = btk.series("1m"), btk.series("1h")
    local all = { m:sma(30), m:ema(50), m:rsi(14), m:atr(14), m:macd(), h:ema(12), h:adx(7), h:tema(9), h:bollinger(20, 2).upper }
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      if not at(1500) then return end
      for _, column in ipairs(all) do print(column[0]) end
    end })";
  LiveBench early(random_prices(9)), late(random_prices(9));
  early.begin(text);
  early.minutes(0, 1500);
  late.setup.start = kStart + 1400 * kMinute;
  late.source->now = late.setup.start;
  late.begin(text);
  late.minutes(1400, 1500);
  REQUIRE(early.lines.size() == 9);
  REQUIRE(late.lines.size() == 9);
  for (std::size_t i = 0; i < 9; ++i) CHECK(std::stod(late.lines[i]) == Approx(std::stod(early.lines[i])).epsilon(1e-6));
  CHECK(late.lines[0] == early.lines[0]);
  CHECK(late.lines[8] == early.lines[8]);
}

TEST_CASE("A reload goes on with the columns of the run", "[series]") {
  const std::string text = R"(
    local fast, bands = btk.series("1m"):ema(20), btk.series("5m"):bollinger(20, 2)
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      print(string.format("%.17g %.17g %.17g", fast[0], bands.upper[1], bands:at(2)))
    end })";
  LiveBench whole(random_prices(3)), broken(random_prices(3));
  whole.begin(text);
  whole.minutes(0, 300);
  broken.begin(text);
  for (int m = 0; m <= 300; ++m) {
    broken.minute(m);
    if (m % 20 != 7) continue;
    auto fresh = broken.make(text);
    auto old = std::move(broken.script);
    fresh->adopt_run(old->release_run(), broken.planned(), broken.setup);
    if (m % 40 == 7) {  // the new version is not taken after all
      old->adopt_run(fresh->release_run(), broken.planned(), broken.setup);
      fresh = std::move(old);
    }
    broken.script = std::move(fresh);
  }
  CHECK(broken.errors() == std::vector<std::string>{});
  CHECK(whole.lines.size() == 301);
  CHECK(broken.lines == whole.lines);
}

TEST_CASE("Each run of a script that starts several has series of its own", "[series]") {
  ScriptBench bench;
  bench.prices = random_prices(2);
  const auto out = bench.run(R"(
    local fast, shared = btk.series("1m"):sma(20), btk.series("1m", "BTCUSDT"):sma(20)
    btk.add_strategy { strategy_name = "s", interval = "30m", get_signal = function(symbol, when, price)
      assert(fast[0] == btk.ta.sma(btk.get_candles(symbol, "1m", 20), 20))
      assert(shared[0] == fast[0])
      return long(price)
    end }
    for _, symbol in ipairs { "BTCUSDT", "ETHUSDT", "BTCUSDT" } do
      local n = 0
      for result in btk.backtest.run(symbol, { strategy_name = "s", exchange_name = "m", frame_name = "f" }) do n = n + 1 end
      print(symbol, n > 0)
    end
    print(pcall(function() return fast[0] end)))");
  CHECK(out.problem == "");
  CHECK(out.errors() == std::vector<std::string>{});
  REQUIRE(out.lines.size() == 4);
  CHECK(out.lines[2] == "BTCUSDT\ttrue");
  CHECK_THAT(out.lines[3], StartsWith("false\t") && Contains("btk.series works inside a run"));
}

TEST_CASE("Runs that take turns declare series with their own parameters", "[series][params]") {
  ScriptBench bench;
  bench.prices = random_prices(4);
  const auto out = bench.run(R"(
    local periods, turns = { a = 3, b = 8, c = 21, d = 34 }, {}
    for name, n in pairs(periods) do
      btk.add_strategy { strategy_name = name, interval = "1m", params = { n = n }, get_signal = function(symbol, when, price)
        assert(btk.params.n == n)
        local minutes = btk.series("1m")
        local newest = btk.get_candles(symbol, "1m", n)
        assert(minutes:sma(btk.params.n)[0] == btk.ta.sma(newest, n))
        assert(minutes:sma(btk.params.n, "high")[0] == btk.ta.sma(newest:highs(), n))
        assert(minutes.high[0] == newest[n].high and minutes.low[0] == newest[n].low)
        return long(price)
      end }
      turns[name] = btk.backtest.run("BTCUSDT", { strategy_name = name, exchange_name = "m", frame_name = "f" })
    end
    local results, going = 0, true
    while going do
      going = false
      for _, turn in pairs(turns) do
        if turn() then results, going = results + 1, true end
      end
    end
    print(results > 20)
    print(pcall(function() return btk.params end)))");
  CHECK(out.problem == "");
  CHECK(out.errors() == std::vector<std::string>{});
  REQUIRE(out.lines.size() == 2);
  CHECK(out.lines[0] == "true");
  CHECK_THAT(out.lines[1], StartsWith("false\t") && Contains("params works inside a run"));
}

TEST_CASE("Mistakes with series are told at the user's line", "[series]") {
  struct Wrong { const char* code; const char* message; };
  const auto wrong = GENERATE(values<Wrong>({
      {"btk.series('2m')", "test.lua:2: unknown candle interval \"2m\"; there are 1m 3m"},
      {"btk.series()", "test.lua:2: unknown candle interval \"nil\""},
      {"btk.series('1m', 7)", "test.lua:2: series: symbol must be a text, got number"},
      {"btk.series('1m'):smaa(20)", "test.lua:2: btk.series(\"1m\") has no indicator 'smaa'; did you mean 'sma'?"},
      {"btk.series('1m'):bolinger(20)", "test.lua:2: btk.series(\"1m\") has no indicator 'bolinger'; did you mean 'bollinger'?"},
      {"btk.series('1m'):sma()", "test.lua:2: series:sma: n must be a number, got string"},
      {"btk.series('1m'):sma(0)", "test.lua:2: series:sma: n must be a whole number from 1 to 500000000, got 0"},
      {"btk.series('1m'):sma(2.5)", "test.lua:2: series:sma: n must be a whole number from 1 to 500000000, got 2.5"},
      {"btk.series('1m'):sma(1e9)", "test.lua:2: series:sma: n must be a whole number from 1 to 500000000, got 1000000000"},
      {"btk.series('1m'):linreg(1)", "test.lua:2: series:linreg: n must be a whole number from 2 to 500000000, got 1"},
      {"btk.series('1m'):bollinger(20, 1/0)", "test.lua:2: series:bollinger: k must be a finite number"},
      {"btk.series('1m'):sma(20, 'closes')", "test.lua:2: series:sma: source must be open, high, low, close or volume, got 'closes'"},
      {"btk.series.crosover(1, 2)", "test.lua:2: btk.series has no function 'crosover'; did you mean 'crossover'?"},
      {"btk.series.crossover({}, 2)", "test.lua:2: series.crossover compares series and numbers, got a table"},
      {"btk.series('1m'):sma(20)[0] = 5", "test.lua:2: a series cannot be changed"},
      {"print(btk.series('1m'):macd().histogramm)", "test.lua:2: series macd(12, 26, 9) 1m has no field 'histogramm'; did you mean 'histogram'?"},
      {"print(btk.series('1m'):sma(3)[-1])", "test.lua:2: series sma(3) 1m: [0] is the newest closed candle, [1] the one before; got [-1]"},
      {"print(btk.series('1m'):sma(3)[0.5])", "test.lua:2: series sma(3) 1m: [0] is the newest closed candle, [1] the one before; got [0.5]"},
      {"print(btk.series('1m'):sma(3)[0])", "test.lua:2: btk.series works inside a run"},
  }));
  ScriptBench bench;
  CAPTURE(wrong.code);
  CHECK_THAT(bench.problem(std::string("\n") + wrong.code), StartsWith(wrong.message));
}

TEST_CASE("A result that is not finite is an error where it is read, not a number", "[series]") {
  ScriptBench bench;
  bench.prices = [](int m) { return m == 10 ? 1e-200 : m == 11 ? 1e200 : 100.0; };
  const auto out = bench.run(R"(
    local roc = btk.series("1m"):roc(1)
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      local minute = (when - 1704067200000) / 60000
      if minute == 12 then print(roc[0]) end
      if minute == 13 then print(roc[0], pcall(roc.at, roc, 1)) end
      if minute == 15 then print(roc[0]) end
    end })");
  REQUIRE(out.errors().size() == 1);
  CHECK_THAT(out.errors()[0], Contains("series roc(1) 1m of BTCUSDT has no finite result here"));
  REQUIRE(out.lines.size() == 2);
  CHECK_THAT(out.lines[0], StartsWith("-100\tfalse"));
  CHECK(out.lines[1] == "0");
}
