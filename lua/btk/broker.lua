-- What a script registers about its broker (engine.md 9.4), and how it is asked. A back-test takes it and never calls
-- it: there every gate confirms. In paper and live runs the hooks are called only while the broker is enabled.
local core = ...
local host, raise = core.host, core.raise
local raw_xpcall, handler = core.raw_xpcall, host.error_handler
local type, tostring, ipairs, setmetatable, error = type, tostring, ipairs, setmetatable, error
local pairs, format = core.raw_pairs, core.raw_format

local deeds = core.module("deeds")

local broker = {}

local hooks = {
  "wait_for_init", "on_order_open_commit", "on_order_close_commit", "on_order_active_check", "on_order_schedule_check",
  "on_partial_profit_commit", "on_partial_loss_commit", "on_trailing_stop_commit", "on_trailing_take_commit",
  "on_breakeven_commit", "on_average_buy_commit", "on_signal_pending_open", "on_signal_pending_close",
  "on_signal_schedule_open", "on_signal_schedule_cancelled", "on_signal_active_ping", "on_signal_schedule_ping",
  "on_signal_idle_ping",
  "on_signal_open_commit", "on_signal_close_commit",  -- older names of the two gates
}
local known = {}
for _, name in ipairs(hooks) do known[name] = true end
local older = { on_order_open_commit = "on_signal_open_commit", on_order_close_commit = "on_signal_close_commit" }

local adapter, enabled, ready = nil, false, false
local failed = false  -- wait_for_init has failed, and that was told

--- Registers the broker's hooks; functions of other names raise.
local function use_broker(given)
  if type(given) ~= "table" then raise("use_broker needs a table of hooks, got " .. type(given)) end
  for name, fn in pairs(given) do
    if not known[name] then
      local near = host.nearest(tostring(name), hooks)
      raise(format("a broker has no hook '%s'%s", tostring(name), near and format("; did you mean '%s'?", near) or "; there are " .. table.concat(hooks, ", ")))
    end
    if type(fn) ~= "function" then raise(format("use_broker: %s must be a function, got %s", name, type(fn))) end
  end
  adapter, ready = given, false
end

local function verdict(kind)
  return function(why)
    if why ~= nil and type(why) ~= "string" then raise(format("%s needs a text that says why, got %s", kind, type(why))) end
    return setmetatable({ verdict = kind, message = why or kind }, { __tostring = function(e) return e.message end })
  end
end

--- Is there a broker that shall be asked?
function broker.enabled() return enabled and adapter ~= nil end

--- Does this run ask it? Paper runs and replays never do.
function broker.serves(self) return self.use_broker and not self.replaying and broker.enabled() end

--- The hook of that name, or nil.
function broker.hook(name)
  return adapter[name] or older[name] and adapter[older[name]] or nil
end

--- Calls wait_for_init once before the first hook; after an error again before the next one. Returns the problem.
function broker.prepare(self)
  if ready then return nil end
  local init = adapter.wait_for_init
  if init then
    self.where, self.fn = "wait_for_init", init
    local ok, problem = raw_xpcall(init, handler)
    if not ok then
      if not failed then core.log("warn", "broker not ready: wait_for_init: " .. tostring(type(problem) == "table" and problem.message or problem)) end
      failed = true
      return problem
    end
    if failed then core.log("info", "broker ready") end
  end
  ready, failed = true, false
  return nil
end

--- The hooks that hear of what has happened, as the last in the delivery of an event; their errors are only reported.
--- `wanted(payload)` says whether the event is the hook's.
function broker.add_information(out, run, name, wanted)
  if not run.use_broker or not adapter or not adapter[name] then return end
  out[#out + 1] = { where = name, invoke = function(sink, self, payload)
    if wanted and not wanted(payload) then return end
    local id = payload.signal and payload.signal.id or ""
    if self.replaying then return deeds.replay(self, name, id) end
    local fn = broker.serves(self) and broker.hook(name)
    if not fn then return end
    local before, before_id = deeds.enter(self, name, id)
    local problem = broker.prepare(self)
    local ok = true
    if problem then
      core.log("warn", format("%s is not called: wait_for_init: %s", name, tostring(problem.message)))
    else
      self.where, self.fn, sink.fn = name, fn, fn
      ok, problem = raw_xpcall(fn, handler, payload)
    end
    deeds.leave(self, before, before_id)
    if not ok then error(problem, 0) end
  end }
