// btk.ta, btk.json, btk.date, btk.log and btk.math as scripts use them.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/lua/library_script.h"

using btk::test::LibraryScript;
using Catch::Contains;
using Catch::Equals;

// ---- btk.ta ----------------------------------------------------------------------

TEST_CASE("btk.ta gives the same for numbers, candle tables and candle lists") {
  LibraryScript script;
  const std::vector<double> open{1, 2, 3, 4, 5, 6}, high{3, 4, 5, 6, 7, 9}, low{0.5, 1, 2, 3, 4, 4},
      close{2, 3, 4, 5, 6, 5}, volume{10, 20, 30, 40, 50, 60};
  lua_State* L = script.isolate().state();
  script.isolate().push_module("candles");
  lua_getfield(L, -1, "series");
  lua_remove(L, -2);
  lua_pushnumber(L, 0);
  lua_pushnumber(L, 60000);
  lua_pushnumber(L, 6);
  for (const auto* column : {&open, &high, &low, &close, &volume})
    lua_pushlightuserdata(L, const_cast<double*>(column->data()));
  script.isolate().call(8, 1);
  lua_getfield(L, -1, "view");
  lua_pushinteger(L, 0);
  lua_pushinteger(L, 6);
  script.isolate().call(2, 1);
  lua_setglobal(L, "list");
  lua_pop(L, 1);

  CHECK(script.run(R"(
    local ta, s = btk.ta, btk.ta.series
    local tables = list:to_table()
    for _, candles in ipairs { list, tables } do
      assert(ta.sma(candles, 3) == ta.sma({2, 3, 4, 5, 6, 5}, 3) and ta.sma(candles, 3) == 16 / 3)
      assert(ta.sma(candles, 2, "volume") == 55 and ta.sma(candles, 2, "open") == 5.5)
      assert(ta.highest(candles, 2) == 9 and ta.lowest(candles, 6) == 0.5 and ta.highest(candles, 6, "close") == 6)
      assert(ta.true_range(candles) == 5 and ta.obv(candles) == 20 + 30 + 40 + 50 - 60)
      assert(ta.vwap(candles, 1) == (9 + 4 + 5) / 3)
      assert(ta.atr(candles, 5) == ta.atr(tables, 5))
      local middle, upper, lower = ta.donchian(candles, 2)
      assert(middle == 6.5 and upper == 9 and lower == 4)
      -- a result belongs to the candle that is as far from the end
      local means = s.sma(candles, 3)
      assert(#means == 4 and means[1] == 3 and means[#means] == ta.sma(candles, 3))
      local adx, plus, minus = s.adx(candles, 2)
      local a, p, m = ta.adx(candles, 2)
      assert(#adx == 3 and #plus == 3 and #minus == 3 and adx[3] == a and plus[3] == p and minus[3] == m)
    end
    assert(btk.json.encode(list) == btk.json.encode(tables) and btk.json.encode{ list[1] } == btk.json.encode{ tables[1] })
    return select("#", ta.sma(list, 2)) .. select("#", ta.linreg(list, 2)) .. select("#", ta.macd(list, 1, 2, 3))
  )") == "123");
}

TEST_CASE("every indicator's newest value is the last of its series") {
  LibraryScript script;
  CHECK(script.run(R"(
    local candles = {}
    for i = 1, 80 do
      local close = 100 + (i * 37 % 11) - (i * i % 7)
      candles[i] = { open = close - 1, high = close + i % 3 + 1, low = close - i % 4 - 1, close = close, volume = i % 5 }
    end
    local periods, names, compared = { sma = 5, ema = 5, rma = 5, wma = 5, dema = 5, tema = 5, hma = 5, linreg = 5,
      percent_rank = 5, highest = 5, lowest = 5, stddev = 5 }, 0, 0
    for name, f in pairs(btk.ta) do
      if type(f) == "function" and name ~= "crossover" and name ~= "crossunder" then
        names = names + 1
        local newest, all = { f(candles, periods[name]) }, { btk.ta.series[name](candles, periods[name]) }
        assert(#newest == #all and #newest > 0, name)
        for k = 1, #newest do
          assert(newest[k] == all[k][#all[k]], name)
          compared = compared + 1
        end
      end
    end
    for name in pairs(btk.ta.series) do assert(btk.ta[name], name) end
    return names .. " " .. compared
  )") == "30 44");
}

TEST_CASE("crossover and crossunder look at the two newest values") {
  LibraryScript script;
  CHECK(script.value("btk.ta.crossover({1, 2, 3}, {2, 2, 2})") == "true");
  CHECK(script.value("btk.ta.crossover({1, 3, 4}, {2, 2, 2})") == "false");
  CHECK(script.value("btk.ta.crossover({1, 3}, 2)") == "true");
  CHECK(script.value("btk.ta.crossover({2, 2}, 2)") == "false");
  CHECK(script.value("btk.ta.crossunder({3, 1}, 2)") == "true");
  CHECK(script.value("btk.ta.crossunder({2, 1}, {2, 1.5, 2, 2})") == "true");
  CHECK(script.value("btk.ta.crossover(2, {3, 1})") == "true");
  CHECK_THAT(script.error("btk.ta.crossover({1}, 2)"), Contains("ta.crossover needs 2 values, got 1"));
}

TEST_CASE("btk.ta says what is wrong and where") {
  LibraryScript script;
  CHECK(script.error("local x = btk.ta.rsi({1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 14)") ==
        "test.lua:2: ta.rsi needs 15 values, got 10");
  CHECK(script.error("btk.ta.series.rsi({1, 2, 3})") == "test.lua:2: ta.rsi needs 15 values, got 3");
  CHECK(script.error("btk.ta.sma({}, 1)") == "test.lua:2: ta.sma needs 1 values, got 0");
  CHECK_THAT(script.error("btk.ta.macd({1, 2, 3})"), Contains("ta.macd needs 34 values, got 3"));
  CHECK_THAT(script.error("btk.ta.sma({1, 2}, 1.5)"),
             Contains("ta.sma: n must be a whole number from 1 to 500000000, got 1.5"));
  CHECK_THAT(script.error("btk.ta.hma({1, 2}, 1)"), Contains("n must be a whole number from 2 to 500000000, got 1"));
  CHECK_THAT(script.error("btk.ta.sma({1, 2})"), Contains("ta.sma: n must be a number, got nil"));
  CHECK_THAT(script.error("btk.ta.sma(nil, 2)"), Contains("ta.sma needs a candle list or a table, got nil"));
  CHECK_THAT(script.error("btk.ta.sma({1, 0/0, 3}, 3)"), Contains("ta.sma: value 2 of the list is NaN"));
  CHECK_THAT(script.error("btk.ta.highest({1, 1/0, 3}, 3)"), Contains("value 2 of the list is infinite"));
  CHECK_THAT(script.error("btk.ta.sma({1, 'x', 3}, 3)"), Contains("element 2 is a string, not a number"));
  CHECK_THAT(script.error("btk.ta.atr({1, 2, 3}, 2)"),
             Contains("ta.atr needs candles with 'high', got a table of numbers"));
  CHECK_THAT(script.error("btk.ta.atr({{high=1, low=1, close=1}, {high=1, low=1}}, 1)"),
             Contains("candle 2 has no number 'close'"));
  CHECK_THAT(script.error("btk.ta.sma({1, 2}, 1, 'colse')"),
             Contains("source must be open, high, low, close or volume, got 'colse'"));
  CHECK_THAT(script.error("btk.ta.roc({0, 1, 2}, 2)"), Contains("ta.roc has no finite result here"));
}

// ---- btk.json --------------------------------------------------------------------

TEST_CASE("JSON is written the same way every time") {
  LibraryScript script;
  CHECK(script.value("btk.json.encode{ b = 1, a = { 1, 2, { c = true } }, ['10'] = 'x', Z = false }") ==
        R"({"10":"x","Z":false,"a":[1,2,{"c":true}],"b":1})");
  CHECK(script.value("btk.json.encode{ 0.1, 1/3, 1e21, 1e-7, -0.5, 123456789012, 5e-324, 2^53 }") ==
        "[0.1,0.3333333333333333,1e21,1e-7,-0.5,123456789012,5e-324,9007199254740992]");
  CHECK(script.value("btk.json.encode{ 0/0, 1/0, -1/0 }") == "[null,null,null]");
  CHECK(script.value("btk.json.encode('q\"b\\\\ \\n\\t\\1 \\127 \\195\\164 \\240\\159\\152\\128')") ==
        "\"q\\\"b\\\\ \\n\\t\\u0001 \x7f \xc3\xa4 \xf0\x9f\x98\x80\"");
  CHECK(script.value("btk.json.encode('a\\255b\\237\\160\\128')") ==
        "\"a\xef\xbf\xbd"
        "b\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");  // never invalid UTF-8
  CHECK(script.value("btk.json.encode(nil)") == "null");
  CHECK(script.value("btk.json.encode{ a = { 1, {} }, b = 2 , c = btk.json.array{} }") ==
        R"({"a":[1,{}],"b":2,"c":[]})");
  CHECK(
      script.run("return btk.json.encode({ a = { 1, {} }, b = 2 , c = btk.json.array() }, { indent = 2 })") ==
      "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": 2,\n  \"c\": []\n}");
  CHECK(script.value("btk.json.encode{ [1] = 'a', [3] = 'c' }") ==
        R"({"1":"a","3":"c"})");  // a hole: no array
  CHECK(script.value("btk.json.encode{ [1.5] = 'a', [-1] = 'b' }") == R"({"-1":"b","1.5":"a"})");
  CHECK(script.run("local t = {1, 2} return btk.json.encode{ t, t }") ==
        "[[1,2],[1,2]]");  // shared is no cycle
}

TEST_CASE("JSON reads what it wrote") {
  LibraryScript script;
  const std::string text =
      R"({"a":[1,2.5,-3e-9,[],{},[null,1,null]],"b":{"c":"x\ny","d":false},"e":"\u00e4 \ud83d\ude00 \u0000"})";
  CHECK(script.run("return btk.json.encode(btk.json.decode([==[" + text + "]==]))") ==
        "{\"a\":[1,2.5,-3e-9,[],{},[null,1,null]],\"b\":{\"c\":\"x\\ny\",\"d\":false},"
        "\"e\":\"\xc3\xa4 \xf0\x9f\x98\x80 \\u0000\"}");
  CHECK(script.run(R"(
    local json = btk.json
    local t = json.decode(' \t\r\n { "a" : null , "list" : [ null , 2 ] , "n" : -0.5E+2, "dup":1, "dup":2 } ')
    assert(t.a == nil and #t.list == 2 and t.list[1] == json.null and t.list[2] == 2 and t.n == -50 and t.dup == 2)
    assert(tostring(json.null) == "null" and json.decode("null") == nil and json.decode('"x"') == "x")
    assert(json.decode('{"a":null}', { keep_null = true }).a == json.null)
    assert(json.decode("\239\187\191[1]")[1] == 1) -- a byte order mark
    assert(json.decode('"\\ud83d"') == "\239\191\189") -- half a pair
    assert(json.decode("1.7976931348623157e308") == 1.7976931348623157e308 and json.decode("-0") == 0)
    local numbers = {}
    for i = 1, 2000 do numbers[i] = (i * 0.1 - 100) ^ 3 / 7 end
    local again = json.decode(json.encode(numbers))
    for i = 1, 2000 do assert(again[i] == numbers[i]) end
    return #json.encode(json.decode("[" .. ("[1,2,{\"k\":\"v\"}],"):rep(50000) .. "0]"))
  )") == "800003");
}

TEST_CASE("JSON errors name the place") {
  LibraryScript script;
  const auto problem = [&](const std::string& text) {
    return script.error("btk.json.decode([==[" + text + "]==])");
  };
  CHECK(problem("{\"a\": 1,\n  \"b\": tru }") ==
        "test.lua:2: json.decode: a value expected, found 't' at 2:8");
  CHECK_THAT(problem(""), Contains("a value expected, but the text ends at 1:1"));
  CHECK_THAT(problem("[1, 2"), Contains("',' or ']' expected, but the text ends at 1:6"));
  CHECK_THAT(problem("[1,]"), Contains("a value expected, found ']' at 1:4"));
  CHECK_THAT(problem("{a:1}"), Contains("a key in quotes expected, found 'a' at 1:2"));
  CHECK_THAT(problem("{\"a\" 1}"), Contains("':' expected, found '1' at 1:6"));
  CHECK_THAT(problem("[1] x"), Contains("the end of the text expected, found 'x' at 1:5"));
  CHECK_THAT(problem("01"), Contains("the end of the text expected, found '1' at 1:2"));
  CHECK_THAT(problem("-"), Contains("a digit expected, but the text ends at 1:2"));
  CHECK_THAT(problem("[1.]"), Contains("a digit expected, found ']' at 1:4"));
  CHECK_THAT(problem("1e999"), Contains("number too large at 1:1"));
  CHECK_THAT(problem("nul"), Contains("a value expected, found 'n'"));
  CHECK_THAT(problem("\"\xc3\xa4\xc3\xa4\\x\""), Contains("unknown escape sequence at 1:4"));
  CHECK_THAT(problem("\"\\u12g4\""), Contains("four hexadecimal digits expected after \\u at 1:6"));
  CHECK_THAT(problem("\"abc"), Contains("text without end, it starts at 1:1"));
  CHECK_THAT(problem("\"a\nb\""), Contains("a control character must be escaped in a text at 1:3"));
  CHECK_THAT(problem("\"\xff\""), Contains("invalid UTF-8 at 1:2"));
  CHECK_THAT(problem("\xff"), Contains("a value expected, found 'byte 255' at 1:1"));
  CHECK_THAT(problem(std::string(201, '[')), Contains("nested deeper than 200 levels at 1:201"));
  CHECK_THAT(script.error("btk.json.decode(5)"), Contains("json.decode needs a text, got number"));

  CHECK(script.error("btk.json.encode{ a = { 1, 2, { b = print } } }") ==
        "test.lua:2: json.encode: $.a[3].b is a function, which has no JSON form");
  CHECK_THAT(script.error("local t = { x = {} } t.x.y = t return btk.json.encode(t)"),
             Contains("$.x.y contains itself (a cycle)"));
  CHECK_THAT(script.error("return btk.json.encode{ [true] = 1 }"), Contains("$ has a boolean as key"));
  CHECK_THAT(script.error("return btk.json.encode{ [1.5] = 1, ['1.5'] = 2 }"),
             Contains("$ has the key 1.5 both as number and as text"));
  CHECK_THAT(script.error("local t = {} for i = 1, 201 do t = { t } end return btk.json.encode(t)"),
             Contains("is nested deeper than 200 levels"));
  CHECK_THAT(script.error("return btk.json.encode({}, { indnt = 2 })"),
             Contains("json.encode has no option 'indnt'"));
  CHECK(script.value("btk.json.encode{ 1 }") == "[1]");  // usable after errors
}

// ---- btk.date --------------------------------------------------------------------

TEST_CASE("dates are read, written and taken apart in UTC") {
  LibraryScript script;
  CHECK(script.value("btk.date.parse('2024-01-31T12:30:00Z')") == "1706704200000");
  CHECK(script.value("btk.date.parse('2024-01-31') == btk.date.parse('2024-01-31T00:00:00')") == "true");
  CHECK(script.value("btk.date.iso(1706704200123)") == "2024-01-31T12:30:00.123Z");
  CHECK(script.value("btk.date.iso(-1)") == "1969-12-31T23:59:59.999Z");
  CHECK(script.value("btk.date.format(1706704200000)") == "2024-01-31 12:30");
  CHECK(script.value("btk.date.format('2024-02-03T04:05:06', '%a %A %b %B %j %u %y %F %T.%L 100%%')") ==
        "Sat Saturday Feb February 034 6 24 2024-02-03 04:05:06.000 100%");
  CHECK(script.run(R"(
    local p = btk.date.parts('2024-12-31T23:59:58.007Z')
    return table.concat({ p.year, p.month, p.day, p.hour, p.minute, p.second, p.ms, p.weekday, p.yearday }, " ")
  )") == "2024 12 31 23 59 58 7 2 366");
  CHECK(script.value("btk.date.iso(btk.date.make{ year = 2024, month = 2, day = 29, hour = 1 })") ==
        "2024-02-29T01:00:00.000Z");
  CHECK_THAT(script.error("btk.date.parse('2024-13-01')"), Contains("'2024-13-01' is no date; write it as"));
  CHECK_THAT(script.error("btk.date.iso(1/0)"), Contains("date.iso: inf is no time in milliseconds"));
  CHECK_THAT(script.error("btk.date.iso(nil)"),
             Contains("date.iso needs milliseconds or an ISO-8601 date, got nil"));
  CHECK_THAT(script.error("btk.date.format(0, '%Q')"), Contains("there is no %Q"));
  CHECK_THAT(script.error("btk.date.make{ year = 2023, month = 2, day = 29 }"),
             Contains("2023-02 has only 28 days"));
}

TEST_CASE("every day of 800 years comes back from its parts") {
  LibraryScript script;
  CHECK(script.run(R"(
    local date, days = btk.date, 0
    local weekday, yearday = 6, 1 -- 1 January 1600 was a Saturday
    for ms = date.parse("1600-01-01"), date.parse("2400-01-01"), date.day do
      local p = date.parts(ms)
      if p.month == 1 and p.day == 1 then yearday = 1 end
      assert(p.weekday == weekday and p.yearday == yearday and date.make(p) == ms)
      weekday, yearday, days = weekday % 7 + 1, yearday + 1, days + 1
    end
    return days
  )") == std::to_string(2 * 146097 + 1));
}

TEST_CASE("dates are moved by units") {
  LibraryScript script;
  const auto iso = [&](const std::string& code) {
    return script.value("btk.date.format(" + code + ", '%F %T')");
  };
  CHECK(iso("btk.date.add('2024-01-31', 1, 'month')") == "2024-02-29 00:00:00");
  CHECK(iso("btk.date.add('2024-03-31T10:00', -1, 'months')") == "2024-02-29 10:00:00");
  CHECK(iso("btk.date.add('2024-02-29', 1, 'year')") == "2025-02-28 00:00:00");
  CHECK(iso("btk.date.add('2024-01-31', 90, 'minutes')") == "2024-01-31 01:30:00");
  CHECK(iso("btk.date.add('2024-01-31', -1.5, 'day')") == "2024-01-29 12:00:00");
  CHECK(iso("btk.date.start_of('2024-05-16T12:34:56.7', 'second')") == "2024-05-16 12:34:56");
  CHECK(iso("btk.date.start_of('2024-05-16T12:34:56', 'hour')") == "2024-05-16 12:00:00");
  CHECK(iso("btk.date.start_of('2024-05-16T12:34:56', 'week')") == "2024-05-13 00:00:00");
  CHECK(iso("btk.date.start_of('2024-05-13', 'week')") == "2024-05-13 00:00:00");
  CHECK(iso("btk.date.start_of('1969-12-31T23:00', 'week')") == "1969-12-29 00:00:00");
  CHECK(iso("btk.date.start_of('2024-05-16', 'month')") == "2024-05-01 00:00:00");
  CHECK(iso("btk.date.start_of('2024-05-16', 'year')") == "2024-01-01 00:00:00");
  CHECK(iso("btk.date.align('2024-05-16T12:34:56', '15m')") == "2024-05-16 12:30:00");
  CHECK(iso("btk.date.align(-1, '1d')") == "1969-12-31 00:00:00");
  CHECK(iso("btk.date.align('2024-05-16T12:34:56', btk.date.hour)") == "2024-05-16 12:00:00");
  CHECK(script.value("btk.date.diff('2024-01-02', '2024-01-01', 'hours')") == "24");
  CHECK(script.value("btk.date.diff('2024-01-01', '2024-01-02')") == "-86400000");
  CHECK(script.value("btk.date.diff('2024-03-30', '2024-01-31', 'month')") == "1");
  CHECK(script.value("btk.date.diff('2024-03-31', '2024-01-31', 'month')") == "2");
  CHECK(script.value("btk.date.diff('2024-01-31', '2024-03-31', 'month')") == "-2");
  CHECK(script.value("btk.date.diff('2024-02-28', '2020-02-29', 'year')") == "3");
  CHECK(script.value("btk.date.minute + btk.date.hour + btk.date.day + btk.date.week") == "694860000");
  CHECK_THAT(script.error("btk.date.add(0, 1, 'fortnight')"), Contains("unknown unit 'fortnight'"));
  CHECK_THAT(script.error("btk.date.add(0, 0.5, 'month')"),
             Contains("needs a whole number of months, got 0.5"));
  CHECK_THAT(script.error("btk.date.align(0, '7m')"), Contains("'7m' is no interval"));
}

// ---- btk.log ---------------------------------------------------------------------

TEST_CASE("log lines are formatted or joined, and never fail") {
  LibraryScript script;
  script.run(R"(
    local log = btk.log
    log.info("sold %d of %s at %.2f", 3, "BTC", 1.005)
    log.info("walker", 2, "of", 5)
    log.warn { b = 1, a = { 1, 2 } }
    log.error("state %s", { x = true })
    log.debug("100% sure", nil, false)
    log.trace("%d", "not a number")
    log.info(nil)
    local cycle = { f = print } cycle.me = cycle
    log.info("odd", cycle, print, 0/0)
    log.info("100%")
  )");
  CHECK_THAT(script.lines(), Equals(std::vector<std::string>{
                                 "info: sold 3 of BTC at 1.00",
                                 "info: walker 2 of 5",
                                 "warn: {\"a\":[1,2],\"b\":1}",
                                 "error: state {\"x\":true}",
                                 "debug: 100% sure nil false",
                                 "trace: %d not a number",
                                 "info: nil",
                                 "info: odd {\"f\":\"<function>\",\"me\":\"<cycle>\"} <function> NaN",
                                 "info: 100%",
                             }));
}

// ---- btk.math --------------------------------------------------------------------

TEST_CASE("numbers are rounded from their exact value") {
  LibraryScript script;
  CHECK(script.value("btk.math.round(2.5)") == "3");
  CHECK(script.value("btk.math.round(-2.5)") == "-3");
  CHECK(script.value("btk.math.round(2.675, 2)") == "2.67");  // the double lies below 2.675
  CHECK(script.value("btk.math.round(1234.5, -2)") == "1200");
  CHECK(script.value("btk.math.round(-1250, -2)") == "-1300");
  CHECK(script.value("btk.math.round_ticks(1.23456, 0.01)") == "1.23");
  CHECK(script.value("btk.math.round_ticks(1.5, 0.25)") == "1.50");
  CHECK(script.value("btk.math.round_ticks(42000.7, 1)") == "42001");
  CHECK(script.value("btk.math.round_ticks(0.000012345678, 1e-7)") == "0.0000123");
  CHECK(script.value("btk.math.round_ticks(0.000012345678, 2.5e-8)") == "0.00001235");
  CHECK(script.value("btk.math.clamp(5, 1, 3) + btk.math.clamp(0, 1, 3) + btk.math.clamp(2, 1, 3)") == "6");
  CHECK_THAT(script.error("btk.math.round_ticks(1, 0)"), Contains("tick must be above 0"));
  CHECK_THAT(script.error("btk.math.round(0/0)"), Contains("math.round: x must be a finite number"));
  CHECK_THAT(script.error("btk.math.clamp(1, 3, 2)"), Contains("math.clamp needs low <= high"));
}

TEST_CASE("numbers are summed up") {
  LibraryScript script;
  CHECK(script.value("btk.math.sum{} + btk.math.sum{ 1, 2, 3.5 }") == "6.5");
  CHECK(script.value("btk.math.mean{ 1, 2, 6 }") == "3");
  CHECK(script.value("btk.math.median{ 5, 1, 3 } .. ' ' .. btk.math.median{ 4, 1, 3, 2 }") == "3 2.5");
  CHECK(script.value("btk.math.stddev{ 2, 4, 4, 4, 5, 5, 7, 9 }") == "2");
  CHECK(script.value("btk.math.stddev({ 1, 3 }, true) ^ 2 < 2.0000001") == "true");
  CHECK(script.value("btk.math.min{ 3, -1, 2 } .. ' ' .. btk.math.max{ 3, -1, 2 }") == "-1 3");
  CHECK(script.run(
            "local slope, at_zero = btk.math.linear_regression{ 3, 5, 7 } return slope .. ' ' .. at_zero") ==
        "2 1");
  CHECK(script.value("btk.math.percent_diff(100, 101) .. ' ' .. btk.math.percent_diff(101, 100)") == "1 1");
  CHECK(script.value("btk.math.percent_diff(5, 5) .. ' ' .. btk.math.percent_diff(0, 5)") == "0 inf");
  CHECK(script.value("btk.math.percent_value(100, 105) > 4.999999") == "true");
  CHECK_THAT(script.error("btk.math.mean{}"), Contains("math.mean needs 1 numbers or more, got 0"));
  CHECK_THAT(script.error("btk.math.max{ 1, 'x' }"),
             Contains("math.max: element 2 is x, it must be a finite number"));
}
