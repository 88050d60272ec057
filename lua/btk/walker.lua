-- btk.walker: strategies compared on one symbol (analytics.md 3.1). run() tests them one after another in this isolate;
-- background() leaves that to the host, which tests them side by side and tells the main script in the order of the list.
-- The comparison itself is kept by the host (lua/walk.h).
local core = ...
local host, raise = core.host, core.raise
local schema, listeners = core.module("schema"), core.module("listeners")
local run, runs = core.module("run"), core.module("runs")
local raw_xpcall, handler = core.raw_xpcall, host.error_handler
local type, ipairs, tostring, error, setmetatable = type, ipairs, tostring, error, setmetatable
local pairs, format = core.raw_pairs, core.raw_format

local walker, installer = {}, {}
local walks = {}       -- in order of their start; the newest of a key also under "symbol:walker"

local function key_of(symbol, name) return symbol .. ":" .. name end

local function check_context(who, symbol, context)
  if type(symbol) ~= "string" or symbol == "" then raise(who .. ": symbol must be a text") end
  if type(context) ~= "table" then raise(who .. " needs { walker_name = }") end
  for name in pairs(context) do
    if name ~= "walker_name" then raise(format("%s: unknown field '%s'; there is walker_name", who, tostring(name))) end
  end
  if context.walker_name == nil then raise(who .. ": walker_name is missing") end
  return schema.get("walker", context.walker_name)
end

local function check_start(who, symbol, context)
  if host.mode() ~= "backtest" then raise(who .. " works in back-tests, not in a paper or live session") end
  runs.check_may_start(who, "walk")
  local s = check_context(who, symbol, context)
  schema.check_references("walker", s)
  for _, name in ipairs(s.strategies) do schema.check_references("strategy", schema.get("strategy", name)) end
  return s
end

