-- What scripts may ask about the open position and the waiting order (engine.md 7.8). "nil" means no position;
-- prices are the average price visible now.
local core = ...
local host, raise = core.host, core.raise
local commands = core.module("commands")
local type, ipairs, tostring = type, ipairs, tostring
local floor, max = math.floor, math.max
local pairs, format = core.raw_pairs, core.raw_format

local MINUTE = 60000
local position = {}

local function pending(who, symbol, price)
  local self = commands.the_run(who, symbol)
  return host.row(self.handle, false, price or self.asked_price), self
end

--- The row of the open position, or nil.
--- @param symbol string of this run
--- @return table?
function position.get_pending_signal(symbol) return (pending("get_pending_signal", symbol)) end
--- The row of the waiting limit order, or nil.
--- @param symbol string of this run
--- @return table?
function position.get_scheduled_signal(symbol)
  return host.row(commands.the_run("get_scheduled_signal", symbol).handle, true)
end
--- True while no position is open.
--- @return boolean
function position.has_no_pending_signal(symbol) return pending("has_no_pending_signal", symbol) == nil end
--- True while no limit order waits.
--- @return boolean
function position.has_no_scheduled_signal(symbol) return position.get_scheduled_signal(symbol) == nil end

-- Words for the functions that getter() makes.

--- @api btk.get_position_effective_price(symbol)
--- Average entry price of the open position, in quote currency; raises without one.
--- @param symbol string of this run
--- @return number

--- @api btk.get_position_invested_count(symbol)
--- How many purchases the open position has; raises without one.
--- @param symbol string of this run
--- @return integer

--- @api btk.get_position_invested_cost(symbol)
--- USD invested in the open position; raises without one.
--- @param symbol string of this run
--- @return number

--- @api btk.get_position_pnl_percent(symbol)
--- Profit or loss of the open position at the present price, in percent after costs; raises without one.
--- @param symbol string of this run
--- @return number

--- @api btk.get_position_pnl_cost(symbol)
--- The same in USD; raises without a position.
--- @param symbol string of this run
--- @return number

--- @api btk.get_position_levels(symbol)
--- Prices of the purchases, oldest first; raises without a position.
--- @param symbol string of this run
--- @return number[]

--- @api btk.get_position_entries(symbol)
--- The purchases of the open position: { price, cost, timestamp } each; nil without one.
--- @param symbol string of this run
--- @return table[]?

--- @api btk.get_position_partials(symbol)
--- The partial closes of the open position; nil without one.
--- @param symbol string of this run
--- @return table[]?

--- @api btk.get_total_percent_closed(symbol)
--- Share of the position that was closed, in percent; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_total_percent_held(symbol)
--- Share of the position that is still held, in percent; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_total_cost_closed(symbol)
--- Cost basis in USD after the partial closes; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_remaining_cost_basis(symbol)
--- Cost basis in USD that is still held; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_estimate_minutes(symbol)
--- Lifetime that the signal asked for, in minutes; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_countdown_minutes(symbol)
--- Minutes until the position expires; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_active_minutes(symbol)
--- Minutes since the position opened; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_profit_price(symbol)
--- Price at the best moment of the position; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_profit_timestamp(symbol)
--- Best moment of the position, in ms UTC; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_pnl_percentage(symbol)
--- Best result so far, in percent; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_pnl_cost(symbol)
--- Best result so far, in USD; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_profit_breakeven(symbol)
--- Whether the best price so far covered costs and threshold; nil without a position.
--- @param symbol string of this run
--- @return boolean?

--- @api btk.get_position_highest_profit_minutes(symbol)
--- Minutes since the best moment; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_drawdown_minutes(symbol)
--- Minutes since the best moment, that is, how long the position has been below it; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_max_drawdown_price(symbol)
--- Price at the worst moment of the position; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_max_drawdown_timestamp(symbol)
--- Worst moment of the position, in ms UTC; nil without one.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_max_drawdown_pnl_percentage(symbol)
--- Worst result so far, in percent; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_max_drawdown_pnl_cost(symbol)
--- Worst result so far, in USD; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_max_drawdown_minutes(symbol)
--- Minutes since the worst moment; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_profit_distance_pnl_percentage(symbol)
--- How far the result has fallen from its best, in percent; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_max_drawdown_pnl_percentage(symbol)
--- How far the result has risen from its worst, in percent; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_max_drawdown_distance_pnl_percentage(symbol)
--- Distance between the best and the worst result so far, in percent; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_profit_distance_pnl_cost(symbol)
--- How far the result has fallen from its best, in USD; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_position_highest_max_drawdown_pnl_cost(symbol)
--- How far the result has risen from its worst, in USD; nil without a position.
--- @param symbol string of this run
--- @return number?

