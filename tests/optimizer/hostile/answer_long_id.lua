-- Signals with an id of a megabyte.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  return { position = "long", price_take_profit = price * 1.02, price_stop_loss = price * 0.98, minute_estimated_time = 60, id = ("x"):rep(1e6) }
end }