local function remember(walk)
  walks[#walks + 1] = walk
  walks[key_of(walk.symbol, walk.walker_name)] = walk
  return walk
end

local function new_walk(symbol, s)
  local walk = { walker_name = s.walker_name, symbol = symbol, exchange_name = s.exchange_name, frame_name = s.frame_name,
                 metric = s.metric, total_strategies = #s.strategies, strategies = s.strategies,
                 callbacks = s.callbacks or {}, at = 0, problems = {}, status = "ready" }
  walk.index = host.walk_new(walk)
  return remember(walk)
end

-- Events -----------------------------------------------------------------------

-- An error that belongs to no run.
local function untested(walk, where, problem)
  walk.problems[#walk.problems + 1] = problem
  core.log("error", format("script error in %s: %s", where, tostring(problem)))
end

-- A callback or listener that raises never ends a walk: its error belongs to the run tested last (that of on_strategy_start
-- to the run that is to come), or is kept until somebody can be told.
local function protect(walk, where, fn, ...)
  local ok, problem = raw_xpcall(fn, handler, ...)
  if ok then return end
  if core.stop_reason() ~= 0 then error(problem, 0) end
  if walk.starting then
    walk.starting[#walk.starting + 1] = { where = where, problem = problem }
  elseif walk.last then
    run.report_problem(walk.last, where, problem)
  else
    untested(walk, where, problem)
  end
end

local function callback(walk, name, ...)
  local fn = walk.callbacks[name]
  if fn then protect(walk, walk.walker_name .. "." .. name, fn, ...) end
end

local function tell(walk, channel, payload)
  for _, entry in ipairs(core.copy_list(listeners.of(channel))) do protect(walk, entry.where, listeners.call, entry, payload) end
end

local function names_of(walk)
  return { walker_name = walk.walker_name, symbol = walk.symbol, exchange_name = walk.exchange_name,
           frame_name = walk.frame_name, backtest = true }
end

-- A strategy was tested and is in the comparison; returns the event.
local function tested(walk)
  local event, progress = host.walk_event(walk.index), names_of(walk)
  progress.total_strategies, progress.processed_strategies = walk.total_strategies, event.strategies_tested
  progress.progress, progress.when = event.strategies_tested / walk.total_strategies, event.when
  event.timestamp, progress.timestamp = event.when, event.when
  tell(walk, "walker_progress", progress)
  callback(walk, "on_strategy_complete", event.strategy_name, walk.symbol, event.stats, event.metric_value)
  tell(walk, "walker", event)
  return event
end

local function failed(walk, name, problem)
  local payload = names_of(walk)
  payload.strategy_name = name
  payload.message = type(problem) == "table" and problem.message or tostring(problem)
  payload.file, payload.line = type(problem) == "table" and problem.file or nil, type(problem) == "table" and problem.line or nil
  core.log("error", format("walker %s: strategy %s failed: %s", walk.walker_name, name, payload.message))
  tell(walk, "error", payload)
  callback(walk, "on_strategy_error", name, walk.symbol, payload.message)
end

local function complete(walk)
  if walk.over then return end
  walk.over, walk.status = true, "fulfilled"
  local final = host.walk_final(walk.index)
  final.timestamp = final.when
  callback(walk, "on_complete", final)
  tell(walk, "walker_complete", final)
  local done = names_of(walk)
  done.strategy_name = walk.walker_name
  tell(walk, "done_walker", done)
end

-- Here ---------------------------------------------------------------------------

local function make_run(walk, name)
  runs.seed_random(walk.symbol, name)
  local self = run.new(walk.symbol, { strategy_name = name, exchange_name = walk.exchange_name, frame_name = walk.frame_name })
  walk.running, walk.last = self, self
  local early = walk.starting
  walk.starting = nil
  for _, e in ipairs(early) do run.report_problem(self, e.where, e.problem) end
  run.call_actions(self, "on_init")
  while run.advance(self) ~= "done" do end
  run.call_actions(self, "on_dispose")
  return self
end

-- Tests the next strategy: its event, or nothing and why it failed.
local function test_next(walk)
  walk.at = walk.at + 1
  local name = walk.strategies[walk.at]
  walk.starting = {}
  callback(walk, "on_strategy_start", name, walk.symbol)
  local ok, made = raw_xpcall(make_run, handler, walk, name)
  local untold = walk.starting
  walk.starting = nil
  for _, e in ipairs(untold or {}) do untested(walk, e.where, e.problem) end
  walk.running = nil
  if not ok and core.stop_reason() ~= 0 then error(made, 0) end
  local why
  if ok then why = host.walk_add(walk.index, made.handle, name) else why = made end
  if not why then return tested(walk) end
  walk.failure = walk.failure or why
  failed(walk, name, why)
end

local function stop(walk)
  if walk.over then return end
  walk.stopped = true
  if walk.running then host.stop(walk.running.handle) end
end

local nothing = setmetatable({ stop = function() end }, { __call = function() return nil end })

--- Tests the strategies of a walker here, in the order of its list: iterate over it, or call it, for one event each.
function walker.run(symbol, context)
  local s = check_start("walker.run", symbol, context)
  if host.is_worker() then return nothing end
  host.in_charge()
  local before = walks[key_of(symbol, s.walker_name)]
  if before and not before.over then before.over, before.status = true, "stopped" end
  local walk = new_walk(symbol, s)
  walk.status = "pending"
  local function next_event()
    if core.current then raise("walker.run: a walk cannot be driven inside a callback of a run") end
    while not walk.over do
      if walk.stopped or walk.at == #walk.strategies then
        complete(walk)
        if walk.failure and not walk.last then
          walk.status = "rejected"
          error(walk.failure, 0)
        end
        return nil
      end
      local event = test_next(walk)
      if event then return event end
    end
  end
  -- stop(): the strategy under way ends without new signals, and the walk with it.
  local function stop_here()
    stop(walk)
    if not walk.running and not core.current then next_event() end
  end
  return setmetatable({ stop = stop_here }, { __call = next_event })
end

-- By the host -----------------------------------------------------------------------

--- Leaves the walk to the host, which tests its strategies side by side when the main chunk has ended. Returns a function
--- that stops it.
function walker.background(symbol, context)
  local s = check_start("walker.background", symbol, context)
  if host.is_worker() then return function() end end
  host.in_charge()
  local before = walks[key_of(symbol, s.walker_name)]
  if before and before.status == "pending" then
    raise(format("walker.background is already running %s on %s", s.walker_name, symbol))
  end
  local walk = new_walk(symbol, s)
  walk.status = "pending"
  for _, name in ipairs(s.strategies) do
    runs.queued[#runs.queued + 1] = {
      symbol = symbol, strategy_name = name, exchange_name = s.exchange_name, frame_name = s.frame_name,
      risks = schema.risks_of(schema.get("strategy", name)), walk = walk.index,
    }
  end
  return function() stop(walk) end
end

local function hosted(index)
  for _, walk in ipairs(walks) do if walk.index == index then return walk end end
end

-- After the host was answered: errors of callbacks and listeners are the answer.
local function settle(walk)
  local first = walk.problems[1]
  walk.problems = {}
  if first then error(first, 0) end
end

--- A strategy of a walk that the host makes was tested, or failed with `why`. False: the walk goes no further.
function installer.part(index, name, why)
  local walk = hosted(index)
  if walk.stopped then return false end
  callback(walk, "on_strategy_start", name, walk.symbol)
  if why then failed(walk, name, why) else tested(walk) end
  settle(walk)
  return not walk.stopped
end

--- A walk that the host makes is over.
function installer.ended(index)
  local walk = hosted(index)
  complete(walk)
  settle(walk)
end

--- Is the walk to go on?
function installer.goes_on(index) return not hosted(index).stopped end

--- Takes part in a walk that `btkhost walker` makes: `names` as in new_walk, with its index.
function installer.join(names)
  local own = schema.has("walker", names.walker_name) and schema.get("walker", names.walker_name) or {}
  names.callbacks, names.problems, names.status, names.at = own.callbacks or {}, {}, "pending", 0
  remember(names)
end

--- What a file offers to `btkhost walker`: its strategies and the names of what it registered first.
function installer.offer()
  local out = { exchange = schema.first("exchange"), frame = schema.first("frame"), symbols = runs.symbols or {}, strategies = {} }
  local own = schema.first("walker") and schema.get("walker", schema.first("walker"))
  if own then
    out.walker_name, out.metric, out.exchange, out.frame = own.walker_name, own.metric, own.exchange_name, own.frame_name
  end
  for i, name in ipairs(own and own.strategies or schema.names("strategy")) do
    local s = schema.get("strategy", name)
    schema.check_references("strategy", s)
    out.strategies[i] = { strategy_name = name, risks = schema.risks_of(s) }
  end
  return out
end

-- Results ----------------------------------------------------------------------------

local function tested_walk(who, symbol, context)
  local s = check_context(who, symbol, context)
  local walk = walks[key_of(symbol, s.walker_name)]
  if walk and host.walk_size(walk.index) > 0 then return walk end
  -- A worker makes no walks; its main chunk must get by.
  if host.is_worker() then return walk or new_walk(symbol, s) end
  raise(format("%s: no strategy of walker '%s' has been tested on %s yet", who, s.walker_name, symbol))
end

--- The comparison so far: best_strategy, best_metric, best_stats, strategy_results (newest first); whether the best one is
--- luck: verdict, reasons (sentences), honest (figures; docs/honest-ranking.md).
function walker.get_data(symbol, context) return host.walk_data(tested_walk("walker.get_data", symbol, context).index) end

-- The two tables in columns of the script's own, or empty texts.
local function own(who, index, strategy_columns, pnl_columns)
  local columns = core.module("columns")
  return columns.table(who, "walker_strategy_columns", strategy_columns, index), columns.table(who, "walker_pnl_columns", pnl_columns, index)
end

--- The same as a Markdown report; the lists replace the columns of the comparison and of the trades for this call.
function walker.get_report(symbol, context, strategy_columns, pnl_columns)
  local index = tested_walk("walker.get_report", symbol, context).index
  return host.walk_report(index, own("walker.get_report", index, strategy_columns, pnl_columns))
end

--- Writes the report, to `path` or below the folder of reports; returns the path.
function walker.dump(symbol, context, path, strategy_columns, pnl_columns)
  if path ~= nil and type(path) ~= "string" then raise("walker.dump: path must be a text, got " .. type(path)) end
  local walk = tested_walk("walker.dump", symbol, context)
  local strategies, trades = own("walker.dump", walk.index, strategy_columns, pnl_columns)
  return core.module("writers").dump("walker", { symbol = symbol, walker_name = walk.walker_name },
    function() return host.walk_report(walk.index, strategies, trades) end,
    function() return host.walk_dump(walk.index, strategies, trades, path or "") end)
end

--- Every walk of this script with its status: "ready", "pending", "fulfilled", "rejected", "stopped".
function walker.list()
  local out = {}
  for i, walk in ipairs(walks) do
    out[i] = { id = i, symbol = walk.symbol, walker_name = walk.walker_name, status = walk.status }
  end
  return out
end

--- Asks a walk to stop: the strategy under way ends without new signals, and the walk with it.
function walker.stop(symbol, context)
  local s = check_context("walker.stop", symbol, context)
  local walk = walks[key_of(symbol, s.walker_name)]
  if walk then stop(walk) end
end

--- Did the script start walks of its own?
function installer.used() return walks[1] ~= nil end

function installer.install(btk) btk.walker = walker end

return installer
