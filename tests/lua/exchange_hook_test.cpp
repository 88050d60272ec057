// An exchange whose candles come from the script's own get_candles.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

/// The exchange "own": get_candles makes rows whose close is 1000 + the minute; `body` may change or refuse them.
std::string hooked(const std::string& body, const std::string& strategy = "return nil", const std::string& more = "") {
  return "btk.set_config { CC_GET_CANDLES_RETRY_DELAY_MS = 0 }\n"
         "local start, calls = 1704067200000, 0\n"
         "btk.add_exchange { exchange_name = 'own', " + more + " get_candles = function(symbol, interval, since, limit, backtest)\n"
         "  calls = calls + 1\n"
         "  local rows = {}\n"
         "  for i = 0, limit - 1 do local t = since + i * 60000 local p = 10000 + (t - start) / 60000\n"
         "    rows[#rows + 1] = { timestamp = t, open = p, high = p, low = p, close = p, volume = 1 } end\n" +
         body + "\n  return rows\nend }\n"
         "btk.add_strategy { strategy_name = 's', get_signal = function(symbol, when, price)\n" + strategy + "\nend }";
}

ScriptBench& own(ScriptBench& bench) {
  bench.options.exchange_name = "own";
  return bench;
}

}  // namespace

TEST_CASE("Candles are asked for in pages and only as far as the run needs them", "[script]") {
  ScriptBench bench;
  const auto out = own(bench).run("btk.set_config { CC_MAX_CANDLES_PER_REQUEST = 50 } " +
      hooked("print(symbol, interval, os.date('%d %H:%M', since / 1000), limit, backtest)"));
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"BTCUSDT\t1m\t31 23:55\t50\ttrue", "BTCUSDT\t1m\t01 00:45\t50\ttrue",
                                              "BTCUSDT\t1m\t01 01:35\t50\ttrue", "BTCUSDT\t1m\t01 02:25\t37\ttrue"});
}

