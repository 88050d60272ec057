-- Asks for the candles to come.
-- expect: forbidden
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  return btk.get_next_candles(symbol, "1m", 5)
end }
