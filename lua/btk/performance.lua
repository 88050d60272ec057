-- listen_performance and btk.performance: how long a run, its ticks and its signals take on this machine. Wall-clock figures: they differ
-- from run to run and take no part in results.
local core = ...
local host = core.host
local ipairs = ipairs

local performance = {}

local function tell(sink, run, metric, began, time)
  if not began then return end
  local now = host.stopwatch()
  local payload = {
    metric_type = metric, duration = now - began, timestamp = time, when = time, previous_timestamp = run.measured_at,
    symbol = run.symbol, strategy_name = run.context.strategy_name, exchange_name = run.context.exchange_name,
    frame_name = run.context.frame_name, backtest = run.backtest,
  }
  run.measured_at = time
  if run.measured then host.measure(run.handle, metric, payload.duration, time, payload.previous_timestamp) end
  local apart = core.module("run").apart
  for _, entry in ipairs(core.copy_list(sink.entries)) do apart(run, entry.where, sink.call, entry, payload) end
end

local function on_start(_, run) run.began = host.stopwatch() end
local function on_tick(sink, run, p)
  local began = run.tick_began
  run.tick_began = host.stopwatch()
  tell(sink, run, "backtest_timeframe", began, p.timestamp)
end
-- A session's tick lasts from the moment at which its minute is taken up (run.advance) to its result.
local function on_live_tick(sink, run, p)
  tell(sink, run, "live_tick", run.tick_began, p.created_at)
  run.tick_began = host.stopwatch()
end
local function on_signal(sink, run, p)
  if p.action == "opened" or p.action == "scheduled" then
    run.signal_began = run.signal_began or host.stopwatch()
  else
    local began = run.signal_began
    run.signal_began = nil
    tell(sink, run, "backtest_signal", began, p.timestamp)
  end
end
local function on_end(sink, run, p) tell(sink, run, "backtest_total", run.began, p.timestamp) end

--- Adds the measuring of one event kind to its delivery.
function performance.add(out, run, kind, KIND, entries, call)
  local invoke
  if run.backtest then
    invoke = kind == KIND.before_start and on_start or kind == KIND.progress and on_tick
        or (kind == KIND.position or kind == KIND.order) and on_signal or kind == KIND.after_end and on_end or nil
  elseif kind == KIND.tick then
    invoke = on_live_tick
  end
  if invoke then
    out[#out + 1] = { fn = invoke, where = "listen_performance", invoke = invoke, entries = entries, call = call }
  end
end

return performance
