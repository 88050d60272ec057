-- In which order an event reaches callbacks, action handlers, listeners and the broker, and with which arguments
-- (engine.md 11.1).
local core = ...
local host = core.host
local listeners, KIND = core.module("listeners"), core.module("channels").KIND
local performance, broker = core.module("performance"), core.module("broker")
local hook_of = core.module("schema_fields").hook
local ipairs = ipairs

local delivery = {}

-- Sinks: one step of a delivery. `invoke(sink, run, payload)`.

local function invoke_listener(sink, _, payload) listeners.call(sink.entry, payload) end
local function listener_sink(entry) return { entry = entry, fn = entry.fn, where = entry.where, invoke = invoke_listener } end

local function sink(fn, where, invoke) return { fn = fn, where = where, invoke = invoke } end

local function row_callback(s, run, p) s.fn(run.symbol, p.signal, p.current_price, p.timestamp, run.backtest) end
local function plain_hook(s, _, p) s.fn(p) end

-- Listeners and hooks of some events are called only while what they are about still is (engine.md 11.1): the one
-- before may have closed it. Strategy callbacks are always called.
local function while_holding(waiting, wanted)
  return function(invoke)
    return function(s, run, p)
      if host.holds(run.handle, waiting) == wanted then invoke(s, run, p) end
    end
  end
end
local while_open, while_waiting, while_flat = while_holding(false, true), while_holding(true, true), while_holding(false, false)

local builders = {}

