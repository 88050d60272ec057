-- An indicator over a million numbers with a period of half a million.
-- expect: script error or timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  local t = {}
  for i = 1, 2e4 do t[i] = i % 7 end
  return btk.ta.series.wma(t, 1e4)
end }
