-- The event channels (engine.md 11): who listens, in which order an event reaches callbacks, action handlers and
-- listeners, and with which arguments.
local core = ...
local raise, host = core.raise, core.host
local performance, broker = core.module("performance"), core.module("broker")
local type, ipairs = type, ipairs
local format = core.raw_format

local listeners = {}

-- Numbers of engine/event.h's EventKind.
local KIND = {
  before_start = 0, after_end = 1, progress = 2, tick = 3, write = 4, position = 5, order = 6, commit = 7,
  active_ping = 8, schedule_ping = 9, idle_ping = 10, partial_profit = 11, partial_loss = 12, breakeven = 13,
  profit_progress = 14, loss_progress = 15, highest_profit = 16, max_drawdown = 17, risk_rejection = 18,
  refusal = 19, pause = 20, notify = 21, order_sync = 22, order_check = 23, order_fill = 24, order_reject = 25,
  order_continue = 26, order_stop = 27, alarm = 28, exit_alarm = 29,
}
listeners.KIND = KIND

-- Channels fed by the engine: name of the listen_ function -> event kind. Those with `false` are fed by the driver.
local channels = {
  signal = KIND.tick, signal_backtest = KIND.tick, signal_live = KIND.tick,
  signal_event = KIND.position, order_schedule = KIND.order, strategy_commit = KIND.commit,
  active_ping = KIND.active_ping, schedule_ping = KIND.schedule_ping, idle_ping = KIND.idle_ping,
  partial_profit_available = KIND.partial_profit, partial_loss_available = KIND.partial_loss,
  breakeven_available = KIND.breakeven, highest_profit = KIND.highest_profit, max_drawdown = KIND.max_drawdown,
  risk = KIND.risk_rejection, pause = KIND.pause, signal_notify = KIND.notify,
  before_start = KIND.before_start, after_end = KIND.after_end, backtest_progress = KIND.progress,
  error = KIND.refusal, exit = false, validation = false, performance = false,
  done_backtest = false, done_live = false, done_walker = false,
  walker = false, walker_complete = false, walker_progress = false,
  sync = false, check = false,  -- their listeners have a say in verdicts: lua/btk/orders.lua calls them
  order_fill = KIND.order_fill, order_reject = KIND.order_reject, order_continue = KIND.order_continue,
  order_stop = KIND.order_stop, reload = false,
  optimizer_progress = false, optimizer_llm = false,
}
for _, action in ipairs { "idle", "scheduled", "waiting", "opened", "active", "closed", "cancelled" } do
  channels["signal_" .. action] = KIND.tick
end

local registered = {}   -- channel -> list of listeners in order of registration
for name in core.raw_pairs(channels) do registered[name] = {} end
listeners.version = 0   -- grows with every change, so that a running plan knows when it is old

local SEEN_LIMIT = 200