TEST_CASE("More history is fetched when a script asks for it, also of other symbols", "[script]") {
  ScriptBench bench;
  const auto out = own(bench).run(hooked("", R"(
    local before = calls
    local list = btk.get_candles(symbol, "1h", 30)
    if when == start then print(#list, list[30].close, list[1].close, calls - before, btk.get_candles("ETHUSDT", "1m", 10)[10].close) end
    assert(list[30].close == 10000 + (math.floor((when - start) / 3600000) * 60) - 1)
    if when > start + 120 * 60000 then return end
    assert(when == start or calls == last)
    last = calls)"));
  CHECK(out.problem == "");
  CHECK(out.errors() == std::vector<std::string>{});
  REQUIRE(out.lines.size() == 1);
  CHECK_THAT(out.lines[0], Catch::StartsWith("30\t9999\t8259\t"));
  CHECK_THAT(out.lines[0], Catch::EndsWith("\t9999"));
  CHECK(out.report().warmup_ticks == 0);
}

TEST_CASE("A failing answer is asked for again, CC_GET_CANDLES_RETRY_COUNT times in all", "[script]") {
  ScriptBench bench;
  CHECK(own(bench).run(hooked("if calls < 3 then error('busy') end")).problem == "");
  CHECK(bench.run(hooked("if calls < 3 then rows[7].high = rows[7].low - 1 end")).problem == "");
  const auto out = bench.run(hooked("print(calls) error('busy')"));
  CHECK(out.text() == "1\n2\n3");
  CHECK_THAT(out.problem, Contains("test.lua:8: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: busy"));
}

TEST_CASE("listen_exit hears where an exchange of the script failed", "[script]") {
  ScriptBench bench;
  const auto out = own(bench).run("btk.listen_exit(function(e) print(e.file:match('[^/]*$'), e.line, e.message) end) " + hooked("error('busy')"));
  CHECK(out.text() == "test.lua\t8\texchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: busy");
}

TEST_CASE("History that could not be read once is asked for again", "[script]") {
  const std::string fails_once = "if since < start - 3600000 and not failed then failed = true error('busy') end";
  ScriptBench bench;
  const auto lists = own(bench).run("failed = false btk.set_config { CC_GET_CANDLES_RETRY_COUNT = 1 } " +
                                    hooked(fails_once, "print(#btk.get_candles(symbol, '1h', 30))"));
  CHECK(lists.report().errors.size() == 1);
  CHECK(lists.report().warmup_ticks == 0);
  CHECK(lists.lines.size() == 180);

  const auto columns = bench.run("failed = false btk.set_config { CC_GET_CANDLES_RETRY_COUNT = 1 } local slow = btk.series('1h'):sma(30) " +
                                 hooked(fails_once, "print(slow[0])"));
  CHECK(columns.report().errors.size() == 1);
  CHECK(columns.report().warmup_ticks == 0);
  CHECK(columns.lines.size() == 180);
}

TEST_CASE("History that cannot be read is asked for less and less often, and its error is there each time", "[script]") {
  ScriptBench bench;
  const auto out = own(bench).run(
      "early = 0 btk.set_config { CC_GET_CANDLES_RETRY_COUNT = 1 } " +
      hooked("if since < start - 3600000 then early = early + 1 error('busy') end",
             "local ok, why = pcall(btk.get_candles, symbol, '1h', 30) assert(not ok and tostring(why):find('busy')) "
             "if when == start + 150 * 60000 then print(early) end"));
  CHECK(out.report().errors.empty());
  CHECK(out.text() == "8");  // after 0, 1, 3, 7, 15, 31, 63 and 127 minutes
}

TEST_CASE("A wrong answer names the function and the row", "[script]") {
  struct Wrong { const char* body; const char* message; };
  const auto wrong = GENERATE(values<Wrong>({
      {"return nil", "test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: get_candles must return a list of candles, got nil"},
      {"rows[3] = 5", "test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: get_candles: row 3 is a number, not a table"},
      {"rows[3].close = '5'", "test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: get_candles: row 3 has no number 'close', got the text \"5\""},
      {"rows[3].volume = nil", "test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: get_candles: row 3 has no number 'volume', got nil"},
      {"rows[3].timestamp = 1.5", "test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: get_candles: row 3 has the timestamp 1.5; whole milliseconds are needed"},
      {"rows[3].low = rows[3].high + 1", "get_candles: "},
      {"rows[5], rows[6] = rows[6], rows[5]", "test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: get_candles: "
       "row 6: the candle of 2023-12-31 23:59 comes after the one of 2024-01-01 00:00; sort the rows by time"},
      {"rows[5].timestamp = rows[5].timestamp + 10", "test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: "
       "get_candles: row 5: timestamp 1704067140010 is not a multiple of 1m (60000 ms)"},
      {"rows = {}", "exchange 'own': get_candles returned no candles of BTCUSDT between"},
      {"for _, r in ipairs(rows) do r.timestamp = r.timestamp / 1000 end",
       "; it returned 187, all outside of what it was asked for: the first has the timestamp 1704066900 (milliseconds since 1970 are wanted)"},
  }));
  ScriptBench bench;
  CAPTURE(wrong.body);
  CHECK_THAT(own(bench).problem(hooked(wrong.body[0] == 'r' && wrong.body[1] == 'e' ? "do return nil end" : wrong.body)), Contains(wrong.message));
}

TEST_CASE("Missing minutes are filled and counted, or refused with gaps = \"error\"", "[script]") {
  const std::string hole = "local kept = {} for _, r in ipairs(rows) do local m = (r.timestamp - start) / 60000 "
                           "if m < 10 or m >= 15 then kept[#kept + 1] = r end end rows = kept";
  ScriptBench bench;
  const auto out = own(bench).run(hooked(hole, "if when == start + 13 * 60000 then print(btk.get_close_price(symbol, '1m')) end"));
  CHECK(out.text() == "10009");
  REQUIRE(out.report().gaps.size() == 1);
  CHECK(out.report().gaps[0].candles == 5);
  CHECK(out.report().other_gaps.empty());
  const auto reads = own(bench).run(hooked("if symbol == 'ETHUSDT' then " + hole + " end", "if when == start + 20 * 60000 then btk.get_candles('ETHUSDT', '1m', 9) end"));
  CHECK(reads.report().gaps.empty());
  REQUIRE(reads.report().other_gaps.count("ETHUSDT") == 1);
  CHECK(reads.report().other_gaps.at("ETHUSDT")[0].candles == 5);
  CHECK_THAT(bench.problem(hooked(hole, "", "gaps = 'error',")),
             Contains("test.lua:3: exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: get_candles: row 16: "
                      "5 candles missing from 2024-01-01 00:10 to 2024-01-01 00:14; use gaps = \"fill\" or complete the data"));
}

// get_candles has no rows of the minutes [from, to).
static std::string without(int from, int to) {
  return "local kept = {} for _, r in ipairs(rows) do local m = (r.timestamp - start) / 60000 if m < " + std::to_string(from) + " or m >= " +
         std::to_string(to) + " then kept[#kept + 1] = r end end rows = kept";
}

TEST_CASE("A frame that ends in a hole is filled by the candle behind it", "[script]") {
  ScriptBench bench;
  const auto out = own(bench).run(hooked(without(170, 300), "if when == start + 180 * 60000 then print(btk.get_close_price(symbol, '1m')) end"));
  CHECK(out.problem == "");
  CHECK(out.text() == "10169");
  CHECK_FALSE(out.report().data_ended);
  REQUIRE(out.report().gaps.size() == 1);
  CHECK(own(bench).run(hooked(without(170, 3000))).report().data_ended);
}

TEST_CASE("gaps = \"error\" is about the holes that are read, and no others", "[script]") {
  ScriptBench bench;
  const auto reads = [&](int from, int to) {
    const auto out = own(bench).run(hooked(without(from, to), "if when == start then print(#btk.get_candles(symbol, '1m', 60)) end", "gaps = 'error',"));
    CHECK(out.problem == "");
    return out.errors().empty() ? out.text() : out.errors()[0];
  };
  CHECK(reads(-100, -70) == "60");
  CHECK_THAT(reads(-50, -40), Catch::StartsWith("test.lua:12: exchange 'own'") && Contains("test.lua:3: get_candles: row 11: 10 candles missing from 2023-12-31 23:10"));
  CHECK_THAT(reads(-20, -5), Contains("15 candles missing from 2023-12-31 23:40"));  // up to where the run's own candles begin
  CHECK_THAT(reads(-70, -5), Contains("65 candles missing from 2023-12-31 22:50"));  // all of what is read
  CHECK(reads(-5000, -60) == "60");
}

TEST_CASE("Rows outside of the page are left out, repeated ones counted", "[script]") {
  ScriptBench bench;
  const auto out = own(bench).run(hooked("local last = rows[#rows] rows[#rows + 1] = last "
                                         "rows[#rows + 1] = { timestamp = last.timestamp + 60000, open = 9000, high = 9000, low = 9000, close = 9000, volume = 1 }"));
  CHECK(out.problem == "");
  CHECK(out.report().duplicates == 1);
}

TEST_CASE("on_candle_data sees what is read; its error disturbs nobody", "[script]") {
  ScriptBench bench;
  const auto out = own(bench).run(hooked("", R"(
    if when == start then print(btk.get_candles(symbol, "5m", 3)[3].close) end)",
    "callbacks = { on_candle_data = function(symbol, interval, since, limit, data) print(symbol, interval, os.date('%H:%M', since / 1000), limit, #data) error('x') end },"));
  CHECK(out.lines == std::vector<std::string>{"BTCUSDT\t5m\t23:45\t3\t3", "9999"});
  REQUIRE(out.report().errors.size() == 1);
  CHECK(out.report().errors[0].where == "on_candle_data");
}

namespace {

/// Has the candles of hooked() in [since, until) of BTCUSDT, but not those of `missing`.
struct Shelf : lua::StoredCandles {
  Timestamp since = 0, until = 0, missing = 0;

  Stretch stretch(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) override {
    if (exchange != "own" || symbol != "BTCUSDT" || from >= until) return {false, to};
    return from < since ? Stretch{false, std::min(since, to)} : Stretch{true, std::min(until, to)};
  }
  std::vector<Candle> read(const std::string&, const std::string&, Timestamp from, Timestamp to) override {
    std::vector<Candle> out;
    for (Timestamp t = from; t < to; t += kMinute) {
      const double p = 10000 + static_cast<double>((t - 1704067200000) / kMinute);
      if (t != missing) out.push_back({t, p, p, p, p, 1});
    }
    return out;
  }
};

}  // namespace

TEST_CASE("A back-test asks for what is not stored, and comes to the same", "[script]") {
  const std::string script = hooked("print(os.date('%d %H:%M', since / 1000), limit)",
                                    "return { position = 'long', price_take_profit = price * 1.002, price_stop_loss = price * 0.99, minute_estimated_time = 9 }");
  ScriptBench plain, shelved;
  const auto asked = own(plain).run(script);
  auto shelf = std::make_shared<Shelf>();
  shelf->since = 1704067200000 + 10 * kMinute, shelf->until = shelf->since + 100 * kMinute;
  shelved.options.stored = shelf;
  const auto read = own(shelved).run(script);
  CHECK(read.problem == "");
  CHECK(asked.lines == std::vector<std::string>{"31 23:55\t187"});
  CHECK(read.lines == std::vector<std::string>{"31 23:55\t15", "01 01:50\t72"});
  CHECK(read.report().run_hash == asked.report().run_hash);
  CHECK(read.report().signals.size() == asked.report().signals.size());
}

TEST_CASE("A minute that is missing in the store is a gap like any other", "[script]") {
  ScriptBench bench;
  auto shelf = std::make_shared<Shelf>();
  shelf->since = 0, shelf->until = 4102444800000, shelf->missing = 1704067200000 + 20 * kMinute;
  bench.options.stored = shelf;
  const auto filled = own(bench).run(hooked("print('asked')"));
  CHECK(filled.lines == std::vector<std::string>{});
  CHECK(filled.report().gaps.size() == 1);
  CHECK_THAT(bench.run(hooked("", "return nil", "gaps = 'error',")).problem,
             Contains("exchange 'own': candles of BTCUSDT from 2023-12-31 23:55 could not be read: ") && Contains("1 candle missing at 2024-01-01 00:20"));
}

TEST_CASE("The end of a frame in a hole is known from the store as well", "[script]") {
  ScriptBench bench;
  auto shelf = std::make_shared<Shelf>();
  shelf->since = 0, shelf->until = 4102444800000;
  shelf->missing = 1704067200000 + 181 * kMinute;  // the last one that the run asks for
  bench.options.stored = shelf;
  const auto out = own(bench).run(hooked("print('asked')"));
  CHECK(out.lines == std::vector<std::string>{});
  CHECK_FALSE(out.report().data_ended);
}
