-- btk.backtest.<command or getter>(symbol, ..., names): what the functions of commands.lua and position.lua do, for a
-- run that is named, from its callbacks or while it is suspended between two results. Commands that depend on a price
-- take it before the names (engine.md 7.1).
local core = ...
local host, raise = core.host, core.raise
local schema, commands, position, run = core.module("schema"), core.module("commands"), core.module("position"), core.module("run")
local type, select, unpack = type, select, unpack
local format, raw_pcall = core.raw_format, core.raw_pcall

local facade = {}

-- name of the command -> the binding and its arguments before the price
local priced = {
  commit_partial_profit = function(self, percent, price) return host.partial(self.handle, true, percent, price) end,
  commit_partial_loss = function(self, percent, price) return host.partial(self.handle, false, percent, price) end,
  commit_partial_profit_cost = function(self, cost, price) return host.partial_cost(self.handle, true, cost, price) end,
  commit_partial_loss_cost = function(self, cost, price) return host.partial_cost(self.handle, false, cost, price) end,
  commit_trailing_stop = function(self, shift, price) return host.trailing_stop(self.handle, shift, price) end,
  commit_trailing_take = function(self, shift, price) return host.trailing_take(self.handle, shift, price) end,
  commit_trailing_stop_cost = function(self, level, price) return host.trailing_stop_cost(self.handle, level, price) end,
  commit_trailing_take_cost = function(self, level, price) return host.trailing_take_cost(self.handle, level, price) end,
}
-- (symbol, price, names[, cost])
local price_only = {
  commit_breakeven = function(self, price) return host.breakeven(self.handle, price) end,
  commit_average_buy = function(self, price, cost) return host.average_buy(self.handle, cost, price) end,
  get_pending_signal = function(self, price) return host.row(self.handle, false, price) end,
  get_scheduled_signal = function(self) return host.row(self.handle, true) end,
  get_breakeven = function(self, price) return host.breakeven_possible(self.handle, price) end,
}

local function check_number(who, name, value)
  if type(value) ~= "number" then raise(format("%s: %s must be a number, got %s", who, name, type(value))) end
end

local function restored(before, ok, ...)
  run.leave(before)
  if not ok then core.error((...), 0) end
  return ...
end

-- Calls fn as if from inside the run.
local function inside(self, fn, ...)
  return restored(run.enter(self), raw_pcall(fn, ...))
end

--- Puts the functions into btk.backtest. `find(who, symbol, names)` gives the run or raises.
function facade.install(backtest, find)
  for name, command in core.raw_pairs(priced) do
    local who = "backtest." .. name
    backtest[name] = function(symbol, amount, price, names)
      check_number(who, "the second argument", amount)
      check_number(who, "current_price", price)
      local self = find(who, symbol, names)
      return inside(self, command, self, amount, price)
    end
  end
  for name, command in core.raw_pairs(price_only) do
    local who = "backtest." .. name
    backtest[name] = function(symbol, price, names, cost)
      check_number(who, "current_price", price)
      if cost ~= nil then check_number(who, "cost", cost) end
      local self = find(who, symbol, names)
      return inside(self, command, self, price, cost)
    end
  end
  -- The others as in btk itself, with the names after the symbol.
  for _, module in core.raw_pairs { commands, position } do
    for name, fn in core.raw_pairs(module) do
      if (name:find("^commit_") or name:find("^get_") or name:find("^has_")) and not backtest[name] then
        backtest[name] = function(symbol, names, ...)
          return inside(find("backtest." .. name, symbol, names), fn, symbol, ...)
        end
      end
    end
  end
end

return facade
