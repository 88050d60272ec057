-- A for loop of 1e15 rounds.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  for i = 1, 1e15 do end
end }