--- @api btk.get_max_drawdown_distance_pnl_cost(symbol)
--- Distance between the best and the worst result so far, in USD; nil without a position.
--- @param symbol string of this run
--- @return number?

-- name -> value of the row; `must` ones raise without a position, as in the reference.
local function getter(name, value, must)
  position[name] = function(symbol)
    local row, self = pending(name, symbol)
    if not row then
      if must then raise(format("%s: %s has no open position", name, symbol)) end
      return nil
    end
    return value(row, self)
  end
end

local function prices(row)
  local out = {}
  for i, entry in ipairs(row.entries) do out[i] = entry.price end
  return out
end
local function minutes_since(self, t) return floor((self.now.when - t) / MINUTE) end

getter("get_position_effective_price", function(row) return row.price_open end, true)
getter("get_position_invested_count", function(row) return row.total_entries end, true)
getter("get_position_invested_cost", function(row) return row.pnl.pnl_entries end, true)
getter("get_position_pnl_percent", function(row) return row.pnl.pnl_percentage end, true)
getter("get_position_pnl_cost", function(row) return row.pnl.pnl_cost end, true)
getter("get_position_levels", prices, true)
getter("get_position_entries", function(row) return row.entries end)
getter("get_position_partials", function(row) return row.partials end)
--- Share closed and share still held, in percent (differences.md 11).
getter("get_total_percent_closed", function(row) return row.partial_executed end)
getter("get_total_percent_held", function(row) return 100 - row.partial_executed end)
getter("get_total_cost_closed", function(_, self) return (host.basis(self.handle)) end)
getter("get_remaining_cost_basis", function(_, self) return (host.basis(self.handle)) end)
getter("get_position_estimate_minutes", function(row) return row.minute_estimated_time end)
getter("get_position_countdown_minutes", function(row, self)
  return max(0, row.minute_estimated_time - minutes_since(self, row.pending_at))
end)
getter("get_position_active_minutes", function(row, self) return minutes_since(self, row.pending_at) end)
getter("get_position_highest_profit_price", function(row) return row.peak_profit.price end)
getter("get_position_highest_profit_timestamp", function(row) return row.peak_profit.timestamp end)
getter("get_position_highest_pnl_percentage", function(row) return row.peak_profit.pnl_percentage end)
getter("get_position_highest_pnl_cost", function(row) return row.peak_profit.pnl_cost end)
local function breakeven_reached(row, price)
  local c = host.get_config()
  local threshold = (c.CC_PERCENT_SLIPPAGE + c.CC_PERCENT_FEE) * 2 + c.CC_BREAKEVEN_THRESHOLD
  if row.position == "long" then return price >= row.price_open * (1 + threshold / 100) end
  return price <= row.price_open * (1 - threshold / 100)
end
getter("get_position_highest_profit_breakeven", function(row) return breakeven_reached(row, row.peak_profit.price) end)
getter("get_position_highest_profit_minutes", function(row, self) return minutes_since(self, row.peak_profit.timestamp) end)
getter("get_position_drawdown_minutes", function(row, self) return minutes_since(self, row.peak_profit.timestamp) end)
getter("get_position_max_drawdown_price", function(row) return row.max_drawdown.price end)
getter("get_position_max_drawdown_timestamp", function(row) return row.max_drawdown.timestamp end)
getter("get_position_max_drawdown_pnl_percentage", function(row) return row.max_drawdown.pnl_percentage end)
getter("get_position_max_drawdown_pnl_cost", function(row) return row.max_drawdown.pnl_cost end)
getter("get_position_max_drawdown_minutes", function(row, self) return minutes_since(self, row.max_drawdown.timestamp) end)
for _, unit in ipairs { { "percentage", "pnl_percentage" }, { "cost", "pnl_cost" } } do
  local suffix, field = "pnl_" .. unit[1], unit[2]
  getter("get_position_highest_profit_distance_" .. suffix, function(row)
    return max(0, row.peak_profit[field] - row.pnl[field])
  end)
  getter("get_position_highest_max_drawdown_" .. suffix, function(row)
    return max(0, row.pnl[field] - row.max_drawdown[field])
  end)
  getter("get_max_drawdown_distance_" .. suffix, function(row)
    return max(0, row.peak_profit[field] - row.max_drawdown[field])
  end)
