-- The event channels (engine.md 11): what a script can listen to, and which kind of the engine's events feeds each.
local ipairs = ipairs

-- Numbers of engine/event.h's EventKind.
local KIND = {
  before_start = 0, after_end = 1, progress = 2, tick = 3, write = 4, position = 5, order = 6, commit = 7,
  active_ping = 8, schedule_ping = 9, idle_ping = 10, partial_profit = 11, partial_loss = 12, breakeven = 13,
  profit_progress = 14, loss_progress = 15, highest_profit = 16, max_drawdown = 17, risk_rejection = 18,
  refusal = 19, pause = 20, notify = 21, order_sync = 22, order_check = 23, order_fill = 24, order_reject = 25,
  order_continue = 26, order_stop = 27, alarm = 28, exit_alarm = 29,
}

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
--- Hears of the end of a run, however it ends: in the copy of the script whose callbacks ran, so with what they kept in locals.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_backtest_progress(fn)
--- Hears of how far a back-test is. Runs that the host makes are told in the main script, as by listen_done_backtest.
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
--- Hears of back-tests that are over. Runs that the host makes are told in the main script, whose locals the callbacks
--- of the run never touched: each run has its own copy of the script. In that copy listen_after_end hears of the end.
--- @param fn fun(event: table)
--- @return fun() remove takes the listener away

--- @api btk.listen_done_live(fn)
--- Hears of paper and live runs that are over. Runs that the host makes are told in the main script, whose locals the callbacks
--- of the run never touched: each run has its own copy of the script. In that copy listen_after_end hears of the end.
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

return { KIND = KIND, names = channels }