end

-- What `btkhost brokerdebug` can ask: the hook, and what a command's payload says beside the position.
local trials = {
  ["signal-open"] = { hook = "on_order_open_commit" },
  ["signal-close"] = { hook = "on_order_close_commit" },
  ["partial-profit"] = { hook = "on_partial_profit_commit", percent_to_close = 50, cost = 50, part = 0.5 },
  ["partial-loss"] = { hook = "on_partial_loss_commit", percent_to_close = 50, cost = 50, part = 0.5 },
  ["average-buy"] = { hook = "on_average_buy_commit", cost = 100, part = 1 },
  ["trailing-stop"] = { hook = "on_trailing_stop_commit", percent_shift = -50 },
  ["trailing-take"] = { hook = "on_trailing_take_commit", percent_shift = 50 },
  breakeven = { hook = "on_breakeven_commit" },
}

-- Half of the stop's distance nearer, half of the target's farther, the stop at the entry.
local function shift_levels(commit, payload)
  local entry, stop, take = payload.current_price, payload.signal.price_stop_loss, payload.signal.price_take_profit
  if commit == "trailing-stop" then stop = stop + (entry - stop) * 0.5 end
  if commit == "trailing-take" then take = take + (take - entry) * 0.5 end
  if commit == "breakeven" then stop = entry end
  payload.new_price_stop_loss, payload.new_price_take_profit = stop, take
end

--- Raises when there is no hook that `commit` could try.
function broker.check_trial(commit)
  local hook = trials[commit].hook
  if not adapter then raise("the script has no broker; it calls btk.use_broker{...} where it has one") end
  if not broker.hook(hook) then raise(format("the broker has no hook %s, so %s is confirmed without asking it", hook, commit)) end
end

--- Calls one hook with a made-up order. Returns what went wrong, or nil and what the hook returned.
function broker.try(self, commit, payload)
  local trial = trials[commit]
  local fn = broker.hook(trial.hook)
  if commit ~= "signal-open" and commit ~= "signal-close" then
    payload.type, payload.attempt = nil, nil
    payload.action = commit
    payload.percent_to_close, payload.cost, payload.percent_shift = trial.percent_to_close, trial.cost, trial.percent_shift
    payload.quantity = trial.part and payload.quantity * trial.part or nil
    shift_levels(commit, payload)
  end
  local function told(problem)
    if type(problem) ~= "table" then return tostring(problem) end
    return problem.file and format("%s:%d: %s", problem.file, problem.line, problem.message) or tostring(problem.message)
  end
  local problem = broker.prepare(self)
  if problem then return "wait_for_init: " .. told(problem) end
  local ok, value = raw_xpcall(fn, handler, payload)
  if not ok then return told(value) end
  return nil, value
end

function broker.install(btk)
  btk.use_broker = use_broker
  btk.broker = {
    --- From here on gates, checks and commands of a live run ask the broker.
    enable = function()
      if not adapter then raise("broker.enable: no broker is registered; call btk.use_broker{...} first") end
      enabled = true
    end,
    --- Gates confirm by themselves again, as on paper.
    disable = function() enabled = false end,
  }
  btk.order_rejected, btk.order_deleted = verdict("order_rejected"), verdict("order_deleted")
end

-- Words for functions that are made in loops or stand without a comment (lua/definitions.h).

--- @api btk.order_deleted(why)
--- Raised by a check of a broker: the exchange does not have the order any more.

--- @api btk.order_rejected(why)
--- Raised by a gate of a broker: the exchange refuses for good.

return broker
