-- Follows the trend: buys when the fast average is above the slow one.
--
--   btkhost walker trend.lua reversion.lua
local btk = require "btk"
require "market"

btk.add_strategy {
  strategy_name = "trend",
  interval = "15m",
  get_signal = function(symbol, when, price)
    local candles = btk.get_candles(symbol, "15m", 60)
    if btk.ta.ema(candles, 10) <= btk.ta.ema(candles, 40) then return nil end
    return { position = "long", price_take_profit = price * 1.02, price_stop_loss = price * 0.99, minute_estimated_time = 720 }
  end,
}
