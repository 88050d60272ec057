-- string.gsub with a function that loops.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  ("x"):rep(10):gsub("x", function() while true do end end)
end }