local function add(channel, fn, filter, mode, who)
  if type(fn) ~= "function" then raise(format("%s needs a function, got %s", who, type(fn))) end
  if mode ~= "plain" and type(filter) ~= "function" then
    raise(format("%s needs a filter function first, got %s", who, type(filter)))
  end
  local entry = { fn = fn, filter = filter, mode = mode, channel = channel, where = who }
  if mode == "per_signal" then entry.seen, entry.order = {}, {} end
  local list = registered[channel]
  list[#list + 1] = entry
  listeners.version = listeners.version + 1
  return function() listeners.remove(entry) end
end

listeners.add = add

function listeners.remove(entry)
  if entry.removed then return end
  entry.removed = true
  local list = registered[entry.channel]
  for i, other in ipairs(list) do
    if other == entry then table.remove(list, i) break end
  end
  listeners.version = listeners.version + 1
end

local function identity(payload)
  local signal = payload.signal
  return format("%s|%s|%s|%s|%s|%s", payload.strategy_name, payload.exchange_name, payload.frame_name,
                payload.backtest and "b" or "l", payload.symbol, signal and signal.id)
end

--- Hands a payload to one listener, as its form asks.
function listeners.call(entry, payload)
  if entry.removed then return end
  if entry.filter and not entry.filter(payload) then return end
  if entry.mode == "once" then
    listeners.remove(entry)
  elseif entry.mode == "per_signal" then
    local key = identity(payload)
    if entry.seen[key] then return end
    entry.seen[key] = true
    entry.order[#entry.order + 1] = key
    if #entry.order > SEEN_LIMIT then entry.seen[table.remove(entry.order, 1)] = nil end
  end
  entry.fn(payload)
end

function listeners.of(channel) return registered[channel] end
function listeners.any(channel) return registered[channel][1] ~= nil end

--- @api btk.listen_optimizer_progress(fn)
--- Hears how many sources of an optimizer were read, before each and at the end.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_optimizer_llm(fn)
--- Hears of every answer of a language model while an optimizer works: stage, range_index, attempt, tokens, duration_ms, replayed.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal(fn)
--- Hears of every result of a tick: idle, scheduled, waiting, opened, active, closed, cancelled.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_backtest(fn)
--- Hears of results of ticks in back-tests.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_live(fn)
--- Hears of results of ticks on paper and live.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_event(fn)
--- Hears of positions opened and closed.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_order_schedule(fn)
--- Hears of limit orders placed and cancelled.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_strategy_commit(fn)
--- Hears of commands of the strategy that took effect.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_active_ping(fn)
--- Hears of each minute with an open position.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_schedule_ping(fn)
--- Hears of each minute with a waiting limit order.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_idle_ping(fn)
--- Hears of each tick without position and order.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_partial_profit_available(fn)
--- Hears of each tenth of the way to the take profit, once per position.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_partial_loss_available(fn)
--- Hears of each tenth of the way to the stop loss, once per position.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_breakeven_available(fn)
--- Hears of the moment at which costs and threshold are covered, once per position.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_highest_profit(fn)
--- Hears of every new best result of a position.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_max_drawdown(fn)
--- Hears of every new worst result of a position.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_risk(fn)
--- Hears of signals that a risk profile rejected.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_pause(fn)
--- Hears of pauses of the strategy and their end.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_notify(fn)
--- Hears of commit_signal_notify.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_before_start(fn)
--- Hears of the moment before the first tick.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_after_end(fn)
--- Hears of the end of a run, however it ends.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_backtest_progress(fn)
--- Hears of how far a back-test is.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_error(fn)
--- Hears of script errors, refused signals and alarms.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_exit(fn)
--- Hears of fatal ends and exhausted retries.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_validation(fn)
--- Hears of risk validations that raised an error.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_performance(fn)
--- Hears of how long calls of the script took.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_done_backtest(fn)
--- Hears of back-tests that are over.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_done_live(fn)
--- Hears of paper and live runs that are over.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_done_walker(fn)
--- Hears of walks that are over.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_walker(fn)
--- Hears of results of a walk.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_walker_complete(fn)
--- Hears of the final result of a walk.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_walker_progress(fn)
--- Hears of how far a walk is.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_sync(fn)
--- Hears of gates of orders, before the broker; an error has a say in the verdict.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_check(fn)
--- Hears of checks of orders, before the broker; an error has a say in the verdict.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_order_fill(fn)
--- Hears of orders that the exchange confirmed.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_order_reject(fn)
--- Hears of orders that the exchange refused.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_order_continue(fn)
--- Hears of checks after which a position or order goes on.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_order_stop(fn)
--- Hears of checks after which a position or order is gone.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_reload(fn)
--- Hears of script files that were loaded anew, or were not taken.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_idle(fn)
--- Hears of results of ticks with the action "idle".
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_scheduled(fn)
--- Hears of results of ticks with the action "scheduled".
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_waiting(fn)
--- Hears of results of ticks with the action "waiting".
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_opened(fn)
--- Hears of results of ticks with the action "opened".
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_active(fn)
--- Hears of results of ticks with the action "active".
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_closed(fn)
--- Hears of results of ticks with the action "closed".
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_signal_cancelled(fn)
--- Hears of results of ticks with the action "cancelled".
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_*_once(filter, fn)
--- Hears of the first event that `filter` lets through, then never again.
--- @param filter fun(event: table): boolean?
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_*_per_signal(filter, fn)
--- Hears of the first event per signal that `filter` lets through.
--- @param filter fun(event: table): boolean?
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- Puts listen_<channel>, listen_<channel>_once and listen_<channel>_per_signal into `btk`.
function listeners.install(btk)
  for channel in core.raw_pairs(channels) do
    local name = "listen_" .. channel
    btk[name] = function(fn) return add(channel, fn, nil, "plain", name) end
    btk[name .. "_once"] = function(filter, fn) return add(channel, fn, filter, "once", name .. "_once") end
    btk[name .. "_per_signal"] = function(filter, fn)
      return add(channel, fn, filter, "per_signal", name .. "_per_signal")
    end
  end
end

--- Takes the listeners off all channels that are not in `stay`. The function that it returns puts them back, in place of
--- those that came meanwhile.
function listeners.set_aside(stay)
  local aside = {}
  local function replace(lists)
    for name, list in core.raw_pairs(lists) do registered[name] = list end
    listeners.version = listeners.version + 1
  end
  local empty = {}
  for name, list in core.raw_pairs(registered) do
    if not stay[name] then aside[name], empty[name] = list, {} end
  end
  replace(empty)
  return function() replace(aside) end
end

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
  for _, entry in ipairs(registered[channel]) do out[#out + 1] = listener_sink(entry) end
end
local function add_hook(out, run, hook)
  for _, action in ipairs(run.actions) do
    local fn = action.hooks[hook]
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

builders[KIND.tick] = function(out, run)
  add_callback(out, run, "on_idle", on_idle)
  add_callback(out, run, "on_tick", on_tick)
  add_channel(out, run.backtest and "signal_backtest" or "signal_live")
  add_hook(out, run, run.backtest and "on_signal_backtest" or "on_signal_live")
  add_channel(out, "signal")
  add_hook(out, run, "on_signal")
  for _, action in ipairs { "idle", "scheduled", "waiting", "opened", "active", "closed", "cancelled" } do
    for _, entry in ipairs(registered["signal_" .. action]) do
      local s = listener_sink(entry)
      s.invoke = only_action(action, s.invoke)
      out[#out + 1] = s
    end
  end
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
function listeners.plan(run)
  local plan, mask = { version = listeners.version }, 0
  run.measured = host.measuring(run.handle)
  for kind = 0, KIND.exit_alarm do
    local out, build = {}, builders[kind]
    if build then build(out, run) end
    if registered.performance[1] or run.measured then performance.add(out, run, kind, KIND, registered.performance, listeners.call) end
    add_tap(out, run, kind)
    if out[1] then
      plan[kind] = out
      mask = mask + 2 ^ kind
    end
  end
  return plan, mask
end

return listeners
