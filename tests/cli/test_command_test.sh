#!/bin/sh
# btkhost test: what it finds, runs, prints and answers.
. "$(dirname -- "$0")/harness.sh"

mkdir -p tests other
cat >strategy.lua <<'LUA'
local btk = require "btk"
btk.add_exchange { exchange_name = "nowhere", driver = "csv", path = "none/{symbol}.csv" }
btk.add_frame { frame_name = "f", start_date = "2024-01-01", end_date = "2024-01-02" }
local done
btk.add_strategy {
  strategy_name = "once",
  get_signal = function(symbol, when, price)
    if done then return nil end
    done = true
    return { position = "long", price_take_profit = price * 1.02, price_stop_loss = price * 0.98, minute_estimated_time = 600 }
  end,
}
return {
  never_called = function()
    return 1
  end,
}
LUA
cat >tests/good_test.lua <<'LUA'
local btk, t = require "btk", require "btk.test"
local steps = {}
t.before_each(function() steps[#steps + 1] = "outer" end)
t.describe("a block", function()
  t.before_each(function() steps[#steps + 1] = "inner" end)
  t.after_each(function() steps = {} end)
  t.it("prepares from the outside in", function() assert.are.same({ "outer", "inner" }, steps) end)
  t.pending("is to be written")
end)
t.it("takes profit on a rise", function()
  local report = t.run { script = "../strategy.lua", market = btk.market.flat(100, 30):ramp(104, 60) }
  assert.trade(report.trades[1], { position = "long", close_reason = "take_profit" })
  assert.above(0, #report.decisions)
  assert.are.equal("opened", report:events_of("position")[1].action)
end)
t.it("may use a strategy with locals of the test", function()
  local seen = 0
  t.run { market = btk.market.flat(100, 30), strategy = { get_signal = function() seen = seen + 1 end } }
  assert.above(20, seen)
end)
t.it("runs on candles of a seed", function()
  local function run() return t.run { script = "../strategy.lua", exchange = { driver = "synthetic", seed = 4 }, from = "2024-01-01", to = "2024-01-02" } end
  assert.are.equal(run().run_hash, run().run_hash)
end)
t.it("asks a broker that answers by a list", function()
  local market = btk.market.flat(100, 30):ramp(104, 60)
  local refused = t.run { script = "../strategy.lua", market = market, broker = { t.rejected "no" } }
  assert.are.equal(0, #refused.trades)
  local bought = t.run { script = "../strategy.lua", market = market, broker = { t.unknown(), true } }
  assert.are.equal("take_profit", bought.trades[1].close_reason)
  assert.are.equal(bought.broker_calls[1].signal_id, bought.broker_calls[2].signal_id)
end)
t.it("sees a clock that stands", function()
  assert.are.equal(0, os.time())
  t.freeze("2024-01-01")
  assert.are.equal(1704067200, os.time())
end)
t.it("knows the matchers", function()
  assert.is_true(true)
  assert.is_not_nil(1)
  assert.near(1, 1.05, 0.1)
  assert.has_error(function() error("why") end, "why")
  assert.has_no.errors(function() end)
  assert.are_not.same({ a = { 1 } }, { a = { 2 } })
  assert.contains("b", { "a", "b" })
  t.expect(3).to.equal(3)
  t.expect(nil).to_be_nil()
  t.expect(3):not_to_equal(4)
  local spy = t.spy(function(x) return x end)
  spy(7)
  assert.spy(spy).was.called(1)
  assert.spy(spy).was.called_with(7)
end)
LUA

ok "tests that hold pass" ends 0 test
ok "and are counted" says out "7 passed, 0 failed, 1 pending in 1 file"
ok "a filter leaves others out" ends 0 test --filter matchers
ok "and counts what is left" says out "1 passed, 0 failed in 1 file"
ok "--list names them" ends 0 test --list
ok "with place and blocks" says out "tests/good_test.lua:7: a block > prepares from the outside in"
ok "a filter that nothing has is no success" ends 1 test --filter nosuchtest
ok "and says so" says err 'no test has "nosuchtest" in its name'
ok "the lines of scripts are counted" ends 0 test --coverage
ok "with those that were missed" sh -c 'grep -q "^strategy.lua .*%  15" out'

cat >other/bad_test.lua <<'LUA'
local btk, t = require "btk", require "btk.test"
t.it("expects too much", function()
  assert.are.equal(2, 1 + 2)
end)
t.it("fails inside a run", function()
  t.run { market = btk.market.flat(100, 30), strategy = { get_signal = function(symbol, when, price)
    assert.below(50, price)
  end } }
end)
t.it("meets an error of the strategy", function()
  t.run { market = btk.market.flat(100, 30), strategy = { get_signal = function() return nothing.there end } }
end)
t.it("never ends", function() while true do end end)
t.it("goes on after it", function() end)
t.it("mistypes a matcher", function() assert.are.eqaul(1, 1) end)
t.it("mistypes a field", function() t.run { scirpt = "x.lua" } end)
LUA
ok "tests that do not hold fail" ends 1 test other --timeout 2 --junit results.xml
ok "with place" says out "FAILED other/bad_test.lua:3: expects too much"
ok "what was expected" says out "expected: 2"
ok "and what was there" says out "actual:   3"
ok "inside a run with its line" says out "FAILED other/bad_test.lua:7: fails inside a run"
ok "and its candle" says out "candle:   BTCUSDT 2024-01-01 00:0"
ok "an error of a strategy is one of the test" says out "get_signal failed inside the run"
ok "a test that never ends is ended" says out "took longer than it may (--timeout)"
ok "a matcher that is none is named with the nearest" says out "did you mean 'equal'?"
ok "so is a field" says out "did you mean 'script'?"
ok "the others are run" says out "1 passed, 6 failed in 1 file"
ok "build servers read the same" sh -c 'grep -q "<testsuites tests=\"7\" failures=\"6\"" results.xml && grep -q "line=\"2\"" results.xml'

echo 'local t = require "btk.test" t.it("x", function( end)' >other/broken_test.lua
ok "a file that does not load fails" ends 1 test other/broken_test.lua
ok "with the line" says out "FAILED other/broken_test.lua:1: the file does not load"
ok "a path that is not there is refused" refuses "cannot open nowhere" test nowhere
ok "an option that is none, too" refuses 'did you mean "--filter"?' test --fitler x
mkdir empty
ok "a folder without tests is no success" ends 1 test empty
ok "files run at the same time give the same" ends 1 test tests other --jobs 4 --timeout 2
ok "in their order" sh -c 'head -n 1 out | grep -q "tests/good_test.lua: 7 passed"'
echo 'local t = require "btk.test"' >plain.lua
ok "elsewhere btk.test is refused with a reason" refuses "only under \`btkhost test\`" check plain.lua

"$program" test tests --watch --quiet >watch.out 2>watch.err &
watcher=$!
comes() { for _ in $(seq 300); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done; return 1; }
runs() { [ "$(grep -c "in 1 file" watch.out)" -ge "$1" ]; }
ok "--watch runs the tests" comes runs 1
ok "and waits" comes says watch.err "watching"
echo '-- another' >>strategy.lua
ok "a change of the script runs them again" comes runs 2
kill -INT $watcher
wait $watcher
ok "Ctrl-C ends it" [ $? -eq 0 ]
verdict
