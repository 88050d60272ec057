-- Columns of indicators lie outside the script's memory: as many as possible, one for every period.
-- expect: script error
local btk = require "btk"
local keep = {}
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function()
  for n = 1, 1e6 do keep[n] = btk.series("1m"):sma(n)[0] end
end }
