-- A column whose every value looks at a million candles.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function()
  return btk.series("1m"):hma(1e6)[0]
end }
