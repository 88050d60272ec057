-- How many coins to buy (analytics.md 4.1). Schemas are registered with add_sizing; these are their formulas.
local core = ...
local host, raise = core.host, core.raise
local schema = core.module("schema")
local type, tostring = type, tostring
local abs, min, max = math.abs, math.min, math.max
local pairs, format = core.raw_pairs, core.raw_format

local function sizing_of(who, method, context)
  if type(context) ~= "table" or type(context.sizing_name) ~= "string" then
    raise(format("position_size.%s needs { sizing_name = } as its last argument", who))
  end
  for name in pairs(context) do
    if name ~= "sizing_name" then raise(format("position_size.%s: unknown field '%s'; there is sizing_name", who, tostring(name))) end
  end
  local sizing = schema.get("sizing", context.sizing_name)
  if sizing.method ~= method then
    raise(format('Sizing method mismatch: sizing "%s" is configured as "%s" but "%s" was requested', sizing.sizing_name,
                 sizing.method, method))
  end
  return sizing
end

local function check(who, symbol, values)
  if type(symbol) ~= "string" then raise(format("position_size.%s: symbol must be a text, got %s", who, type(symbol))) end
  for i = 1, #values, 2 do
    local name, value = values[i], values[i + 1]
    if type(value) ~= "number" or value ~= value or value == 1 / 0 or value == -1 / 0 then
      raise(format("position_size.%s: %s must be a finite number, got %s", who, name, tostring(value)))
    end
  end
end

-- The limits in the reference's order: both maxima win over the minimum.
local function limited(who, sizing, quantity, balance, price_open)
  if sizing.min_position_size then quantity = max(quantity, sizing.min_position_size) end
  if sizing.max_position_percentage then
    if price_open <= 0 then raise(format("position_size.%s: price_open must be above zero", who)) end
    quantity = min(quantity, balance * sizing.max_position_percentage / 100 / price_open)
  end
  if sizing.max_position_size then quantity = min(quantity, sizing.max_position_size) end
  return quantity
end

local function tell(sizing, quantity, params)
  local fn = sizing.callbacks and sizing.callbacks.on_calculate
  if not fn then return end
  local run = core.module("run")
  if core.current then return run.apart(core.current, sizing.sizing_name .. ".on_calculate", fn, quantity, params) end
  local ok, problem = core.raw_xpcall(fn, host.error_handler, quantity, params)
  if not ok then
    core.log("error", format("script error in %s.on_calculate: %s", sizing.sizing_name, tostring(problem)))
  end
end

local size = {}

--- Coins so that the way to the stop loses risk_percentage of the balance.
function size.fixed_percentage(symbol, balance, price_open, price_stop_loss, context)
  local sizing = sizing_of("fixed_percentage", "fixed-percentage", context)
  check("fixed_percentage", symbol, { "balance", balance, "price_open", price_open, "price_stop_loss", price_stop_loss })
  local distance = abs(price_open - price_stop_loss)
  if distance == 0 then raise("Stop-loss distance cannot be zero") end
  local quantity = limited("fixed_percentage", sizing, balance * sizing.risk_percentage / 100 / distance, balance, price_open)
  tell(sizing, quantity, { symbol = symbol, account_balance = balance, price_open = price_open,
                           price_stop_loss = price_stop_loss, method = sizing.method })
  return quantity
end

--- Coins for a share of the balance by the Kelly formula, times kelly_multiplier (0.25).
function size.kelly_criterion(symbol, balance, price_open, win_rate, win_loss_ratio, context)
  local sizing = sizing_of("kelly_criterion", "kelly-criterion", context)
  check("kelly_criterion", symbol, { "balance", balance, "price_open", price_open, "win_rate", win_rate,
                                     "win_loss_ratio", win_loss_ratio })
  if win_rate <= 0 or win_rate >= 1 then raise("position_size.kelly_criterion: win_rate must be between 0 and 1, got " .. win_rate) end
  if win_loss_ratio <= 0 then raise("position_size.kelly_criterion: win_loss_ratio must be above zero, got " .. win_loss_ratio) end
  if price_open <= 0 then raise("position_size.kelly_criterion: price_open must be above zero, got " .. price_open) end
  local share = (win_rate * win_loss_ratio - (1 - win_rate)) / win_loss_ratio
  local quantity = balance * max(0, share) * (sizing.kelly_multiplier or 0.25) / price_open
  quantity = limited("kelly_criterion", sizing, quantity, balance, price_open)
  tell(sizing, quantity, { symbol = symbol, account_balance = balance, price_open = price_open, win_rate = win_rate,
                           win_loss_ratio = win_loss_ratio, method = sizing.method })
  return quantity
end

--- Coins so that a move of atr times atr_multiplier (2) loses risk_percentage of the balance.
function size.atr_based(symbol, balance, price_open, atr, context)
  local sizing = sizing_of("atr_based", "atr-based", context)
  check("atr_based", symbol, { "balance", balance, "price_open", price_open, "atr", atr })
  if atr <= 0 then raise("position_size.atr_based: atr must be above zero, got " .. atr) end
  local distance = atr * (sizing.atr_multiplier or 2)
  if distance == 0 then raise("position_size.atr_based: atr times atr_multiplier cannot be zero") end
  local quantity = limited("atr_based", sizing, balance * sizing.risk_percentage / 100 / distance, balance, price_open)
  tell(sizing, quantity, { symbol = symbol, account_balance = balance, price_open = price_open, atr = atr,
                           method = sizing.method })
  return quantity
end

return { install = function(btk) btk.position_size = size end }
