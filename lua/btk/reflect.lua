-- btk.reflect: questions about the open position of a run that is named (analytics.md 6.14), as btk.backtest.* and btk.live.*
-- answer them, but an error where there is no position (for waiting minutes: no order).
local core = ...
local raise = core.raise
local ipairs, type, format = ipairs, type, core.raw_format

local reflect = {}

local NAMES = {
  "get_position_pnl_percent", "get_position_pnl_cost", "get_position_highest_profit_price",
  "get_position_highest_profit_timestamp", "get_position_highest_pnl_percentage", "get_position_highest_pnl_cost",
  "get_position_max_drawdown_price", "get_position_max_drawdown_timestamp", "get_position_max_drawdown_pnl_percentage",
  "get_position_max_drawdown_pnl_cost", "get_position_highest_profit_breakeven", "get_position_active_minutes",
  "get_position_waiting_minutes", "get_position_drawdown_minutes", "get_position_highest_profit_minutes",
  "get_position_max_drawdown_minutes", "get_position_highest_profit_distance_pnl_percentage",
  "get_position_highest_profit_distance_pnl_cost", "get_position_highest_max_drawdown_pnl_percentage",
  "get_position_highest_max_drawdown_pnl_cost", "get_max_drawdown_distance_pnl_percentage",
  "get_max_drawdown_distance_pnl_cost",
}

--- method(symbol, [current_price,] context [, backtest]); `backtest` defaults to the present mode.
function reflect.install(btk)
  btk.reflect = reflect
  reflect.install = nil
  for _, name in ipairs(NAMES) do
    reflect[name] = function(symbol, ...)
      local priced = type((...)) == "number"
      local price, context, backtest
      if priced then price, context, backtest = ... else context, backtest = ... end
      if backtest == nil then backtest = core.host.mode() == "backtest" end
      if type(backtest) ~= "boolean" then raise(format("reflect.%s: backtest must be true or false, got %s", name, type(backtest))) end
      local service = backtest and btk.backtest or btk.live
      local called = name == "get_position_waiting_minutes" and "get_scheduled_signal" or "get_pending_signal"
      if service[called](symbol, context) == nil then
        raise(format("Reflect.%s no pending signal for symbol=%s strategyName=%s exchangeName=%s frameName=%s", name, symbol,
                     context.strategy_name, context.exchange_name, context.frame_name or ""))
      end
      if priced then return service[name](symbol, price, context) end
      return service[name](symbol, context)
    end
  end
end

--- @api btk.reflect.*(symbol, ...)
--- Like the function of the same name of btk.backtest or btk.live, but an error without a position: (symbol, [current_price,]
--- context [, backtest]).

return reflect
