-- The commands that a broker may refuse, as btk.commit_... and btk.backtest.commit_... give them: (run, arguments,
-- price). Each with the hook that a live run asks first, and what that hook's payload says of it.
local core = ...
local host = core.host
local orders = core.module("orders")

local acts = {}

local function set(payload, action, price)
  payload.action = action
  payload.current_price = price or payload.current_price
end

local function partial_fields(payload, before, profit, percent, price)
  set(payload, profit and "partial-profit" or "partial-loss", price)
  payload.percent_to_close = percent
  payload.cost = percent / 100 * host.basis(before.handle)
  payload.quantity = payload.cost * before.row.multiplier / before.row.price_open
end
local function partial_cost_fields(payload, before, profit, cost, price)
  partial_fields(payload, before, profit, cost / host.basis(before.handle) * 100, price)
end
local function stop_fields(payload, _, _, price) set(payload, "trailing-stop", price) end
local function take_fields(payload, _, _, price) set(payload, "trailing-take", price) end
local function stop_shift_fields(payload, _, shift, price)
  set(payload, "trailing-stop", price)
  payload.percent_shift = shift
end
local function take_shift_fields(payload, _, shift, price)
  set(payload, "trailing-take", price)
  payload.percent_shift = shift
end
local function breakeven_fields(payload, _, price) set(payload, "breakeven", price) end
local function average_fields(payload, before, cost, price)
  set(payload, "average-buy", price)
  payload.cost = cost or host.get_config().CC_POSITION_ENTRY_COST
  payload.quantity = payload.cost * before.row.multiplier / payload.current_price
end

local function partial_hook(profit) return profit and "on_partial_profit_commit" or "on_partial_loss_commit" end

function acts.partial(self, profit, percent, price)
  return orders.commit(self, partial_hook(profit), partial_fields, host.partial, profit, percent, price)
end
function acts.partial_cost(self, profit, cost, price)
  return orders.commit(self, partial_hook(profit), partial_cost_fields, host.partial_cost, profit, cost, price)
end
function acts.trailing_stop(self, shift, price)
  return orders.commit(self, "on_trailing_stop_commit", stop_shift_fields, host.trailing_stop, shift, price)
end
function acts.trailing_take(self, shift, price)
  return orders.commit(self, "on_trailing_take_commit", take_shift_fields, host.trailing_take, shift, price)
end
function acts.trailing_stop_cost(self, level, price)
  return orders.commit(self, "on_trailing_stop_commit", stop_fields, host.trailing_stop_cost, level, price)
end
function acts.trailing_take_cost(self, level, price)
  return orders.commit(self, "on_trailing_take_commit", take_fields, host.trailing_take_cost, level, price)
end
function acts.breakeven(self, price)
  return orders.commit(self, "on_breakeven_commit", breakeven_fields, host.breakeven, price)
end
function acts.average_buy(self, cost, price)
  local why = orders.forbidden_average_buy(self, "on_average_buy_commit", cost)
  if why then return false, why end
  return orders.commit(self, "on_average_buy_commit", average_fields, host.average_buy, cost, price)
end

return acts
