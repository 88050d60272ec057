-- btk.live, and what the host calls for paper and live runs: begin one, hand it over to a new version of the script.
-- A live context names strategy and exchange; there is no frame.
local core = ...
local host, raise = core.host, core.raise
local schema, run, runs, params = core.module("schema"), core.module("run"), core.module("runs"), core.module("params")
local broker, hook, json, persist = core.module("broker"), core.module("hook"), core.module("json"), core.module("persist")
local type, ipairs, tostring, error, setmetatable = type, ipairs, tostring, error, setmetatable
local pairs, format = core.raw_pairs, core.raw_format

local live, module, installer = {}, {}, {}
local hosted     -- the run that the host drives in this isolate
local tapping    -- the run that is begun now yields its results to live.run

local function check_mode(who)
  if host.mode() == "backtest" then raise(format("btk.%s works in paper and live runs, not in a back-test", who)) end
end

local function check_context(who, symbol, context)
  check_mode(who)
  return runs.check_context(who, symbol, context, { "strategy", "exchange" })
end

--- Queues a run that the host makes in an isolate and a thread of its own when the main chunk has ended. Returns a
--- function that takes it back before that.
function live.background(symbol, context)
  return runs.leave_to_host("live.background", symbol, check_context("live.background", symbol, context))
end

-- The run of live.run that is not over yet.
local own

local no_run = setmetatable({ stop = function() end }, { __call = function() return nil end })

-- The next opened, closed or cancelled result of the run, waiting for it as long as it takes; nil when the run is over.
local function next_result(self)
  if core.current then raise("live.run: a run cannot be driven inside a callback of another one") end
  local results = self.results
  while true do
    while self.taken < #results do
      self.taken = self.taken + 1
      local result = results[self.taken]
      results[self.taken] = false
      if result.action ~= "scheduled" then return result end
    end
    if self.over then return nil end
    self.over = host.live_step()
    if self.over then
      if own == self then own = nil end
      self.entry.status = "done"
      runs.broadcast("done_live", { symbol = self.symbol, strategy_name = self.context.strategy_name,
                                      exchange_name = self.context.exchange_name, backtest = false })
    end
  end
end

local function drain(self)
  if self.over then return end
  host.live_stop()
  while next_result(self) do end
end

--- Trades here, in the calling state: iterate over it, or call it, for the opened, closed and cancelled results. Each call
--- waits for the next one; minutes pass only in such calls, and a minute is finished and on disk before its results are
--- handed out. stop(): no new signals, and it comes back when what was open has
--- ended. Runs beside each other are made by live.background.
function live.run(symbol, context)
  runs.check_may_start("live.run", "run")
  context = check_context("live.run", symbol, context)
  if host.is_worker() then return no_run end
  host.in_charge()
  local key = runs.key_of(symbol, context)
  if own and own.key ~= key then
    raise(format("live.run: %s is under way; stop() it first, or use live.background for runs beside each other", own.symbol))
  end
  if own then drain(own) end
  local strategy = schema.get("strategy", context.strategy_name)
  schema.check_references("strategy", strategy)
  runs.seed_random(symbol, context.strategy_name)
  tapping = true
  local ok, problem = core.raw_xpcall(host.live_begin, host.error_handler, symbol, context.strategy_name, context.exchange_name)
  tapping = false
  if not ok then error(problem, 0) end
  local self = hosted
  own = self
  -- Called by a callback of this very run, the loop that is under way brings it to its end.
  local function stop()
    if core.current == self then return host.live_stop() end
    return drain(self)
  end
  return setmetatable({ stop = stop }, { __call = function() return next_result(self) end })
end

--- The chunk has ended: a run that was left suspended is brought to its end.
function module.close_own()
  if own then drain(own) end
end

--- The session's clock, ms: what a request to an exchange is stamped with. (btk.get_timestamp is the minute at work.)
function live.now()
  check_mode("live.now")
  return host.clock_now()
end

--- Every run of this script with its status: "queued", "running", "done", "stopped".
function live.list()
  check_mode("live.list")
  return runs.list()
end

