-- Plays one recorded scenario through the public API: registers its candles, frame, risk profiles and strategies,
-- iterates over its runs and prints the recording as one line of JSON, in the form of the recordings.
--
-- Where the API's contract differs from what was recorded, it is translated here: fields that a signal does not have
-- (signal_of), signals that are script errors (on_error), levels that no listener hears of (silent_level).
local btk = require "btk"
local scenario = btk.json.decode(require "scenario")
local null, array = btk.json.null, btk.json.array

local MINUTE = 60000
local ROW_CAP = 250 -- was in force when the scenarios were recorded

-- Numbers without a JSON form are texts in the recordings.
local WORDS = { Infinity = math.huge, ["-Infinity"] = -math.huge, NaN = 0 / 0 }

local function read(value)
  local number = WORDS[value]
  if number ~= nil then return number end
  return value
end

local function write(number)
  if number ~= number then return "NaN" end
  if number == math.huge then return "Infinity" end
  if number == -math.huge then return "-Infinity" end
  return number
end

local function map(list, convert)
  local out = array()
  for i, item in ipairs(list) do out[i] = convert(item) end
  return out
end

-- Signals -----------------------------------------------------------------------

local SIGNAL_FIELDS = {
  id = "id", symbol = "symbol", position = "position", note = "note", priceOpen = "price_open",
  priceTakeProfit = "price_take_profit", priceStopLoss = "price_stop_loss",
  minuteEstimatedTime = "minute_estimated_time", cost = "cost", multiplier = "multiplier", isolated = "isolated",
}

-- A recorded DTO as a signal table. The reference ignores fields that it does not know, here they are errors: they are
-- dropped. Fields of a wrong type stay: they become script errors (on_error).
local function signal_of(dto)
  local signal = {}
  for name, field in pairs(SIGNAL_FIELDS) do
    if dto[name] ~= nil then signal[field] = read(dto[name]) end
  end
  return signal
end

-- Hands out what is due at the head of the queue.
local function queue_strategy(signals)
  local head = 1
  return function(_, when)
    local due = signals[head]
    if not due or when < due.at then return nil end
    head = head + 1
    return signal_of(due.dto)
  end
end

local function sum(candles, from, to)
  local total = 0
  for i = from, to do total = total + candles[i].close end
  return total
end

local function sma_cross(rule)
  local fast, slow, limit = rule.fast, rule.slow, read(rule.limitPercent) or 0
  local n = slow + 1
  return function(symbol)
    local c = btk.get_candles(symbol, "1m", n)
    local f1, s1 = sum(c, n + 1 - fast, n) / fast, sum(c, 2, n) / slow
    local f0, s0 = sum(c, n - fast, n - 1) / fast, sum(c, 1, n - 1) / slow
    local up = f0 <= s0 and f1 > s1 and rule.long
    local down = f0 >= s0 and f1 < s1 and rule.short
    if not up and not down then return nil end
    local p = c[n].close
    local function above(percent) return p * (1 + percent / 100) end
    local function below(percent) return p * (1 - percent / 100) end
    local better, worse = up and above or below, up and below or above
    return {
      position = up and "long" or "short",
      price_take_profit = better(read(rule.tpPercent)),
      price_stop_loss = worse(read(rule.slPercent)),
      minute_estimated_time = read(rule.minutes),
      price_open = limit ~= 0 and worse(limit) or nil,
    }
  end
end

-- Risk --------------------------------------------------------------------------

local RISK_RULES = {
  max_active = function(q, rule) return q.active_position_count >= read(rule.value) end,
  deny_position = function(q, rule) return q.current_signal.position == rule.value end,
  min_tp_percent = function(q, rule)
    local s = q.current_signal
    return math.abs(s.price_take_profit - s.price_open) / s.price_open * 100 < read(rule.value)
  end,
  min_reward_risk = function(q, rule)
    local s = q.current_signal
    return math.abs(s.price_take_profit - s.price_open) / math.abs(s.price_open - s.price_stop_loss) < read(rule.value)
  end,
  price_above = function(q, rule) return q.current_price > read(rule.value) end,
  price_below = function(q, rule) return q.current_price < read(rule.value) end,
  deny_minutes = function(q, rule)
    local minute = math.floor(q.timestamp / MINUTE) % 60
    return rule.from <= minute and minute < rule.to
  end,
}

local function validation(rule)
  local rejects = RISK_RULES[rule.type] or error(rule.type .. " is no known risk rule")
  return function(query)
    if rejects(query, rule) then return rule.type end
  end
