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
mkdir listed && cp tests/good_test.lua listed/ && echo 'error("not today")' >listed/broken_test.lua
ok "--list beside a file that does not load" ends 1 test listed --list
ok "names the tests all the same" says out "listed/good_test.lua:7: a block > prepares from the outside in"
ok "and the error" says out "not today"
ok "and counts none as passed" sh -c '! grep -q passed out'
rm -r listed
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
ok "build servers read the same" sh -c 'grep -q "<testsuites tests=\"7\" failures=\"3\" errors=\"3\"" results.xml && grep -q "line=\"2\"" results.xml'

cat >other/world_test.lua <<'LUA'
local btk, t = require "btk", require "btk.test"
local question = { { role = "user", content = "Long or short?" } }
local market = btk.market.flat(100, 60)
local asks = [[
  local btk = require "btk"
  btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
    return btk.llm.signal { { role = "user", content = "price " .. price } }
  end } ]]
local fetches = [[
  local btk = require "btk"
  btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function()
    pcall(btk.http.get, "https://x.test/a?b=c%20d", { headers = { Key = btk.env("KEY") } })
  end } ]]
local wait = { position = "wait", price_open = 0, price_take_profit = 0, price_stop_loss = 0, minute_estimated_time = 1, note = "n" }
local long = { position = "long", price_open = 100, price_take_profit = 110, price_stop_loss = 90, minute_estimated_time = 30, note = "n" }
t.it("good: a text", function()
  local calls = t.llm { " up \n" }
  assert.are.equal("up", btk.llm.text(question, { raw = true }))
  assert.are.equal("Long or short?", calls[1].prompt)
end)
t.it("good: malformed JSON is asked for again", function()
  local calls = t.llm { "{ nope", '{"up":1}', { up = true } }
  local schema = { type = "object", properties = { up = { type = "boolean" } }, required = { "up" } }
  assert.same({ up = true }, btk.llm.json(question, { schema = schema }))
  assert.are.equal(3, #calls)
  assert.matches("cannot be used", calls[2].prompt)
  assert.are.equal("object", calls[1].schema.type)
end)
t.it("good: refusals and silence", function()
  local calls = t.llm(t.status(429, "slow down"))
  assert.error_matches(function() btk.llm.text(question) end, "429: slow down")
  assert.are.equal(3, #calls)
  calls = t.llm(t.status(401, "no key"))
  assert.error_matches(function() btk.llm.text(question) end, "refused.*no key")
  assert.are.equal(1, #calls)
  t.llm { t.unknown("line is dead"), "I am back" }
  assert.are.equal("I am back", btk.llm.text(question))
end)
t.it("good: in runs, also of the test's own strategy", function()
  local answer = function(q) return q.prompt == "price 100" and long or wait end
  local report = t.run { script_text = asks, market = market, llm = answer }
  assert.trade(report.trades[1], { position = "long" })
  assert.above(0, #report.llm_calls)
  report = t.run { market = market, llm = long, strategy = { get_signal = function() return btk.llm.signal(question) end } }
  assert.above(0, #report.trades)
end)
t.it("good: servers by route", function()
  local report = t.run { mode = "paper", market = market, http = { ["GET /a"] = { t.status(404), t.unknown(), { 1 }, { 2 }, { 3 }, "4", "5", "6", "7",
    "8", "9", "10" } }, env = { KEY = "secret" }, script_text = fetches }
  assert.are.equal("c d", report.http_calls[1].parameters.b)
  assert.are.equal("secret", report.http_calls[2].headers.Key)
end)
t.it("no model", function() btk.llm.text(question) end)
t.it("no model in a run", function() t.run { script_text = asks, market = market } end)
t.it("too few answers", function() t.run { script_text = asks, market = market, llm = { wait } } end)
t.it("assert in an answer", function()
  t.run { script_text = asks, market = market, llm = function(q) assert.are.equal("price 7", q.prompt) end }
end)
t.it("no such route", function() t.run { mode = "paper", market = market, http = { ["GET /b"] = {} }, script_text = fetches } end)
t.it("an answer that never comes to an end", function() t.run { script_text = asks, market = market, llm = function() while true do end end } end)
LUA
ok "models and servers of a test answer" ends 1 test other/world_test.lua --timeout 2
ok "those that are right pass" says out "world_test.lua: 5 passed, 6 failed"
ok "where none is scripted the test hears how" says out "no model answers in a test: script one with t.run { llm = ... } or t.llm(...)"
ok "too few answers fail, though the script catches it" says out "the test has 1 answers and was asked once more"
ok "an assert in an answer counts" says out "world_test.lua:57: assert in an answer"
ok "with what was asked" says out 'actual:   "price 100"'
ok "a request without a route is shown" says out "GET https://x.test/a?b=c%20d"
ok "an endless answer is one of the test" says out "world_test.lua:60: an answer that never comes to an end"

echo 'local t = require "btk.test" t.it("x", function( end)' >other/broken_test.lua
ok "a file that does not load fails" ends 1 test other/broken_test.lua
ok "with the line" says out "FAILED other/broken_test.lua:1: the file does not load"
ok "a path that is not there is refused" refuses "cannot open nowhere" test nowhere
ok "an option that is none, too" refuses 'did you mean "--filter"?' test --fitler x
mkdir empty
ok "a folder without tests is no success" ends 1 test empty
cd empty || exit 1
ok "nor is a place without a folder of tests" ends 1 test
ok "... where it is said what to do" says err 'name the files or folders with tests'
cd ..
ok "files run at the same time give the same" ends 1 test tests other --jobs 4 --timeout 2
ok "alone, too" ends 1 test tests other --jobs 1 --timeout 2 --junit one.xml
cp out one
ok "in pairs" ends 1 test tests other --jobs 2 --timeout 2 --junit two.xml
ok "with the same output" same one out
sed 's/ time="[^"]*"//' one.xml >one.plain
sed 's/ time="[^"]*"//' two.xml >two.plain
ok "and the same results for build servers" same one.plain two.plain
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
