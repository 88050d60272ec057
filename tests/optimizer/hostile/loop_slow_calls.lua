-- Every call stays just inside its own budget.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  local x = 0
  for i = 1, 2e6 do x = x + math.sin(i) end
end }
