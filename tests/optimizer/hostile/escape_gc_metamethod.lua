-- __gc of a table: Lua 5.1 has none.
-- expect: ok
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  setmetatable({}, { __gc = function() print("ESCAPED") while true do end end })
end }
