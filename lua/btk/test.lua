-- require "btk.test", under `btkhost test`: blocks and tests as in busted, back-tests as one call (t.run), a clock that stands.
-- The file's main chunk collects the tests; the runner (lua/test_file.h) lists them and runs one after the other.
local core = ...
local host, raise = core.host, core.raise
local expect, market = core.module("expect"), core.module("market")
local schema, json = core.module("schema"), core.module("json")
local type, tostring, error, ipairs, setmetatable = type, tostring, error, ipairs, setmetatable
local pairs, format, raw_xpcall = core.raw_pairs, core.raw_format, core.raw_xpcall
local concat, sort = table.concat, table.sort

local MINUTE = 60000
local t, runner = {}, {}

t.expect, t.assert, t.spy = expect.expect, expect.assert, expect.spy

-- Blocks and tests ----------------------------------------------------------------

local tests = {}
local block = { name = "", before = {}, after = {} }
local running -- the test under way

local function check_name(who, name)
  if type(name) ~= "string" or name == "" then raise(format("%s needs a name first, got %s", who, type(name))) end
end

local function check_function(who, fn)
  if type(fn) ~= "function" then raise(format("%s needs a function, got %s", who, type(fn))) end
end

local function not_now(who)
  if running then raise(who .. " stands outside of tests: in the file or in a describe") end
end

local function full_name(name)
  local names, at = { name }, block
  while at do
    if at.name ~= "" then table.insert(names, 1, at.name) end
    at = at.outer
  end
  return concat(names, " > ")
end

--- Groups tests; may be nested.
function t.describe(name, fn)
  check_name("describe", name)
  check_function("describe", fn)
  not_now("describe")
  block = { name = name, outer = block, before = {}, after = {} }
  fn()
  block = block.outer
end
t.context = t.describe

