// Risk validations: what they are given and what their answers mean.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

ScriptOutcome judged(const std::string& validation, const std::string& more = "") {
  ScriptBench bench;
  return bench.run("\nbtk.add_risk { risk_name = 'r', validations = {\n" + validation + "\n} " + more + R"( }
    btk.add_strategy { strategy_name = "s", interval = "1h", risk_name = "r", get_signal = function(_, _, price) return long(price) end }
    btk.listen_risk(function(e)
      if seen then return end
      seen = true
      print("rejected", e.risk_name, e.rejection_id, e.rejection_note, e.active_position_count, e.current_signal.position, e.current_price)
    end))");
}

}  // namespace

TEST_CASE("Validations: what allows and what rejects", "[script]") {
  struct Verdict { const char* validation; const char* shown; const char* error; };
  const auto v = GENERATE(values<Verdict>({
      {"function() end", "", ""},
      {"function() return true end", "", ""},
      {"function() return 'too hot' end", "rejected\tr\tnil\ttoo hot\t0\tlong\t100", ""},
      {"function() return '' end", "rejected\tr\tnil\t\t0\tlong\t100", ""},
      {"function() return false end", "rejected\tr\tnil\trejected\t0\tlong\t100", ""},
      {"function() return { id = 'x7', note = 'no' } end", "rejected\tr\tx7\tno\t0\tlong\t100", ""},
      {"function() return {} end", "rejected\tr\tnil\trejected\t0\tlong\t100", ""},
      {"function() error('why') end", "rejected\tr\tnil\twhy\t0\tlong\t100", ""},
      {"function() error({ id = 'x', note = 'table' }) end", "rejected\tr\tx\ttable\t0\tlong\t100", ""},
      {"{ validate = function() return 'inside' end, note = 'unused' }", "rejected\tr\tnil\tinside\t0\tlong\t100", ""},
      {"function() end, function() return 'second' end", "rejected\tr\tnil\tsecond\t0\tlong\t100", ""},
      {"function() return error('why', 2) end", "rejected\tr\tnil\twhy\t0\tlong\t100", ""},
      {"function() error({}) end", "rejected\tr\tnil\t(error value is a table, not a text)\t0\tlong\t100", ""},
      {"function() assert(false, 'hot') end", "rejected\tr\tnil\thot\t0\tlong\t100", ""},
      {"function() assert(nil) end", "rejected\tr\tnil\tassertion failed!\t0\tlong\t100", ""},
      {"function() coroutine.wrap(function() error('inside') end)() end", "rejected\tr\tnil\tinside\t0\tlong\t100", ""},
      {"function() local ok, e = pcall(error, 'again'); error(e, 0) end", "rejected\tr\tnil\tagain\t0\tlong\t100", ""},
      {"function(q) return q.limit < 3 end", "rejected\tr\tnil\tattempt to compare nil with number\t0\tlong\t100",
       "test.lua:3: attempt to compare nil with number"},
      {"function() coroutine.wrap(function() return {} < 1 end)() end", "rejected\tr\tnil\tattempt to compare table with number\t0\tlong\t100",
       "test.lua:3: attempt to compare table with number"},
      {"function() local size = math.abs('x') return size > 1 end", "rejected\tr\tnil\tbad argument #1 to 'abs' (number expected, got string)\t0\tlong\t100",
       "test.lua:3: bad argument #1 to 'abs' (number expected, got string)"},
      {"function(q) return btk.get_pending_signl(q.symbol) end",
       "rejected\tr\tnil\tbtk has no function 'get_pending_signl'; did you mean 'get_pending_signal'?\t0\tlong\t100",
       "test.lua:3: btk has no function 'get_pending_signl'; did you mean 'get_pending_signal'?"},
      {"function(q) return btk.backtest.get_position_levels(q.symbol, { strategy_name = 's', exchange_name = 'm', frame_name = 'f' }) end",
       "rejected\tr\tnil\tget_position_levels: BTCUSDT has no open position\t0\tlong\t100",
       "test.lua:3: get_position_levels: BTCUSDT has no open position"},
      {"function(q) return #btk.get_candles(q.symbol, '1d', 400) > 0 end", "rejected\tr\tnil\tget_candles: 400 candles of BTCUSDT 1d asked for, 1 exist before 2024-01-01 00:00\t0\tlong\t100",
       ""},
      {"function() local function deeper() return 1 + deeper() end return deeper() end", "rejected\tr\tnil\tstack overflow\t0\tlong\t100",
       "test.lua:3: stack overflow"},
      {"function() return 5 end", "rejected\tr\tnil\tthe validation returned a number\t0\tlong\t100",
       "test.lua:3: a risk validation must return nil, true, false, a text or { id =, note = }; it returned a number"},
      {"function() return { 1, 2 } end", "rejected\tr\tnil\trejected\t0\tlong\t100",
       "test.lua:3: a risk validation must return nil, true, false, a text or { id =, note = }; it returned a table with the field '1'"},
      {"function() return { foo = 1 } end", "rejected\tr\tnil\trejected\t0\tlong\t100",
       "test.lua:3: a risk validation must return nil, true, false, a text or { id =, note = }; it returned a table with the field 'foo'"},
      {"function() return { note = 'hot', nodes = 1, foo = 1 } end", "rejected\tr\tnil\thot\t0\tlong\t100",
       "test.lua:3: a risk validation must return nil, true, false, a text or { id =, note = }; it returned a table with the field 'foo'"},
      {"function() return print end", "rejected\tr\tnil\tthe validation returned a function\t0\tlong\t100",
       "test.lua:3: a risk validation must return nil, true, false, a text or { id =, note = }; it returned a function"},
  }));
  CAPTURE(v.validation);
  const auto out = judged(v.validation);
  CHECK(out.problem == "");
  CHECK(out.text() == v.shown);
  CHECK(out.report().signals.empty() == (*v.shown != 0));
  if (*v.error == 0) {
    CHECK(out.errors().empty());
  } else {
    REQUIRE(out.errors().size() == 1);
    CHECK(out.errors()[0] == v.error);
  }
}

