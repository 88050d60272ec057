-- Commands on the order or position of the running symbol (engine.md 7). Each answers true when it was taken and
-- false when this is not the moment for it; a foreign symbol, a wrong type and a missing run are errors.
local core = ...
local host, raise = core.host, core.raise
local data, acts = core.module("data"), core.module("acts")
local type, tostring = type, tostring
local format = core.raw_format

local commands = {}

local function the_run(who, symbol)
  local self = data.the_run(who)
  if type(symbol) ~= "string" then raise(format("%s: symbol must be a text, got %s", who, type(symbol))) end
  if symbol ~= self.symbol then
    raise(format("%s: this run trades %s, not %s", who, self.symbol, symbol))
  end
  return self
end
commands.the_run = the_run

local function number(who, name, value, optional)
  if value == nil and optional then return nil end
  if type(value) ~= "number" then raise(format("%s: %s must be a number, got %s", who, name, type(value))) end
  return value
end

local function text(who, name, value)
  if value ~= nil and type(value) ~= "string" then raise(format("%s: %s must be a text, got %s", who, name, type(value))) end
  return value
end

-- id and note, given as one table or one after the other.
local function id_and_note(who, id, note)
  if type(id) == "table" then
    for name in core.raw_pairs(id) do
      if name ~= "id" and name ~= "note" then raise(format("%s: unknown field '%s'; there are id, note", who, tostring(name))) end
    end
    id, note = id.id, id.note
  end
  return text(who, "id", id), text(who, "note", note)
end

--- Closes `percent` of what is still held, in profit.
--- @return boolean taken
function commands.commit_partial_profit(symbol, percent)
  local self = the_run("commit_partial_profit", symbol)
  return acts.partial(self, true, number("commit_partial_profit", "percent", percent))
end
--- Closes `percent` of what is still held, in loss.
--- @return boolean taken
function commands.commit_partial_loss(symbol, percent)
  local self = the_run("commit_partial_loss", symbol)
  return acts.partial(self, false, number("commit_partial_loss", "percent", percent))
end
--- Closes `cost` USD (at cost) of what is still held, in profit.
--- @return boolean taken
function commands.commit_partial_profit_cost(symbol, cost)
  local self = the_run("commit_partial_profit_cost", symbol)
  return acts.partial_cost(self, true, number("commit_partial_profit_cost", "cost", cost))
end
--- Closes `cost` USD (at cost) of what is still held, in loss.
--- @return boolean taken
function commands.commit_partial_loss_cost(symbol, cost)
  local self = the_run("commit_partial_loss_cost", symbol)
  return acts.partial_cost(self, false, number("commit_partial_loss_cost", "cost", cost))
end

--- Moves the stop: its original distance from the entry plus `percent_shift` percentage points.
--- @param price? number what the new level is measured against; it must not have passed it. Default: the average price
--- @return boolean taken
function commands.commit_trailing_stop(symbol, percent_shift, price)
  local self = the_run("commit_trailing_stop", symbol)
  number("commit_trailing_stop", "percent_shift", percent_shift)
  return acts.trailing_stop(self, percent_shift,
                            number("commit_trailing_stop", "price", price, true) or host.visible_price(self.handle))
end
--- Moves the take profit: its original distance from the entry plus `percent_shift` percentage points.
--- @param price? number what the new level is measured against; it must not have passed it. Default: the average price
--- @return boolean taken
function commands.commit_trailing_take(symbol, percent_shift, price)
  local self = the_run("commit_trailing_take", symbol)
  number("commit_trailing_take", "percent_shift", percent_shift)
  return acts.trailing_take(self, percent_shift,
                            number("commit_trailing_take", "price", price, true) or host.visible_price(self.handle))
end
--- Moves the stop to a price.
--- @return boolean taken
function commands.commit_trailing_stop_cost(symbol, price)
  local self = the_run("commit_trailing_stop_cost", symbol)
  return acts.trailing_stop_cost(self, number("commit_trailing_stop_cost", "price", price))
end
--- Moves the take profit to a price.
--- @return boolean taken
function commands.commit_trailing_take_cost(symbol, price)
  local self = the_run("commit_trailing_take_cost", symbol)
  return acts.trailing_take_cost(self, number("commit_trailing_take_cost", "price", price))
end

--- Moves the stop to the effective entry once costs are covered.
--- @param price? number what it is measured against; at the milestone, the price that it tells. Default: the average price
--- @return boolean taken
function commands.commit_breakeven(symbol, price)
  local self = the_run("commit_breakeven", symbol)
  return acts.breakeven(self, number("commit_breakeven", "price", price, true))
end

--- Buys more (DCA) at the present price, `cost` USD or CC_POSITION_ENTRY_COST.
--- @return boolean taken
function commands.commit_average_buy(symbol, cost)
  local self = the_run("commit_average_buy", symbol)
  return acts.average_buy(self, number("commit_average_buy", "cost", cost, true))
end

-- Commands that take effect on the next candle: id and note are optional, as one table or in that order.
local function deferred(name, binding)
  commands[name] = function(symbol, id, note)
    return binding(the_run(name, symbol).handle, id_and_note(name, id, note))
  end
end
deferred("commit_close_pending", host.close_pending)
deferred("commit_cancel_scheduled", host.cancel_scheduled)
deferred("commit_activate_scheduled", host.activate_scheduled)
deferred("commit_create_take_profit", host.create_take_profit)
deferred("commit_create_stop_loss", host.create_stop_loss)

--- A note on the open position for listen_signal_notify.
function commands.commit_signal_notify(symbol, note, id)
  local self = the_run("commit_signal_notify", symbol)
  if type(note) == "table" then
    id, note = id_and_note("commit_signal_notify", note)
  else
    id, note = id_and_note("commit_signal_notify", id, note)
  end
  return host.signal_notify(self.handle, id, note)
end

--- Queues a signal for the next tick, as get_signal would have returned it.
function commands.commit_create_signal(symbol, signal)
  return host.create_signal(the_run("commit_create_signal", symbol).handle, signal)
end

--- No new signals while paused; what is open goes on.
function commands.set_strategy_paused(symbol, paused)
  local self = the_run("set_strategy_paused", symbol)
  if type(paused) ~= "boolean" then raise("set_strategy_paused: give true or false") end
  return host.set_paused(self.handle, paused)
end
--- Whether the strategy is paused on this symbol.
--- @return boolean
function commands.get_strategy_paused(symbol) return host.paused(the_run("get_strategy_paused", symbol).handle) end
--- Ends the run once nothing is open.
function commands.stop_strategy(symbol) return host.stop(the_run("stop_strategy", symbol).handle) end

function commands.install(btk)
  for name, fn in core.raw_pairs(commands) do
    if name ~= "install" and name ~= "the_run" then btk[name] = fn end
  end
end

-- Words for functions that are made in loops or stand without a comment (lua/definitions.h).

--- @api btk.commit_activate_scheduled(symbol, payload?)
--- Opens the waiting limit order at the next candle, at the market.

--- @api btk.commit_cancel_scheduled(symbol, payload?)
--- Cancels the waiting limit order at the next candle.

--- @api btk.commit_close_pending(symbol, payload?)
--- Closes the open position at the next candle.

--- @api btk.commit_create_stop_loss(symbol, payload?)
--- Tells that the exchange has filled the stop loss: the position closes there.

--- @api btk.commit_create_take_profit(symbol, payload?)
--- Tells that the exchange has filled the take profit: the position closes there.

return commands