--- Statistics of the closed trades of these names so far, with `signal_list` (newest first), and of the tick results:
--- total_events, total_closed, `event_list` (newest first; an idle, waiting or active one replaces the one before).
function live.get_data(symbol, context)
  context = check_context("live.get_data", symbol, context)
  return host.run_stats(symbol, context.strategy_name, context.exchange_name, "")
end
-- The table in columns of the script's own, or an empty text.
local function own(who, columns, ...) return core.module("columns").table(who, "live_columns", columns, ...) end

--- The same as a Markdown report; `columns` replaces the table's columns for this call.
function live.get_report(symbol, context, columns)
  local who = "live.get_report"
  context = check_context(who, symbol, context)
  local strategy, exchange = context.strategy_name, context.exchange_name
  return host.kind_report("live", symbol, strategy, exchange, "", own(who, columns, symbol, strategy, exchange, ""))
end
--- Writes the report, to `path` or to where the session puts reports; returns the path.
function live.dump(symbol, context, path, columns)
  context = check_context("live.dump", symbol, context)
  if path ~= nil and type(path) ~= "string" then raise("live.dump: path must be a text, got " .. type(path)) end
  local strategy, exchange = context.strategy_name, context.exchange_name
  local made = own("live.dump", columns, symbol, strategy, exchange, "")
  return core.module("writers").dump("live", { symbol = symbol, strategy_name = strategy, exchange_name = exchange },
    function() return host.kind_report("live", symbol, strategy, exchange, "", made) end,
    function() return host.kind_dump("live", symbol, strategy, exchange, "", made, path or "") end)
end

--- From inside a run: no new signals; what is open is followed to its end. One that waits is taken back.
function live.stop(symbol, context)
  context = check_context("live.stop", symbol, context)
  local key = runs.key_of(symbol, context)
  if core.current and core.current.key == key then host.stop(core.current.handle) end
  if runs.queued[key] then runs.queued[key].take_back() end
end

-- What the host calls -----------------------------------------------------------

--- The runs that the host shall make in a paper or live session.
function module.plan_live(given)
  if not (runs.queued[1] or runs.known[1]) then  -- else the script is in charge
    runs.enqueue_each(given.symbols, { strategy_name = schema.pick("strategy", given), exchange_name = schema.pick("exchange", given) })
  end
  for _, item in ipairs(runs.queued) do params.in_force(schema.get("strategy", item.strategy_name)) end  -- before anything is begun
  return runs.planned()
end

local function take(self, symbol, context)
  hosted = self
  if tapping then hosted.tapped, hosted.results, hosted.taken = true, {}, 0 end
  hosted.key, hosted.entry = runs.key_of(symbol, context), runs.remember(symbol, context, "running")
  module.host_run(hosted)
  run.refresh_plan(hosted)  -- a command of the host may come before the first step
  run.call_actions(hosted, "on_init")
end

-- A position or an order from before the restart is shown to the strategy once more (engine.md 9.3).
local function show_restored(self)
  local before = run.enter(self)
  for _, item in ipairs { { "on_active", false }, { "on_schedule", true } } do
    local name, waiting = item[1], item[2]
    local fn, row = self.callbacks[name], host.row(self.handle, waiting)
    if fn and row then
      run.apart(self, name, fn, self.symbol, row, host.visible_price(self.handle), self.now.when, false)
    end
  end
  run.leave(before)
end

local told_failure  -- why the run could not be begun, as listeners have heard; the host may try again and again

--- Makes the planned run the one that advance() drives.
function module.begin_live(symbol, context)
  local ok, made = core.raw_xpcall(run.new, host.error_handler, symbol, context, nil, true, host.live())
  if not ok then
    if made.message == told_failure then error(made, 0) end
    told_failure = made.message
    runs.broadcast("exit", { message = made.message, file = made.file, line = made.line, symbol = symbol, backtest = false,
                               strategy_name = context.strategy_name, exchange_name = context.exchange_name })
    error(made, 0)
  end
  take(made, symbol, context)
  if made.live.restored then show_restored(made) end
end

--- Goes on with a run of another script state.
function module.adopt(symbol, context, handle)
  take(run.adopt(symbol, context, handle, host.live()), symbol, context)
end

--- Another script state goes on with the run.
function module.let_go()
  if not hosted then return end  -- it could not take the run over
  run.call_actions(hosted, "on_dispose")
  hosted.entry.status = "stopped"
  hosted = nil
  module.host_run(nil)