end

--- Minutes that the limit order has waited.
function position.get_position_waiting_minutes(symbol)
  local self = commands.the_run("get_position_waiting_minutes", symbol)
  local row = host.row(self.handle, true)
  return row and minutes_since(self, row.scheduled_at) or nil
end

--- Whether commit_breakeven would move the stop at `price`.
function position.get_breakeven(symbol, price)
  local self = commands.the_run("get_breakeven", symbol)
  if price ~= nil and type(price) ~= "number" then raise("get_breakeven: price must be a number, got " .. type(price)) end
  return host.breakeven_possible(self.handle, price or self.asked_price or host.visible_price(self.handle))
end

local function overlaps(levels, price, ladder)
  local upper, lower = ladder and ladder.upper_percent or 1.5, ladder and ladder.lower_percent or 1.5
  for _, x in ipairs(levels) do
    if x - x * lower / 100 <= price and price <= x + x * upper / 100 then return true end
  end
  return false
end

local function check_ladder(who, price, ladder)
  if type(price) ~= "number" then raise(format("%s: price must be a number, got %s", who, type(price))) end
  if ladder == nil then return end
  if type(ladder) ~= "table" then raise(format("%s: the ladder must be a table, got %s", who, type(ladder))) end
  for name, value in pairs(ladder) do
    if name ~= "upper_percent" and name ~= "lower_percent" then
      raise(format("%s: the ladder has no field '%s'; it has upper_percent, lower_percent", who, tostring(name)))
    end
    if type(value) ~= "number" then raise(format("%s: %s must be a number, got %s", who, name, type(value))) end
  end
end

local function partial_prices(row)
  local out = {}
  for i, partial in ipairs(row.partials) do out[i] = partial.current_price end
  return out
end

--- Whether a purchase (a partial close) lies near `price`; ladder = { upper_percent =, lower_percent = }, 1.5 each.
function position.get_position_entry_overlap(symbol, price, ladder)
  local row = pending("get_position_entry_overlap", symbol)
  check_ladder("get_position_entry_overlap", price, ladder)
  return row ~= nil and overlaps(prices(row), price, ladder)
end
--- Whether a partial close lies near `price`, with the same ladder.
--- @return boolean
function position.get_position_partial_overlap(symbol, price, ladder)
  local row = pending("get_position_partial_overlap", symbol)
  check_ladder("get_position_partial_overlap", price, ladder)
  return row ~= nil and overlaps(partial_prices(row), price, ladder)
end

--- What is open, what waits for its moment and what the exchange has not answered: `pending_signal_id`,
--- `scheduled_signal_id`, `last_pending_id` (of the position opened last), `is_paused`, `is_stopped`; `created_signal`
--- (of commit_create_signal, until its tick); `closed_signal`, `cancelled_signal`, `activated_signal`, `take_profit_signal`,
--- `stop_loss_signal` (rows on which that command waits for the next candle, with its `command_id` and `command_note`);
--- `commit_queue` (commands done and not announced yet: `action`, `current_price`, `amount`, `pnl`); `retry_open_signal` with
--- `retry_open_count`, and `retry_close_count`: how often the exchange was asked, 0 unless an answer is missing.
--- @return table
function position.get_strategy_status(symbol)
  local self = commands.the_run("get_strategy_status", symbol)
  return host.status(self.handle)
end

--- The newest finished signals of this run, closed and cancelled, newest first; in paper and live those from before a
--- restart and of earlier sessions, too.
--- @param limit? integer  at most so many; default 100
--- @return table list of tick results
function position.get_finished_signals(symbol, limit)
  local self = commands.the_run("get_finished_signals", symbol)
  if limit == nil then limit = 100 end
  if type(limit) ~= "number" or not (limit >= 1 and limit <= 1e6) or limit % 1 ~= 0 then
    raise(format("get_finished_signals: limit must be a whole number from 1 to 1000000, got %s", tostring(limit)))
  end
  return host.finished(self.handle, limit)
end

function position.install(btk)
  for name, fn in pairs(position) do
    if name ~= "install" then btk[name] = fn end
  end
end

return position
