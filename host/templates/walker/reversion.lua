-- Goes against the move: buys what fell too fast.
--
--   btkhost walker trend.lua reversion.lua
local btk = require "btk"
require "market"

btk.add_strategy {
  strategy_name = "reversion",
  interval = "15m",
  get_signal = function(symbol, when, price)
    if btk.ta.rsi(btk.get_candles(symbol, "15m", 56), 14) >= 30 then return nil end
    return { position = "long", price_take_profit = price * 1.015, price_stop_loss = price * 0.985, minute_estimated_time = 480 }
  end,
}
