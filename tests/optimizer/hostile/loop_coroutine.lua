-- Loops for ever inside a coroutine.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  coroutine.wrap(function() while true do end end)()
end }