local function add_channel(out, channel)
  for _, entry in ipairs(listeners.of(channel)) do out[#out + 1] = listener_sink(entry) end
end
local function add_hook(out, run, hook)
  for _, action in ipairs(run.actions) do
    local fn = hook_of(action.name, action.hooks, hook)
    if fn then out[#out + 1] = sink(fn, action.name .. "." .. hook, plain_hook) end
  end
end
local function add_callback(out, run, name, invoke)
  local fn = run.callbacks[name]
  if fn then out[#out + 1] = sink(fn, name, invoke or row_callback) end
end
local function only_action(action, invoke)
  return function(s, run, p) if p.action == action then invoke(s, run, p) end end
end

local function on_tick(s, run, p) s.fn(run.symbol, p, p.current_price, p.created_at, run.backtest) end
local function on_idle(s, run, p)
  if p.action == "idle" then s.fn(run.symbol, p.current_price, p.created_at, run.backtest) end
end

-- listen_signal_closed and its like hear of some events of listen_signal: all of them in the order in which they were added.
local function add_signal_channels(out)
  local sinks = {}
  add_channel(sinks, "signal")
  for _, action in ipairs { "idle", "scheduled", "waiting", "opened", "active", "closed", "cancelled" } do
    for _, entry in ipairs(listeners.of("signal_" .. action)) do
      local s = listener_sink(entry)
      s.invoke = only_action(action, s.invoke)
      sinks[#sinks + 1] = s
    end
  end
  table.sort(sinks, function(a, b) return a.entry.serial < b.entry.serial end)
  for _, s in ipairs(sinks) do out[#out + 1] = s end
end

builders[KIND.tick] = function(out, run)
  add_callback(out, run, "on_idle", on_idle)
  add_callback(out, run, "on_tick", on_tick)
  add_channel(out, run.backtest and "signal_backtest" or "signal_live")
  add_hook(out, run, run.backtest and "on_signal_backtest" or "on_signal_live")
  add_signal_channels(out)
  add_hook(out, run, "on_signal")
end
builders[KIND.write] = function(out, run) add_callback(out, run, "on_write") end
builders[KIND.position] = function(out, run)
  add_channel(out, "signal_event")
  add_hook(out, run, "on_pending_event")
  add_callback(out, run, "on_open", only_action("opened", row_callback))
  add_callback(out, run, "on_close", only_action("closed", row_callback))
  broker.add_information(out, run, "on_signal_pending_open", function(p) return p.action == "opened" end)
  broker.add_information(out, run, "on_signal_pending_close", function(p) return p.action == "closed" end)
end
builders[KIND.order] = function(out, run)
  add_channel(out, "order_schedule")
  add_hook(out, run, "on_schedule_event")
  add_callback(out, run, "on_schedule", only_action("scheduled", row_callback))
  add_callback(out, run, "on_cancel", only_action("cancelled", row_callback))
  broker.add_information(out, run, "on_signal_schedule_open", function(p) return p.action == "scheduled" end)
  broker.add_information(out, run, "on_signal_schedule_cancelled", function(p) return p.action == "cancelled" end)
end

local function revenue_callback(s, run, p)
  s.fn(run.symbol, p.signal, p.revenue_percent, p.current_price, p.timestamp, run.backtest)
end
-- kind -> channel, action hook, strategy callback with its arguments, condition of the first two
local simple = {
  [KIND.commit] = { "strategy_commit" },
  [KIND.active_ping] = { "active_ping", "on_ping_active", "on_active_ping", only = while_open, tell = "on_signal_active_ping" },
  [KIND.schedule_ping] = { "schedule_ping", "on_ping_scheduled", "on_schedule_ping", only = while_waiting,
                           tell = "on_signal_schedule_ping" },
  [KIND.idle_ping] = { "idle_ping", "on_ping_idle", only = while_flat, tell = "on_signal_idle_ping" },
  [KIND.partial_profit] = { "partial_profit_available", "on_partial_profit_available", only = while_open },
  [KIND.partial_loss] = { "partial_loss_available", "on_partial_loss_available", only = while_open },
  [KIND.breakeven] = { "breakeven_available", "on_breakeven_available", "on_breakeven", only = while_open },
  [KIND.profit_progress] = { nil, nil, "on_partial_profit", revenue_callback },
  [KIND.loss_progress] = { nil, nil, "on_partial_loss", revenue_callback },
  [KIND.highest_profit] = { "highest_profit", only = while_open },
  [KIND.max_drawdown] = { "max_drawdown", only = while_open },
  [KIND.pause] = { "pause" },
  [KIND.notify] = { "signal_notify", only = while_open },
  [KIND.before_start] = { "before_start" },
  [KIND.after_end] = { "after_end" },
  [KIND.refusal] = { "error" },
  [KIND.order_fill] = { "order_fill" },
  [KIND.order_reject] = { "order_reject" },
  [KIND.order_continue] = { "order_continue" },
  [KIND.order_stop] = { "order_stop" },
  [KIND.alarm] = { "error" },
  [KIND.exit_alarm] = { "exit" },
}
for kind, parts in core.raw_pairs(simple) do
  builders[kind] = function(out, run)
    if parts[1] then add_channel(out, parts[1]) end
    if parts[2] then add_hook(out, run, parts[2]) end
    if parts.only then
      for _, s in ipairs(out) do s.invoke = parts.only(s.invoke) end
    end
    if parts[3] then add_callback(out, run, parts[3], parts[4]) end
    if parts.tell then broker.add_information(out, run, parts.tell) end
  end
end
builders[KIND.progress] = function(out, run)
  if not run.hosted then add_channel(out, "backtest_progress") end  -- else the main script hears of it
end
builders[KIND.risk_rejection] = function(out, run)
  add_channel(out, "risk")
  add_hook(out, run, "on_risk_rejection")
  for _, risk in ipairs(run.risks) do
    local fn = risk.callbacks and risk.callbacks.on_rejected
    if fn then
      out[#out + 1] = sink(fn, risk.risk_name .. ".on_rejected", function(s, r, p)
        if p.risk_name == risk.risk_name then s.fn(r.symbol, p) end
      end)
    end
  end
end

-- The results that run() yields come after all that listens. Without listeners for ticks they are taken from the
-- events of positions and orders, so that idle minutes stay free.
local YIELDED = { scheduled = true, opened = true, closed = true, cancelled = true }
local function tap_tick(_, run, p) if YIELDED[p.action] then run.result = p end end
local function tap_other(_, run) run.result = host.result(run.handle) end

local function add_tap(out, run, kind)
  if not run.tapped then return end
  if kind == KIND.tick then
    run.ticks_tapped = run.ticks_tapped or out[1] ~= nil
    if run.ticks_tapped then out[#out + 1] = sink(tap_tick, "run", tap_tick) end
  elseif (kind == KIND.position or kind == KIND.order) and not run.ticks_tapped then
    out[#out + 1] = sink(tap_other, "run", tap_other)
  end
end

--- The delivery order of every event kind for one run, and the mask of the kinds that anybody wants.
function delivery.plan(run)
  local plan, mask = { version = listeners.version }, 0
  run.measured = host.measuring(run.handle)
  for kind = 0, KIND.exit_alarm do
    local out, build = {}, builders[kind]
    if build then build(out, run) end
    if run.measured or listeners.any("performance") then
      performance.add(out, run, kind, KIND, listeners.of("performance"), listeners.call)
    end
    add_tap(out, run, kind)
    if out[1] then
      plan[kind] = out
      mask = mask + 2 ^ kind
    end
  end
  return plan, mask
end

return delivery