end

--- A builder with the run's closed candles of [from, to), from its own get_candles.
function module.closed_candles(from, to)
  local before = run.enter(hosted)
  local ok, builder = core.raw_xpcall(hook.closed, host.error_handler, hosted.exchange, hosted.symbol, from, to)
  run.leave(before)
  if not ok then error(builder, 0) end
  return builder
end

--- One hook of the broker about a made-up order, in a run that holds nothing: hooks may ask what they ask in a session.
function module.try_broker(commit, payload)
  broker.check_trial(commit)
  local context = { strategy_name = payload.strategy_name, exchange_name = payload.exchange_name }
  schema.lend("strategy", { strategy_name = context.strategy_name, interval = "1m" })
  module.begin_live(payload.symbol, context)
  local before = run.enter(hosted)
  local ok, problem, value = core.raw_xpcall(broker.try, host.error_handler, hosted, commit, payload)
  run.leave(before)
  if not ok then error(problem, 0) end
  return problem, value
end

--- What a reload may not change; or a sentence when a name is not there.
function module.shape(symbol, context)
  for _, kind in ipairs { "strategy", "exchange" } do
    local name = context[kind .. "_name"]
    if not schema.has(kind, name) then
      return format('%s "%s" trades %s and is no longer registered', kind, name, symbol)
    end
  end
  local strategy, exchange = schema.get("strategy", context.strategy_name), schema.get("exchange", context.exchange_name)
  local source = exchange.get_candles and "a get_candles of its own" or "driver " .. tostring(exchange.driver)
  for _, field in ipairs { "market", "base_url", "path" } do
    if exchange[field] and not exchange.get_candles then source = source .. " " .. exchange[field] end
  end
  return { interval = strategy.interval or "1m", exchange = source }
end

--- JSON of what on_save() of the script's tables returned; nil when there is none.
function module.save_state(tables)
  local states, any = {}, false
  local before = run.enter(hosted)
  for i, of_file in ipairs(tables) do
    local save = type(of_file) == "table" and of_file.on_save
    if save then
      run.apart(hosted, "on_save", function()
        local state = save()
        if state == nil then return end
        if type(state) ~= "table" then raise("on_save must return a table, got " .. type(state)) end
        states[tostring(i)] = json.decode(json.encode(state))  -- what has no JSON form is an error of this file alone
        any = true
      end)
    end
  end
  run.leave(before)
  return any and json.encode(states) or nil
end

--- Hands it on, then tells on_reload.
function module.restore_state(tables, text, old_version)
  local states = text ~= "" and json.decode(text) or {}
  local before = run.enter(hosted)
  for i, of_file in ipairs(tables) do
    if type(of_file) == "table" then
      local state = states[tostring(i)]
      if of_file.on_restore and state then
        run.apart(hosted, "on_restore", of_file.on_restore, state, old_version)
      end
      if of_file.on_reload then run.apart(hosted, "on_reload", of_file.on_reload, hosted.symbol, old_version) end
    end
  end
  run.leave(before)
end

local function tell(channel, payload)
  payload.backtest = false
  local failed = runs.broadcast(channel, payload)
  if failed then error(failed.problem, 0) end
end

--- A run that the host made for this script is over.
function module.live_done(payload)
  local entry = runs.known[runs.key_of(payload.symbol, payload)]
  if entry then entry.status = "done" end
  tell("done_live", payload)
end

function module.reload_event(payload) tell("reload", payload) end
function module.broker_enabled() return broker.enabled() end
module.has_persist, module.persist_read = persist.exists, persist.read
module.persist_write, module.persist_keys = persist.write, persist.keys

--- Puts btk.live into `btk`, and what the host calls into `host_module` (which keeps the hosted run by host_run).
function installer.install(btk, host_module)
  btk.live = live
  module.host_run = host_module.host_run
  for name, fn in pairs(module) do host_module[name] = fn end
  core.module("facade").install(live, "live", function(who, symbol, names)
    local key = runs.key_of(symbol, check_context(who, symbol, names))
    if core.current and core.current.key == key then return core.current end
    raise(format("%s: no run of %s with these names is under way here", who, symbol))
  end)
end

return installer
