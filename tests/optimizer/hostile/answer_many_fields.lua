-- A signal with a million fields.
-- expect: script error or timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  local t = {}
  for i = 1, 1e5 do t["field" .. i] = i end
  return t
end }
