-- table.sort with a comparison that loops.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  table.sort({ 3, 2, 1 }, function() while true do end end)
end }
