-- What scripts compute without a run (engine.md 7.8, analytics.md 4.2): distances, conversions of levels, the rules of
-- a signal.
local core = ...
local host, raise = core.host, core.raise
local type, tostring, ipairs = type, tostring, ipairs
local min, max, huge = math.min, math.max, math.huge
local pairs, format = core.raw_pairs, core.raw_format

local helpers = {}

local function numbers(who, names, ...)
  local values = { ... }
  for i, name in ipairs(names) do
    if type(values[i]) ~= "number" then
      raise(format("%s: %s must be a number, got %s", who, name, type(values[i])))
    end
  end
end

-- +1 for long, -1 for short.
local function side_of(who, position)
  if position == "long" then return 1 end
  if position == "short" then return -1 end
  raise(format('%s: position must be "long" or "short", got %s', who, tostring(position)))
end

--- How far two prices are apart, in percent of the lower one.
function helpers.percent_diff(a, b)
  numbers("percent_diff", { "a", "b" }, a, b)
  if a == b then return 0 end
  local low, high = min(a, b), max(a, b)
  if low == 0 then return huge end
  return 100 / (low / high) - 100
end

--- Change from yesterday's value to today's in percent.
function helpers.percent_value(yesterday, today)
  numbers("percent_value", { "yesterday", "today" }, yesterday, today)
  return (today / yesterday - 1) * 100
end

--- USD at cost that a partial close of `percent` takes out of `basis` USD.
function helpers.percent_to_close_cost(percent, basis)
  numbers("percent_to_close_cost", { "percent", "basis" }, percent, basis)
  return percent / 100 * basis
end

--- The percent of `basis` USD that `dollars` are.
function helpers.invested_cost_to_percent(dollars, basis)
  numbers("invested_cost_to_percent", { "dollars", "basis" }, dollars, basis)
  return dollars / basis * 100
end

-- A level lies on the stop's side (-1) or on the target's side (1) of the entry; distances are percent of the entry.
local function converters(name, level, direction)
  local to_price, to_shift = name .. "_percent_shift_to_price", name .. "_price_to_percent_shift"
  local function distance(price, entry, side) return (price - entry) / entry * 100 * side * direction end
  helpers[to_price] = function(shift, original, entry, position)
    numbers(to_price, { "percent_shift", "original_" .. level, "effective_price_open" }, shift, original, entry)
    local side = side_of(to_price, position)
    return entry * (1 + side * direction * (distance(original, entry, side) + shift) / 100)
  end
  helpers[to_shift] = function(price, original, entry, position)
    numbers(to_shift, { "new_" .. level, "original_" .. level, "effective_price_open" }, price, original, entry)
    -- Without a position its side follows from where the original level lies.
    local side = position == nil and (((original > entry) == (direction > 0)) and 1 or -1) or side_of(to_shift, position)
    return distance(price, entry, side) - distance(original, entry, side)
  end
end
--- The price that commit_trailing_stop (commit_trailing_take) sets for a shift, and the shift for a price.
converters("sl", "price_stop_loss", -1)
converters("tp", "price_take_profit", 1)

--- The close price at which the margin of a row (or of a signal with price_open) is lost; nil when there is none.
function helpers.get_liquidation_price(row)
  if type(row) ~= "table" then raise("get_liquidation_price needs a signal row, got " .. type(row)) end
  return host.liquidation_price(row)
end

--- Whether a signal with all its fields meets the rules at `current_price`; the broken ones as second value, and in the
--- log. Defaults are not filled in.
function helpers.validate_signal(signal, current_price)
  if type(signal) ~= "table" then raise("validate_signal needs a signal table, got " .. type(signal)) end
  numbers("validate_signal", { "current_price" }, current_price)
  local broken = host.broken_rules(signal, current_price)
  for _, sentence in ipairs(broken) do core.log("warn", "validate_signal: " .. sentence) end
  return broken[1] == nil, broken
end

local bracket_fields = { position = true, current_price = true, percent_stop_loss = true, percent_take_profit = true }

local function check_bracket(who, given, fields)
  if type(given) ~= "table" then raise(format("%s needs a table, got %s", who, type(given))) end
  local names = {}
  for name in pairs(fields) do names[#names + 1] = name end
  table.sort(names)
  for name in pairs(given) do
    if not fields[name] then
      local near = host.nearest(tostring(name), names)
      raise(format("%s has no field '%s'%s", who, tostring(name), near and format("; did you mean '%s'?", near) or
                   "; it has " .. table.concat(names, ", ")))
    end
  end
  for _, name in ipairs(names) do
    if name ~= "position" and type(given[name]) ~= "number" then
      raise(format("%s: %s must be a number, got %s", who, name, type(given[name])))
    end
  end
end

local function bracket(who, given, take)
  local side, price = side_of(who, given.position), given.current_price
  return {
    position = given.position,
    price_take_profit = price * (1 + side * take / 100),
    price_stop_loss = price * (1 - side * given.percent_stop_loss / 100),
  }
end

local position = {}
--- A market signal with stop and target at distances in percent of current_price.
function position.bracket(given)
  check_bracket("position.bracket", given, bracket_fields)
  return bracket("position.bracket", given, given.percent_take_profit)
end
--- The same with the target 50 % away: for positions that commands close.
function position.moonbag(given)
  check_bracket("position.moonbag", given, { position = true, current_price = true, percent_stop_loss = true })
  return bracket("position.moonbag", given, 50)
end

function helpers.install(btk)
  for name, fn in pairs(helpers) do
    if name ~= "install" then btk[name] = fn end
  end
  btk.position = position
end

-- Words for functions that are made in loops or stand without a comment (lua/definitions.h).

--- @api btk.sl_percent_shift_to_price
--- The stop-loss price that a trailing shift in percentage points gives.

--- @api btk.sl_price_to_percent_shift
--- The trailing shift in percentage points that moves the stop loss to a price.

--- @api btk.tp_percent_shift_to_price
--- The take-profit price that a trailing shift in percentage points gives.

--- @api btk.tp_price_to_percent_shift
--- The trailing shift in percentage points that moves the take profit to a price.

return helpers
