-- The texts about the market that an advisor may make: of too many candles at once.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol)
  return btk.context.candles(symbol, "1m", 1e7)
end }