local function add(name, fn, pending)
  local file, line = core.user_position()
  tests[#tests + 1] = { name = full_name(name), fn = fn, block = block, file = file or "", line = line or 0, pending = pending }
end

--- One test.
function t.it(name, fn)
  check_name("it", name)
  check_function("it", fn)
  not_now("it")
  add(name, fn)
end
t.test = t.it

local Pending = {}

--- A test that is to be written; inside a test: ends it as such.
function t.pending(name)
  if running then error(setmetatable({ message = name and tostring(name) or "pending" }, Pending), 0) end
  check_name("pending", name)
  add(name, nil, true)
end

--- Called before every test of this block and of the blocks in it, outer ones first.
function t.before_each(fn)
  check_function("before_each", fn)
  not_now("before_each")
  block.before[#block.before + 1] = fn
end

--- Called after every test of this block and of the blocks in it, inner ones first, also after a failing one.
function t.after_each(fn)
  check_function("after_each", fn)
  not_now("after_each")
  block.after[#block.after + 1] = fn
end

--- What os.time() and os.date() show outside of runs from here to the end of the test; without a test: as every test begins.
--- nil: 1970 again.
local frozen
function t.freeze(date)
  local ms = date == nil and 0 or type(date) == "number" and date or type(date) == "string" and host.parse_date(date)
  if not ms then raise("freeze needs a date or milliseconds, got " .. tostring(date)) end
  host.test_clock(ms)
  if not running then frozen = ms end
end

-- Runs -----------------------------------------------------------------------------

local fields = {
  script = true, script_text = true, strategy = true, market = true, exchange = true, symbol = true, symbols = true,
  from = true, to = true, settings = true, seed = true, mode = true, broker = true, keep_errors = true,
}

local function known_fields()
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  sort(names)
  return names
end

local function moment(name, value, last)
  if value == nil then return nil end
  local ms = type(value) == "number" and value or type(value) == "string" and host.parse_date(value, last)
  if not ms then raise(format("run: %s must be a date or milliseconds, got %s", name, tostring(value))) end
  return ms
end

-- Markets by symbol, or nil.
local function markets_of(spec, symbols)
  local given = spec.market
  if given == nil then return nil end
  if market.is(given) then
    local out = {}
    for _, symbol in ipairs(symbols) do out[symbol] = given end
    return out
  end
  if type(given) ~= "table" then raise("run: market must be a market (btk.market.flat(100)...) or a table of markets by symbol") end
  for symbol, one in pairs(given) do
    if not market.is(one) then raise(format("run: market.%s is no market; make one with btk.market.flat(price)", tostring(symbol))) end
  end
  for _, symbol in ipairs(symbols) do
    if not given[symbol] then raise(format("run: there is no market for %s", symbol)) end
  end
  return given
end

local function symbols_of(spec)
  if spec.symbols ~= nil then
    if type(spec.symbols) ~= "table" or #spec.symbols == 0 then raise("run: symbols must be a list of symbols") end
    return spec.symbols
  end
  return { spec.symbol or "BTCUSDT" }
end

-- The range of the markets, as far as the caller leaves it open.
local function range_of(spec, markets, symbols)
  local from, to = moment("from", spec.from), moment("to", spec.to, true)
  if markets and not (from and to) then
    local first, last = markets[symbols[1]]:range()
    for i = 2, #symbols do
      local a, b = markets[symbols[i]]:range()
      first, last = math.min(first, a), math.max(last, b)
    end
    -- A session begins after some candles: without a past it knows no price.
    local live = spec.broker ~= nil or spec.mode == "paper" or spec.mode == "live"
    from, to = from or first + (live and host.get_config().CC_AVG_PRICE_CANDLES_COUNT * MINUTE or 0), to or last
  end
  return from, to
end

local Report = {}
Report.__index = Report

--- The commands, milestones, rejections ... of one kind ("position", "commit", "partial_profit", "risk_rejection", ...).
function Report:events_of(kind)
  local out = {}
  for _, event in ipairs(self.events) do
    if event.kind == kind then out[#out + 1] = event end
  end
  return out
end

local function lines(text)
  local out = {}
  for line in text:gmatch("[^\n]+") do out[#out + 1] = line end
  return out
end

-- The plain table of the host as what t.run returns.
local function dress(raw)
  local report = setmetatable(raw, Report)
  report.trades, report.cancelled = {}, {}
  for _, row in ipairs(report.signals) do
    local list = row.action == "closed" and report.trades or report.cancelled
    list[#list + 1] = row
  end
  report.decisions = lines(report.decisions)
  report.broker_calls = json.decode(report.broker_calls)
  return report
end

-- A run that failed, or whose script raised errors, fails the test, unless the test looks at them itself.
local function check_run(spec, report)
  local noticed = expect.take_noticed()
  if noticed then error(noticed, 0) end
  if spec.keep_errors then return end
  if report.failure then
    expect.fail { message = "the run failed: " .. report.failure, expected = "a run to its end", actual = report.failure }
  end
  local first = report.errors[1]
  if not first then return end
  local place = first.file and first.file ~= "" and format("%s:%d: ", first.file, first.line) or ""
  expect.fail {
    message = format("%s failed inside the run (keep_errors = true lets a test look at report.errors)", first.where),
    expected = "a run without script errors", actual = format("%s%s, %d times", place, first.message, first.count),
    candle = first.candle,
  }
end

local count = 0

-- A strategy of the test's own state.
local function run_here(spec, symbols, markets)
  if #symbols > 1 then raise("run: several symbols need script =, each is run in a state of its own") end
  if spec.mode and spec.mode ~= "backtest" or spec.broker then
    raise("run: paper and live runs need script = or script_text =")
  end
  local btk, symbol = core.loaded.btk, symbols[1]
  count = count + 1
  local strategy = spec.strategy or schema.first("strategy")
  if strategy == nil then raise("run: there is no strategy; give strategy = a name or a table, or script = a file") end
  if type(strategy) == "table" then
    local own = {}
    for key, value in pairs(strategy) do own[key] = value end
    own.strategy_name = own.strategy_name or "strategy of test"
    if schema.has("strategy", own.strategy_name) then own.strategy_name = format("%s %d", own.strategy_name, count) end
    btk.add_strategy(own)
    strategy = own.strategy_name
  end
  local exchange = spec.exchange
  if markets or type(exchange) == "table" then
    local own = markets and { get_candles = markets[symbol]:get_candles() } or {}
    for key, value in pairs(not markets and exchange or {}) do own[key] = value end
    own.exchange_name = format("exchange of test %d", count)
    btk.add_exchange(own)
    exchange = own.exchange_name
  end
  exchange = exchange or schema.first("exchange")
  if exchange == nil then raise("run: there are no candles; give market = or exchange =") end
  local from, to = range_of(spec, markets, symbols)
  local frame = schema.first("frame")
  if from or to then
    if not (from and to) then raise("run: give both from and to") end
    frame = format("frame of test %d", count)
    btk.add_frame { frame_name = frame, interval = "1m", start_date = from, end_date = to }
  end
  if not frame then raise("run: there is no frame; give from and to") end
  local context = { strategy_name = strategy, exchange_name = exchange, frame_name = frame }
  local before = host.get_config()
  if spec.settings then host.test_config(spec.settings) end
  local ok, problem = raw_xpcall(function()
    for _ in btk.backtest.run(symbol, context) do end -- luacheck: ignore
  end, host.error_handler)
  host.test_config(before, true)
  if not ok then error(problem, 0) end
  return { dress(host.test_report()) }
end

-- A file or a text, in a fresh state that knows nothing of this one.
local function run_apart(spec, symbols, markets)
  if type(spec.strategy) == "table" then raise("run: with a script, strategy is the name of one of its strategies") end
  local from, to = range_of(spec, markets, symbols)
  local settings, candles = {}, nil
  for key, value in pairs(spec.settings or {}) do settings[#settings + 1] = { tostring(key), tostring(value) } end
  sort(settings, function(a, b) return a[1] < b[1] end)
  if markets then
    candles = {}
    for symbol, one in pairs(markets) do candles[symbol] = one:candles() end
  end
  local exchange = spec.exchange
  local broker = spec.broker and core.module("test_broker").plan(spec.broker)
  local mode = spec.mode or (broker and "live" or "backtest")
  if mode ~= "backtest" and mode ~= "paper" and mode ~= "live" then
    raise(format('run: mode must be "backtest", "paper" or "live", got %s', tostring(mode)))
  end
  if mode ~= "backtest" and not (from and to) then raise("run: a paper or live run needs market =, or from and to") end
  local raw = host.test_run {
    script = spec.script, text = spec.script_text, strategy_name = spec.strategy,
    exchange_name = type(exchange) == "string" and exchange or nil, exchange = type(exchange) == "table" and exchange or nil,
    candles = candles, symbols = symbols, has_symbols = spec.symbol ~= nil or spec.symbols ~= nil or markets ~= nil,
    from = from, to = to, settings = settings, seed = spec.seed, mode = mode, broker = broker,
  }
  local out = {}
  for i, one in ipairs(raw) do out[i] = dress(one) end
  return out
end

--- Makes a run and returns its report. What it takes:
---   script = a file (relative to this one) or script_text = Lua text: run in a fresh state;
---   or strategy = a name registered here, or a strategy's table: run here, so that it may use locals of the test;
---   market = btk.market..., or a table of them by symbol; or exchange = { driver = "csv" | "synthetic", ... } or a name;
---   symbol (BTCUSDT) or symbols, from, to (default: the whole market), settings = { CC_... = }, seed,
---   mode = "backtest" | "paper" | "live", broker = a list of verdicts, keep_errors = true.
function t.run(spec)
  if type(spec) ~= "table" then raise("run needs a table such as { script = \"strategy.lua\", market = btk.market.flat(100) }") end
  for name in pairs(spec) do
    if not fields[name] then
      local names = known_fields()
      local near = host.nearest(tostring(name), names)
      raise(format("run has no field '%s'%s", tostring(name), near and format("; did you mean '%s'?", near) or
                   "; it has " .. concat(names, ", ")))
    end
  end
  if core.current then raise("run cannot be called inside a callback of another run") end
  if spec.market and spec.exchange then raise("run: give market or exchange, not both") end
  if spec.script and spec.script_text then raise("run: give script or script_text, not both") end
  local symbols = symbols_of(spec)
  local markets = markets_of(spec, symbols)
  local runs = (spec.script or spec.script_text) and run_apart(spec, symbols, markets) or run_here(spec, symbols, markets)
  for _, one in ipairs(runs) do check_run(spec, one) end
  local report = runs[1]
  if #runs > 1 then report.runs = runs end
  return report
end

-- Verdicts of a scripted broker.
--- The order is confirmed, perhaps with { price =, quantity =, fee =, order_id = }.
function t.confirmed(fill) return { verdict = "confirmed", fill = fill } end
--- The exchange refuses the order for good.
function t.rejected(why) return { verdict = "rejected", why = why or "rejected by the test" } end
--- A check: the exchange has no such order any more.
function t.deleted(why) return { verdict = "deleted", why = why or "deleted by the test" } end
--- Nobody knows: the same question comes again.
function t.unknown(why) return { verdict = "unknown", why = why or "no answer in the test" } end

core.module("unknown").guard_tables({ test = t }, { "test" })

-- What the runner calls -----------------------------------------------------------

--- The tests of the file, in order.
function runner.list()
  local out = {}
  for i, one in ipairs(tests) do
    out[i] = { name = one.name, file = one.file, line = one.line, pending = one.pending or false }
  end
  return out
end

local function blocks_of(one)
  local out, at = {}, one.block
  while at do
    table.insert(out, 1, at)
    at = at.outer
  end
  return out
end

local function result_of(status, problem)
  local value = type(problem) == "table" and problem.value or problem
  if type(value) == "table" and core.raw_getmetatable(value) == Pending then return { status = "pending", message = value.message } end
  local out = { status = status }
  if expect.is_failure(value) then
    out.message, out.expected, out.actual, out.candle = value.message, value.expected, value.actual, value.candle
    out.file, out.line = value.file, value.line
  elseif type(problem) == "table" then
    out.status = "error"
    out.message, out.file, out.line = problem.message, problem.file, problem.line
    out.traceback = problem.traceback
    if problem.late then out.message, out.traceback = "the test took longer than it may (--timeout)", nil end
  else
    out.status, out.message = "error", tostring(problem)
  end
  if not out.file then out.file, out.line = running.file, running.line end
  return out
end

--- Runs one test and says how it ended.
function runner.run(index)
  local one = tests[index]
  if one.pending then return { status = "pending" } end
  running = one
  host.test_clock(frozen or 0)
  expect.take_noticed()
  local blocks, problem = blocks_of(one), nil
  local function step(fn)
    local ok, raised = raw_xpcall(fn, host.error_handler)
    if ok then
      local noticed = expect.take_noticed() -- inside a run of btk.backtest.run
      if noticed then ok, raised = false, noticed end
    end
    if not ok and core.stop_reason() ~= 0 then error(raised, 0) end
    if not ok and not problem then problem = { raised } end
    return ok
  end
  for _, b in ipairs(blocks) do
    for _, fn in ipairs(b.before) do
      if not problem then step(fn) end
    end
  end
  if not problem then step(one.fn) end
  for i = #blocks, 1, -1 do
    for _, fn in ipairs(blocks[i].after) do step(fn) end
  end
  local result = problem and result_of("failed", problem[1]) or { status = "passed" }
  running = nil
  host.test_clock(frozen or 0)
  return result
end

--- After a test that was ended from outside.
function runner.reset() running = nil end

core.loaded["btk.test"] = t
core.globals.assert = expect.assert
return runner
