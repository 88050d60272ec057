-- An indicator: a function that gives columns. The last element of each belongs to the newest candle.
--
--   btkhost ta bands.lua --interval 1h --limit 48
local btk = require "btk"
require "market"

return function(candles)
  local middle, upper, lower = btk.ta.series.bollinger(candles, 20, 2)
  return { middle = middle, upper = upper, lower = lower, rsi = btk.ta.series.rsi(candles, 14) }
end
