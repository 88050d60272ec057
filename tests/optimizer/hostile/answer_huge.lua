-- Signals with numbers at the end of what there is.
-- expect: ok
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = 1e308, price_stop_loss = 5e-324, minute_estimated_time = 1e300, cost = 1e308, multiplier = 1e308 }
end }