end

-- Commands ----------------------------------------------------------------------

local function stop(symbol) return btk.stop_strategy(symbol) end
local function pause(symbol) return btk.set_strategy_paused(symbol, true) end
local function resume(symbol) return btk.set_strategy_paused(symbol, false) end

local ACTIVE_OPERATIONS = {
  partialProfit = function(symbol, args) return btk.commit_partial_profit(symbol, read(args.percent)) end,
  partialLoss = function(symbol, args) return btk.commit_partial_loss(symbol, read(args.percent)) end,
  partialProfitCost = function(symbol, args) return btk.commit_partial_profit_cost(symbol, read(args.cost)) end,
  partialLossCost = function(symbol, args) return btk.commit_partial_loss_cost(symbol, read(args.cost)) end,
  trailingStop = function(symbol, args, price) return btk.commit_trailing_stop(symbol, read(args.percentShift), price) end,
  trailingTake = function(symbol, args, price) return btk.commit_trailing_take(symbol, read(args.percentShift), price) end,
  trailingStopCost = function(symbol, args) return btk.commit_trailing_stop_cost(symbol, read(args.price)) end,
  trailingTakeCost = function(symbol, args) return btk.commit_trailing_take_cost(symbol, read(args.price)) end,
  breakeven = function(symbol) return btk.commit_breakeven(symbol) end,
  averageBuy = function(symbol, args) return btk.commit_average_buy(symbol, read(args.cost)) end,
  closePending = function(symbol) return btk.commit_close_pending(symbol) end,
  createTakeProfit = function(symbol) return btk.commit_create_take_profit(symbol) end,
  createStopLoss = function(symbol) return btk.commit_create_stop_loss(symbol) end,
  createSignal = function(symbol, args) return btk.commit_create_signal(symbol, signal_of(args.dto)) end,
  stop = stop, pause = pause, resume = resume,
}

local SCHEDULE_OPERATIONS = {
  cancelScheduled = function(symbol) return btk.commit_cancel_scheduled(symbol) end,
  activateScheduled = function(symbol) return btk.commit_activate_scheduled(symbol) end,
  stopWaiting = stop, pauseWaiting = pause, resumeWaiting = resume,
}

-- These return nothing in the reference, true here.
local ANSWERS_NOTHING = {
  closePending = true, cancelScheduled = true, activateScheduled = true, createTakeProfit = true,
  createStopLoss = true, createSignal = true, pause = true, resume = true, pauseWaiting = true, resumeWaiting = true,
  stop = true, stopWaiting = true,
}

local function outcome(op, ok, answer)
  if not ok then return "error" end
  if ANSWERS_NOTHING[op] and answer == true then return null end
  return answer
end

local function position_now(symbol)
  local p = btk.get_pending_signal(symbol)
  if not p then return null end
  return {
    priceOpen = write(p.price_open), priceTakeProfit = write(p.price_take_profit),
    priceStopLoss = write(p.price_stop_loss), partialExecuted = write(p.partial_executed),
    totalEntries = p.total_entries, totalPartials = p.total_partials,
  }
end

