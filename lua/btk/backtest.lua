-- btk.backtest: runs that the script makes itself or leaves to the host (lua-api.md, "Who runs what").
local core = ...
local host, raise = core.host, core.raise
local listeners, run, runs = core.module("listeners"), core.module("run"), core.module("runs")
local type, ipairs, setmetatable = type, ipairs, setmetatable
local pairs, format = core.raw_pairs, core.raw_format

local backtest, module = {}, {}
local active = {}  -- suspended iterators by key

local function check_context(who, symbol, context)
  return runs.check_context(who, symbol, context, { "strategy", "exchange", "frame" })
end

local function finish(self)
  if self.over then return end
  self.over = true
  run.call_actions(self, "on_dispose")
  if active[self.key] == self then active[self.key] = nil end
  self.entry.status = self.stopped and "stopped" or "done"
  local payload = { symbol = self.symbol, strategy_name = self.context.strategy_name, backtest = true,
                    exchange_name = self.context.exchange_name, frame_name = self.context.frame_name }
  for _, entry in ipairs(core.copy_list(listeners.of("done_backtest"))) do
    run.apart(self, entry.where, listeners.call, entry, payload)
  end
end

local no_run = setmetatable({ stop = function() end }, { __call = function() return nil end })

--- Runs a back-test here: iterate over it, or call it, for the scheduled, opened, closed and cancelled results.
function backtest.run(symbol, context)
  if host.mode() ~= "backtest" then raise("backtest.run works under `btkhost run`, not in a paper or live session") end
  runs.check_may_start("backtest.run", "run")
  context = check_context("backtest.run", symbol, context)
  if host.is_worker() then return no_run end
  host.in_charge()
  local key = runs.key_of(symbol, context)
  if active[key] then active[key]:close() end
  runs.seed_random(symbol, context.strategy_name)
  local self = run.new(symbol, context)
  self.key, self.entry = key, runs.remember(symbol, context, "running")
  self.tapped = true
  active[key] = self
  run.call_actions(self, "on_init")
  function self:close()
    if self.over then return end
    self.stopped = true
    host.abandon(self.handle)
    while run.advance(self) ~= "done" do self.result = nil end
    finish(self)
  end
  local function next_result()
    if self.over then return nil end
    if core.current then raise("backtest.run: a run cannot be driven inside a callback of another one") end
    local state = run.advance(self)
    if state == "result" then
      local result = self.result
      self.result = nil
      return result
    end
    finish(self)
    return nil
  end
  -- stop(): no new signals; what is open ends as it would.
  function self.stop()
    if self.over then return end
    host.stop(self.handle)
    self.stopped = true
    -- Called by a callback of this very run, the loop that is under way brings it to its end.
    if core.current ~= self then while next_result() do end end
  end
  return setmetatable({ stop = self.stop }, { __call = next_result })
end

--- Queues a back-test that the host makes in an isolate of its own when the main chunk has ended. Returns a function
--- that takes it back; called later, in listen_backtest_progress say, it asks the run to stop: no new signals, what is open
--- ends as it would.
function backtest.background(symbol, context)
  if host.mode() ~= "backtest" then
    raise("backtest.background works under `btkhost run`, not in a paper or live session")
  end
  return runs.leave_to_host("backtest.background", symbol, check_context("backtest.background", symbol, context))
end

--- Every run of this script with its status: "queued", "running", "done", "stopped".
function backtest.list() return runs.list() end

--- Statistics of the newest run of these names, with `signal_list` (newest first).
function backtest.get_data(symbol, context)
  context = check_context("backtest.get_data", symbol, context)
  return host.run_stats(symbol, context.strategy_name, context.exchange_name, context.frame_name)
end

-- The table in columns of the script's own, or an empty text.
local function own(who, columns, ...) return core.module("columns").table(who, "backtest_columns", columns, ...) end

--- The same as a Markdown report; `columns` replaces the table's columns for this call.
function backtest.get_report(symbol, context, columns)
  local who = "backtest.get_report"
  context = check_context(who, symbol, context)
  local strategy, exchange, frame = context.strategy_name, context.exchange_name, context.frame_name
  return host.kind_report("backtest", symbol, strategy, exchange, frame, own(who, columns, symbol, strategy, exchange, frame))
end

--- Writes the report, to `path` or to where `run` puts reports; returns the path.
function backtest.dump(symbol, context, path, columns)
  context = check_context("backtest.dump", symbol, context)
  if path ~= nil and type(path) ~= "string" then raise("backtest.dump: path must be a text, got " .. type(path)) end
  local strategy, exchange, frame = context.strategy_name, context.exchange_name, context.frame_name
  local made = own("backtest.dump", columns, symbol, strategy, exchange, frame)
  return core.module("writers").dump("backtest", { symbol = symbol, strategy_name = strategy, exchange_name = exchange, frame_name = frame },
    function() return host.kind_report("backtest", symbol, strategy, exchange, frame, made) end,
    function() return host.kind_dump("backtest", symbol, strategy, exchange, frame, made, path or "") end)
end

--- Asks a run of this script to stop: no new signals, what is open ends as it would. One that waits is taken back.
function backtest.stop(symbol, context)
  context = check_context("backtest.stop", symbol, context)
  local key = runs.key_of(symbol, context)
  if active[key] then active[key].stop() end
  if core.current and core.current.key == key then host.stop(core.current.handle) end
  if runs.queued[key] then runs.queued[key].take_back() end
end

--- Commands and getters for a run that is named: the one under way, or one that waits between two results.
core.module("facade").install(backtest, "backtest", function(who, symbol, names)
  local key = runs.key_of(symbol, check_context(who, symbol, names))
  if core.current and core.current.key == key then return core.current end
  if active[key] then return active[key] end
  raise(format("%s: no run of %s with these names is under way", who, symbol))
end)

--- The chunk has ended: runs that were left suspended are closed.
function module.close_all()
  local open = {}
  for _, self in pairs(active) do open[#open + 1] = self end
  for _, self in ipairs(open) do self:close() end
end

--- Forgets runs that were ended from outside, as a test that takes too long is: nothing of them is called any more.
function module.forget_all()
  for key, self in pairs(active) do
    self.over, active[key], self.entry.status = true, nil, "stopped"
    core.run_ended(self)
  end
end

module.functions = backtest
return module
