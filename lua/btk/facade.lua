-- btk.backtest.<command or getter>(symbol, ..., names), and btk.live with the same: what the functions of commands.lua and position.lua do, for a
-- run that is named, from its callbacks or while it is suspended between two results. Commands that depend on a price
-- take it before the names (engine.md 7.1).
local core = ...
local raise = core.raise
local commands, position, run = core.module("commands"), core.module("position"), core.module("run")
local acts = core.module("acts")
local type, ipairs, error = type, ipairs, error
local format, raw_pcall = core.raw_format, core.raw_pcall

local facade = {}

-- name of the command -> the binding and its arguments before the price
local priced = {
  commit_partial_profit = function(self, percent, price) return acts.partial(self, true, percent, price) end,
  commit_partial_loss = function(self, percent, price) return acts.partial(self, false, percent, price) end,
  commit_partial_profit_cost = function(self, cost, price) return acts.partial_cost(self, true, cost, price) end,
  commit_partial_loss_cost = function(self, cost, price) return acts.partial_cost(self, false, cost, price) end,
  commit_trailing_stop = acts.trailing_stop, commit_trailing_take = acts.trailing_take,
  commit_trailing_stop_cost = acts.trailing_stop_cost, commit_trailing_take_cost = acts.trailing_take_cost,
}
-- (symbol, price, names[, cost])
local at_price = {
  commit_breakeven = function(self, price) return acts.breakeven(self, price) end,
  commit_average_buy = function(self, price, cost) return acts.average_buy(self, cost, price) end,
}

local function check_number(who, name, value)
  if type(value) ~= "number" then raise(format("%s: %s must be a number, got %s", who, name, type(value))) end
end

local function restored(self, before, ok, ...)
  run.leave(before)
  self.asked_price = nil
  if not ok then error((...), 0) end
  return ...
end

-- Calls fn as if from inside the run.
local function inside(self, fn, ...)
  return restored(self, run.enter(self), raw_pcall(fn, ...))
end

-- The functions of btk itself: (symbol, names, ...) or, where the result depends on a price, (symbol, price, names, ...).
local function named(who, name, fn, find)
  if name:find("_overlap$") then
    return function(symbol, price, names, ladder) return inside(find(who, symbol, names), fn, symbol, price, ladder) end
  end
  return function(symbol, first, second, ...)
    if type(first) ~= "number" then return inside(find(who, symbol, first), fn, symbol, second, ...) end
    local self = find(who, symbol, second)
    self.asked_price = first
    return inside(self, fn, symbol, ...)
  end
end

--- @api btk.backtest.* like btk.*
--- Of the run that is named, from its callbacks or while it is suspended between two results; with a price, it stands before the names.

--- @api btk.live.* like btk.*
--- Of the run that is named; with a price, it stands before the names.

--- Puts the functions into `target`, btk.<called>. `find(who, symbol, names)` gives the run or raises.
function facade.install(target, called, find)
  for name, command in core.raw_pairs(priced) do
    local who = called .. "." .. name
    target[name] = function(symbol, amount, price, names)
      check_number(who, "the second argument", amount)
      check_number(who, "current_price", price)
      local self = find(who, symbol, names)
      return inside(self, command, self, amount, price)
    end
  end
  for name, command in core.raw_pairs(at_price) do
    local who = called .. "." .. name
    target[name] = function(symbol, price, names, cost)
      check_number(who, "current_price", price)
      if cost ~= nil then check_number(who, "cost", cost) end
      local self = find(who, symbol, names)
      return inside(self, command, self, price, cost)
    end
  end
  for _, functions in ipairs { commands, position } do
    for name, fn in core.raw_pairs(functions) do
      local public = name:find("^commit_") or name:find("^get_") or name:find("^has_")
      if public and not target[name] then target[name] = named(called .. "." .. name, name, fn, find) end
    end
  end
end

return facade
