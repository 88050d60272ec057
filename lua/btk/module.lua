-- Puts `require "btk"` together, and is what the host calls: which runs to make, begin one, go on with it.
local core = ...
local host, raise = core.host, core.raise
local schema, listeners, run = core.module("schema"), core.module("listeners"), core.module("run")
local data, commands, position = core.module("data"), core.module("commands"), core.module("position")
local params, runs = core.module("params"), core.module("runs")
local type, ipairs, tostring = type, ipairs, tostring
local pairs, format = core.raw_pairs, core.raw_format

local btk, module = {}, {}

function core.copy_list(list)
  local out = {}
  for i = 1, #list do out[i] = list[i] end
  return out
end

schema.install(btk)
listeners.install(btk)
data.install(btk)
commands.install(btk)
position.install(btk)
core.module("helpers").install(btk)
core.module("sizing").install(btk)
core.module("broker").install(btk)
core.module("persist").install(btk)
core.module("services").install(btk)
btk.ta = core.module("ta")
btk.series = core.module("series")
btk.http = core.module("http")
btk.crypto = core.module("crypto")
btk.json = core.module("json")
btk.log = core.module("log")
btk.date = core.module("date")
btk.math = core.module("mathx")

--- Levels of the way from the entry to a target, in percent (analytics.md 4.3).
btk.constant = { TP_LEVEL1 = 30, TP_LEVEL2 = 60, TP_LEVEL3 = 90, SL_LEVEL1 = 40, SL_LEVEL2 = 80,
                 tp_level1 = 30, tp_level2 = 60, tp_level3 = 90, sl_level1 = 40, sl_level2 = 80 }

btk.stats = {}
--- Back-test statistics of a plain list of closed signals, oldest first; options.cap keeps the newest rows only.
function btk.stats.closed_signals(list, options)
  if type(list) ~= "table" then raise("stats.closed_signals needs a list, got " .. type(list)) end
  local cap
  if options ~= nil then
    if type(options) ~= "table" then raise("stats.closed_signals: options must be a table such as { cap = 250 }") end
    for name in pairs(options) do
      if name ~= "cap" then raise(format("stats.closed_signals has no option '%s'; it has cap", tostring(name))) end
    end
    cap = options.cap
    if cap ~= nil and (type(cap) ~= "number" or cap < 0 or cap % 1 ~= 0) then
      raise("stats.closed_signals: cap must be a whole number, got " .. tostring(cap))
    end
  end
  return host.closed_signals(list, cap)
end

-- Configuration ---------------------------------------------------------------

--- Merges CC_ keys over the present values; all rules are checked unless `unsafe` is true, and nothing changes when one
--- is broken.
function btk.set_config(values, unsafe)
  if type(values) ~= "table" then raise("set_config needs a table, got " .. type(values)) end
  host.set_config(values, unsafe == true)
end
--- @api btk.get_config()
--- The settings in force: every CC_ key with its value.
--- @return table

--- @api btk.get_default_config()
--- The settings as they are without any change.
--- @return table

btk.get_config = host.get_config
btk.get_default_config = host.default_config

--- Symbols that the command line runs over when it is given none: upper-cased, without repeats.
function btk.set_symbols(list)
  if type(list) ~= "table" or #list == 0 then raise("set_symbols needs a list of symbols") end
  local names, seen = {}, {}
  for i, symbol in ipairs(list) do
    if type(symbol) ~= "string" then raise(format("set_symbols: entry %d is a %s, not a text", i, type(symbol))) end
    local name = symbol:match("^%s*(.-)%s*$"):upper()
    if name == "" or name:find("[^A-Z0-9._/:-]") or name:find("..", 1, true) then
      raise(format('set_symbols: "%s" is no symbol; use A-Z 0-9 . _ - / :', symbol))
    end
    if not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  runs.symbols = names
end

--- An environment variable, or `default`.
function btk.env(name, default)
  if type(name) ~= "string" then raise("env needs the name of a variable, got " .. type(name)) end
  local value = host.env(name)
  if value == nil then return default end
  return value
end

core.btk = btk
btk.include = core.module("include")
btk.context = core.module("context")

-- btk.params exists only inside a run; other unknown names are mistakes.
core.module("unknown").guard(btk, core.module("run").in_run, {
  params = function() return data.the_run("params").params end,
  market = function() return core.module("market") end,
})

-- Runs ------------------------------------------------------------------------

local backtest = core.module("backtest")
btk.backtest = backtest.functions

local hosted
function module.host_run(self) hosted = self end

-- Paper and live runs: btk.live, and what the host calls for them.
core.module("live").install(btk, module)

-- Walks: btk.walker, and what the host calls for them.
local walker = core.module("walker")
walker.install(btk)
module.walk_part, module.walk_ended, module.walk_joins = walker.part, walker.ended, walker.join
module.walk_goes_on, module.walker_offer = walker.goes_on, walker.offer

-- Strategies written by language models: btk.optimizer, btk.llm, and what the host calls for `btkhost optimize`.
local optimizer = core.module("optimizer")
optimizer.install(btk)
module.optimize, module.optimizer_name = optimizer.optimize, optimizer.optimizer_name

local sweep = core.module("sweep")
btk.sweep = sweep.functions

core.module("unknown").guard_tables(btk, { "llm", "optimizer", "context", "ta", "date", "math", "backtest", "http", "crypto", "live", "walker",
                                           "sweep" })