-- A queue of commands: called at a ping, it executes those at its head that are due.
local function command_queue(commands, operations, record, shows_position)
  local queue, head = {}, 1
  for _, command in ipairs(commands) do
    if operations[command.op] then queue[#queue + 1] = command end
  end
  return function(symbol, _, price, when)
    while queue[head] and queue[head].at <= when do
      local command = queue[head]
      head = head + 1
      local ok, answer = pcall(operations[command.op], symbol, command.args or {}, price)
      record[#record + 1] = {
        index = #record, op = command.op, t = when, result = outcome(command.op, ok, answer),
        after = shows_position and position_now(symbol) or nil,
      }
    end
  end
end

local function check_operations(commands)
  for _, command in ipairs(commands) do
    if not ACTIVE_OPERATIONS[command.op] and not SCHEDULE_OPERATIONS[command.op] then
      error(command.op .. " is no known command")
    end
  end
end

-- Recording ---------------------------------------------------------------------

local function pnl(p)
  return {
    pnlPercentage = write(p.pnl_percentage), pnlCost = write(p.pnl_cost), pnlEntries = write(p.pnl_entries),
    priceOpen = write(p.price_open), priceClose = write(p.price_close),
  }
end

local function excursion(e)
  return {
    pnlPercentage = write(e.pnl_percentage), pnlCost = write(e.pnl_cost), price = write(e.price),
    timestamp = e.timestamp,
  }
end

local function entry(e) return { price = write(e.price), cost = write(e.cost), t = e.timestamp } end

local function partial(p)
  return {
    type = p.type, percent = write(p.percent), currentPrice = write(p.current_price),
    costBasisAtClose = write(p.cost_basis_at_close), entryCountAtClose = p.entry_count_at_close, t = p.timestamp,
  }
end

local function add_close(row, result)
  local s = result.signal
  row.closeReason, row.pnl = result.close_reason, pnl(result.pnl)
  row.peakProfit, row.maxDrawdown = excursion(s.peak_profit), excursion(s.max_drawdown)
  row.partialExecuted, row.totalEntries, row.totalPartials = write(s.partial_executed), s.total_entries, s.total_partials
  row.partials, row.entries = map(s.partials, partial), map(s.entries, entry)
end

local function result_row(result, number)
  local s = result.signal
  local row = {
    action = result.action, signal = number, t = result.close_timestamp or result.created_at, position = s.position,
    priceOpen = write(s.price_open), originalPriceOpen = write(s.original_price_open),
    priceTakeProfit = write(s.price_take_profit), originalPriceTakeProfit = write(s.original_price_take_profit),
    priceStopLoss = write(s.price_stop_loss), originalPriceStopLoss = write(s.original_price_stop_loss),
    minuteEstimatedTime = write(s.minute_estimated_time), cost = write(s.cost), multiplier = write(s.multiplier),
    isolated = s.isolated, scheduledAt = s.scheduled_at, pendingAt = s.pending_at,
    currentPrice = write(result.current_price), reason = result.reason,
  }
  if result.action == "closed" then add_close(row, result) end
  return row
end

-- The statistics over the newest rows only, as in the recordings; names and gaps are left to the comparing program.
local function statistics(symbol, context)
  local data = btk.backtest.get_data(symbol, context)
  local newest_first = data.signal_list
  data.signal_list = nil
  if #newest_first <= ROW_CAP then return data end
  local trades = {}
  for i = #newest_first, 1, -1 do trades[#trades + 1] = newest_first[i] end
  return btk.stats.closed_signals(trades, { cap = ROW_CAP })
end

-- Runs --------------------------------------------------------------------------

local runs = {} -- strategy name -> run

-- Candles beyond the listed ones do not exist: a short answer is the end of the data.
local function candle_hook(rows)
  local first = rows[1][1]
  return function(_, _, since, limit)
    local out, start = {}, (since - first) / MINUTE
    for i = math.max(start, 0) + 1, math.min(start + limit, #rows) do
      local r = rows[i]
      out[#out + 1] = { timestamp = r[1], open = r[2], high = r[3], low = r[4], close = r[5], volume = r[6] }
    end
    return out
  end
end

local function new_run(number, input)
  local names = { strategy_name = "strategy-" .. number, exchange_name = "exchange-" .. number, frame_name = "frame" }
  local record = {
    events = array(), levels = array(), commands = array(), risk = array(), rejections = array(), errors = array(),
    getSignalCalls = 0, pings = { active = 0, schedule = 0 }, getSignalAt = scenario.recordCalls and array() or nil,
  }
  local run = { symbol = input.symbol, context = names, record = record, told = {} }
  local numbers, count = {}, 0

  -- Signals are numbered in order of appearance.
  function run.number_of(id)
    if not numbers[id] then
      count = count + 1
      numbers[id] = count
    end
    return numbers[id]
  end

  local function key_of(kind, signal, level) return table.concat({ signal.id, signal.pending_at, kind, level or "" }, " ") end

  function run.add_level(kind, signal, price, when, level)
    run.told[key_of(kind, signal, level)] = true
    record.levels[#record.levels + 1] = {
      kind = kind, t = when, signal = run.number_of(signal.id), currentPrice = write(price), level = level,
    }
  end

  -- A command at a ping has asked to close the position. The levels of that candle are recorded, but listeners hear of
  -- levels only while there is a position (engine.md 11.1): here they are told by the callbacks, which always come.
  function run.silent_level(kind, symbol, signal, price, when, level)
    if not btk.has_no_pending_signal(symbol) or run.told[key_of(kind, signal, level)] then return end
    run.add_level(kind, signal, price, when, level)
  end
  function run.silent_levels(kind, symbol, signal, percent, price, when)
    for level = 10, percent, 10 do run.silent_level(kind, symbol, signal, price, when, level) end
  end

  btk.add_exchange { exchange_name = names.exchange_name, get_candles = candle_hook(input.candles) }

  local strategy, commands = input.strategy, input.commands or {}
  check_operations(commands)
  local decide = strategy.rule and sma_cross(strategy.rule) or queue_strategy(input.signals or {})
  local on_active = command_queue(commands, ACTIVE_OPERATIONS, record.commands, true)
  local on_schedule = command_queue(commands, SCHEDULE_OPERATIONS, record.commands, false)
  btk.add_strategy {
    strategy_name = names.strategy_name, interval = strategy.interval, risk_list = strategy.risk,
    get_signal = function(symbol, when, price)
      record.getSignalCalls = record.getSignalCalls + 1
      local calls = record.getSignalAt
      if calls then calls[#calls + 1] = (when - scenario.frame.start) / MINUTE end
      return decide(symbol, when, price)
    end,
    callbacks = {
      on_active_ping = function(...)
        record.pings.active = record.pings.active + 1
        on_active(...)
      end,
      on_schedule_ping = function(...)
        record.pings.schedule = record.pings.schedule + 1
        on_schedule(...)
      end,
      on_breakeven = function(symbol, signal, price, when) run.silent_level("breakeven", symbol, signal, price, when) end,
      on_partial_profit = function(...) run.silent_levels("profit", ...) end,
      on_partial_loss = function(...) run.silent_levels("loss", ...) end,
    },
  }
  runs[names.strategy_name] = run
  return run
end

local function start(run) run.results = btk.backtest.run(run.symbol, run.context) end

-- The next result of a run, recorded; nil at its end.
local function pull(run)
  local result = run.results()
  if result then
    local events = run.record.events
    events[#events + 1] = result_row(result, run.number_of(result.signal.id))
  end
  return result
end

local function finish(run)
  while pull(run) do end
  run.record.stats = statistics(run.symbol, run.context)
end

-- Until the reference has handed out its first `opened` result: at once for an entry at market, after the whole life
-- of the signal for a limit order.
local function until_opened(run)
  local from_order = false
  for result in function() return pull(run) end do
    local action = result.action
    if action == "closed" or action == "opened" and not from_order then return end
    from_order = action == "scheduled" or from_order and action ~= "cancelled"
  end
end

-- Listeners ---------------------------------------------------------------------

local function record_of(event) return runs[event.strategy_name].record end

local function level_listener(kind)
  return function(event)
    runs[event.strategy_name].add_level(kind, event.signal, event.current_price, event.timestamp, event.level)
  end
end

local function on_risk(event)
  local rejections = record_of(event).risk
  rejections[#rejections + 1] = {
    t = event.timestamp, rule = event.rejection_note, position = event.current_signal.position,
    currentPrice = write(event.current_price), activePositionCount = event.active_position_count,
  }
end

-- Refused signals. A signal with a field of a wrong type, or without a sound position, is refused by the reference and
-- a script error here: a refusal too, whose only reason is "script_error". Every other script error is an error.
local function on_error(event)
  local record = record_of(event)
  local is_signal_error = event.where == "get_signal" and event.message:find("^the signal") ~= nil
  if event.codes or is_signal_error then
    record.rejections[#record.rejections + 1] = { t = event.timestamp, reasons = array(event.codes or { "script_error" }) }
  else
    record.errors[#record.errors + 1] = ("%s: %s"):format(event.where, event.message)
  end
end

-- The scenario --------------------------------------------------------------------

local config = { CC_RISK_REFERENCE_RESERVATIONS = true }
for key, value in pairs(scenario.config) do config[key] = read(value) end
btk.set_config(config, true)

local frame = scenario.frame
btk.add_frame { frame_name = "frame", interval = frame.interval, start_date = frame.start, end_date = frame["end"] }
for _, profile in ipairs(scenario.risks) do
  btk.add_risk { risk_name = profile.name, validations = map(profile.rules, validation) }
end

btk.listen_partial_profit_available(level_listener("profit"))
btk.listen_partial_loss_available(level_listener("loss"))
btk.listen_breakeven_available(level_listener("breakeven"))
btk.listen_risk(on_risk)
btk.listen_error(on_error)

local order = {}
for i, input in ipairs(scenario.runs) do order[i] = new_run(i, input) end
local held = scenario.hold and order[1] or nil
if held then
  start(held)
  until_opened(held)
end
for _, run in ipairs(order) do
  if run ~= held then
    start(run)
    finish(run)
  end
end
if held then finish(held) end

print(btk.json.encode(map(order, function(run) return run.record end)))
