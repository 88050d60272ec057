-- table.insert at a position billions before the list.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  table.insert({ 1 }, -2147483647, 2)
end }