core.module("unknown").guard_tables(btk, core.module("services").names)
core.module("writers").install(btk)
core.module("unknown").guard_tables(btk, { "markdown" })
core.module("unknown").guard_tables(btk, core.module("reports").install(btk, runs.list))
module.own_table, module.own_walk_tables = core.module("columns").own_table, core.module("columns").own_walk_tables

-- What the host calls -----------------------------------------------------------

--- The runs that the host shall make.
function module.plan(given)
  if runs.queued[1] or runs.known[1] or walker.used() or sweep.used() then
    for _, item in ipairs(runs.queued) do params.in_force(schema.get("strategy", item.strategy_name)) end
    return runs.planned()
  end
  local context = { strategy_name = schema.pick("strategy", given), exchange_name = schema.pick("exchange", given) }
  -- With both ends given, a frame is not needed.
  if given.frame_name or schema.first("frame") or not given.has_range then context.frame_name = schema.pick("frame", given) end
  params.in_force(schema.get("strategy", context.strategy_name))
  runs.enqueue_each(given.symbols, context)
  return runs.planned()
end

--- Makes the planned run the one that advance() drives.
function module.begin(symbol, context, risk_book)
  local ok, made = core.raw_xpcall(run.new, host.error_handler, symbol, context, risk_book, true)
  if not ok then
    runs.broadcast("exit", { message = made.message, file = made.file, line = made.line, symbol = symbol, backtest = true,
                        strategy_name = context.strategy_name, exchange_name = context.exchange_name,
                        frame_name = context.frame_name })
    error(made, 0)
  end
  hosted = made
  hosted.key, hosted.entry = runs.key_of(symbol, context), runs.remember(symbol, context, "running")
  run.call_actions(hosted, "on_init")
end

--- Goes on with the hosted run; true when it is over.
function module.advance()
  local state = run.advance(hosted)
  while state == "result" do  -- of live.run
    hosted.results[#hosted.results + 1], hosted.result = hosted.result, nil
    state = run.advance(hosted)
  end
  if state ~= "done" then return false end
  if not hosted.over then
    hosted.over = true
    run.call_actions(hosted, "on_dispose")
    hosted.entry.status = "done"
  end
  return true
end

-- Raises what a listener raised when the host told the main script something.
local function tell(channel, payload)
  payload.backtest = true
  local failed = runs.broadcast(channel, payload)
  if failed then error(failed.problem, 0) end
end

local function entry_of(payload) return runs.known[runs.key_of(payload.symbol, payload)] end

--- A run that the host makes for this script has come so far.
function module.run_progress(payload)
  local entry = entry_of(payload)
  if entry then entry.status = "running" end
  tell("backtest_progress", payload)
end

--- Places, from 1, of the planned runs that the script has asked to stop.
function module.runs_stopping() return runs.stopping() end

--- A run that the host made for this script is over.
function module.run_done(payload)
  local entry, item = entry_of(payload), runs.queued[runs.key_of(payload.symbol, payload)]
  if entry then entry.status = item and item.stopping and "stopped" or "done" end
  tell("done_backtest", payload)
end

--- Suspended runs are closed when the chunk ends; nothing may be registered wrongly.
function module.chunk_done()
  backtest.close_all()
  module.close_own()
  schema.check_all_references()
end

--- What a sweep may vary of a strategy, and the file that registered it.
function module.params_of(name)
  return { axes = params.axes(schema.get("strategy", name)), file = schema.file("strategy", name) or "" }
end

--- The exchange of that name or the first registered, for commands that make no runs.
function module.exchange(given)
  local name = schema.pick("exchange", given)
  return { exchange = schema.get("exchange", name), folder = schema.folder("exchange", name), symbols = runs.symbols or {} }
end

--- A builder with the candles that the script's own get_candles has in [from, to).
function module.hook_candles(exchange_name, symbol, from, to)
  return (core.module("hook").earlier(schema.get("exchange", exchange_name), symbol, from, to, true))
end

--- The same as a session sees them: asked for now, holes left as they are.
function module.own_candles(exchange_name, symbol, from, to)
  return core.module("hook").own(schema.get("exchange", exchange_name), symbol, from, to)
end

--- The ends of a frame, and its step.
function module.frame(name)
  local s = schema.get("frame", name)
  local from, to = schema.frame_range(s)
  return { from = from, to = to, interval = s.interval or "1m" }
end

--- Puts a schema that another script registered under its name, in place of one of its own.
function module.lend(kind, s, folder) schema.lend(kind, s, folder) end

--- One line per registered schema.
function module.describe()
  local out = {}
  for _, kind in ipairs { "exchange", "frame", "strategy", "risk", "sizing", "action", "walker", "sweep", "optimizer" } do
    for _, name in ipairs(schema.names(kind)) do
      local s, extra = schema.get(kind, name), ""
      if kind == "exchange" then extra = s.driver and format("driver %s", s.driver) or "get_candles of the script" end
      if kind == "frame" then
        local from, to = schema.frame_range(s)
        extra = format("%s to %s, %s", host.format_time(from), host.format_time(to), s.interval or "1m")
      end
      if kind == "strategy" then extra = format("every %s", s.interval or "1m") end
      if kind == "walker" then extra = table.concat(s.strategies, ", ") end
      out[#out + 1] = format("%-9s %s%s", kind, name, extra ~= "" and format(" (%s)", extra) or "")
    end
  end
  return out
end

core.module("unknown").guard_rest(btk)
core.loaded.btk = btk
return module
