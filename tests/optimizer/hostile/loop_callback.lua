-- Sound signals, and a callback that loops: every call counts.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "1m",
  get_signal = function(symbol, when, price)
    return { position = "long", price_take_profit = price * 1.02, price_stop_loss = price * 0.98, minute_estimated_time = 2 }
  end,
  callbacks = { on_tick = function() while true do end end } }
