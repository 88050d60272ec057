-- t.run of btk.test: a whole run as one call, in the test's own state (a strategy's table) or in fresh ones (a script), and the
-- report that it returns.
local core = ...
local host, raise = core.host, core.raise
local expect, market, world = core.module("expect"), core.module("market"), core.module("test_world")
local schema, json = core.module("schema"), core.module("json")
local type, tostring, error, ipairs, setmetatable = type, tostring, error, ipairs, setmetatable
local pairs, format, raw_xpcall = core.raw_pairs, core.raw_format, core.raw_xpcall
local concat, sort = table.concat, table.sort

local MINUTE = 60000

local fields = {
  script = true, script_text = true, strategy = true, market = true, exchange = true, symbol = true, symbols = true,
  from = true, to = true, settings = true, seed = true, mode = true, broker = true, keep_errors = true,
  http = true, llm = true, env = true,
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

--- @meta btk.test
--- @class btk.test.Report
--- @field signals table[]  all finished ones
--- @field trades table[]  the closed ones
--- @field cancelled table[]
--- @field events table[]  each with `kind`
--- @field decisions string[]  the lines that the run hash is made of
--- @field run_hash string
--- @field stats table
--- @field errors table[]
--- @field warmup_ticks integer
--- @field broker_calls table[]
--- @field http_calls table[]
--- @field llm_calls table[]
--- @field runs btk.test.Report[]?  with several symbols: one for each

--- @methods Report of btk.test.Report
local Report = {}
Report.__index = Report

--- The commands, milestones, rejections ... of one kind ("position", "commit", "partial_profit", "risk_rejection", ...).
--- @param kind string
--- @return table[]
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

local before -- the settings that are to come back after a run of the test's own state

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
  before = host.get_config()
  if spec.settings then host.test_config(spec.settings) end
  local ok, problem = raw_xpcall(function()
    for _ in btk.backtest.run(symbol, context) do end -- luacheck: ignore
  end, host.error_handler)
  host.test_config(before, true)
  before = nil
  if not ok then error(problem, 0) end
  return { dress(host.test_report()) }
end

-- { { name, value }, ... } by name.
local function pairs_of(field, given)
  if given ~= nil and type(given) ~= "table" then raise(format("run: %s must be a table of names and values, got %s", field, type(given))) end
  local out = {}
  for name, value in pairs(given or {}) do out[#out + 1] = { tostring(name), tostring(value) } end
  sort(out, function(a, b) return a[1] < b[1] end)
  return out
end

-- A file or a text, in a fresh state that knows nothing of this one.
local function run_apart(spec, symbols, markets)
  if type(spec.strategy) == "table" then raise("run: with a script, strategy is the name of one of its strategies") end
  local from, to = range_of(spec, markets, symbols)
  local settings, candles = pairs_of("settings", spec.settings), nil
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
    from = from, to = to, settings = settings, seed = spec.seed, mode = mode, broker = broker, env = pairs_of("env", spec.env),
  }
  local out = {}
  for i, one in ipairs(raw) do out[i] = dress(one) end
  return out
end

local function check_fields(spec)
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
  if spec.env and not (spec.script or spec.script_text) then
    raise("run: env needs script = or script_text =; a strategy = of the test shares the test's environment")
  end
end

-- What came since there were `before` requests.
local function since(kind, before)
  local out, list = {}, world.calls(kind)
  for i = before + 1, #list do out[#out + 1] = list[i] end
  return out
end

local runs = {}

--- Takes back what a run left behind that was ended from outside.
function runs.reset()
  core.module("run").leave(nil)
  core.module("backtest").forget_all()
  if before then host.test_config(before, true) end
  before = nil
end

--- Makes a run and returns its report. What it takes: `script` = a file (relative to this one) or `script_text` = Lua text: run in a fresh
--- state; or `strategy` = a name registered here, or a strategy's table: run here, so that it may use locals of the test; `market` =
--- btk.market..., or a table of them by symbol; or `exchange` = { driver = "csv" | "synthetic", ... } or a name; `symbol` (BTCUSDT) or `symbols`,
--- `from`, `to` (default: the whole market), `settings` = { CC_... = }, `seed`, `env` = { NAME = "value" }, `mode` = "backtest" | "paper" | "live",
--- `broker` = a list of verdicts, `http` and `llm` = what answers btk.http and btk.llm, `keep_errors` = true.
--- Example: local report = t.run { script = "../strategy.lua", market = btk.market.flat(100, 10):ramp(95, 600) }
--- @param spec table
--- @return btk.test.Report
function runs.run(spec)
  check_fields(spec)
  local symbols = symbols_of(spec)
  local markets = markets_of(spec, symbols)
  local saved, http_calls, llm_calls = world.save(), nil, nil
  local ok, made = raw_xpcall(function()
    for _, kind in ipairs { "http", "llm" } do
      if spec[kind] ~= nil then world.set(kind, spec[kind]) end
    end
    local before_http, before_llm = #world.calls("http"), #world.calls("llm")
    local reports = ((spec.script or spec.script_text) and run_apart or run_here)(spec, symbols, markets)
    http_calls, llm_calls = since("http", before_http), since("llm", before_llm)
    return reports
  end, host.error_handler)
  world.restore(saved)
  if not ok then error(made, 0) end
  for _, one in ipairs(made) do
    one.http_calls, one.llm_calls = http_calls, llm_calls
    check_run(spec, one)
  end
  local report = made[1]
  if #made > 1 then report.runs = made end
  return report
end

return runs
