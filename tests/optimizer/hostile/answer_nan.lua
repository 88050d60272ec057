-- Signals of NaN and infinity: refused by the rules, one by one.
-- expect: ok
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  return { position = "long", price_open = 0 / 0, price_take_profit = 1 / 0, price_stop_loss = -1 / 0, minute_estimated_time = 0 / 0 }
end }
