-- Asks for more candles at once than is sound.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  return btk.get_candles(symbol, "1m", 1e7)
end }
