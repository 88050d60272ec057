-- An error object that asks to be called while it is shown.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  error(setmetatable({}, { __tostring = function() while true do end end, __index = function() while true do end end }))
end }