TEST_CASE("A validation gets one table with everything that lua-api.md names", "[script]") {
  const auto out = judged(R"(function(q)
    if told then return end
    told = true
    print(q.symbol, q.strategy_name, q.exchange_name, q.frame_name, q.risk_name, q.current_price, q.timestamp, q.active_position_count, #q.active_positions)
    local s = q.current_signal
    print(s.position, s.price_open, s.price_take_profit, s.cost, s.multiplier, s.isolated, s.total_entries, s.pnl.pnl_percentage < 0, s.peak_profit.pnl_percentage < 0)
  end)");
  CHECK(out.text() == "BTCUSDT\ts\tm\tf\tr\t100\t1704067200000\t0\t0\nlong\t100\t102\t100\t1\ttrue\t1\ttrue\ttrue");
}

TEST_CASE("A rejected attempt is made again at the next tick, and callbacks tell the outcome", "[script]") {
  const auto out = judged("function(q) if os.date('%M') < '03' then return 'early' end end", R"(, callbacks = {
      on_rejected = function(symbol, e) print("no", symbol, e.rejection_note, os.date("%M")) end,
      on_allowed = function(symbol, q) print("yes", symbol, q.current_signal.position, os.date("%H:%M")) end })");
  REQUIRE(out.lines.size() >= 5);
  CHECK(out.lines[0] == "rejected\tr\tnil\tearly\t0\tlong\t100");
  CHECK(out.lines[1] + out.lines[2] + out.lines[3] == "no\tBTCUSDT\tearly\t00no\tBTCUSDT\tearly\t01no\tBTCUSDT\tearly\t02");
  CHECK(out.lines[4] == "yes\tBTCUSDT\tlong\t00:03");
}

TEST_CASE("Several profiles are asked in order: risk_name, then risk_list without repeats", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    for _, name in ipairs { "a", "b", "c" } do
      btk.add_risk { risk_name = name, validations = { function(q) print(q.risk_name) if name == "b" then return "no" end end } }
    end
    btk.add_strategy { strategy_name = "s", interval = "1h", risk_name = "c", risk_list = { "a", "c", "b" }, get_signal = function(_, when, price)
      if when == 1704067200000 then return long(price) end
    end })");
  CHECK(out.text() == "c\na\nb");
}

TEST_CASE("listen_validation hears what a validation raised", "[script]") {
  const auto out = judged("function() local x = nil; return x.y end") ;
  CHECK_THAT(out.text(), Contains("attempt to index local 'x'"));
  ScriptBench bench;
  const auto heard = bench.run(R"(
    btk.add_risk { risk_name = "r", validations = { function() error("bad day") end } }
    btk.add_strategy { strategy_name = "s", interval = "1h", risk_name = "r", get_signal = function(_, when, price)
      if when == 1704067200000 then return long(price) end
    end }
    btk.listen_validation(function() error("listener") end)
    btk.listen_validation(function(e) print(e.message, e.line, e.risk_name, e.symbol) end))");
  CHECK(heard.text() == "bad day\t2\tr\tBTCUSDT");
  REQUIRE(heard.errors().size() == 1);
  CHECK_THAT(heard.errors()[0], Contains("listener"));
}
