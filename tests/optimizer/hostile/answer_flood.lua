-- A signal at every minute of the frame.
-- expect: ok
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 1 }
end }
