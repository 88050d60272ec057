-- __index that never returns.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  local t = setmetatable({}, { __index = function() while true do end end })
  return t.price
end }
