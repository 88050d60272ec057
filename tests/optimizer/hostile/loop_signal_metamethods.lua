-- A signal whose fields come from a metatable that loops: the host reads fields raw.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  local trap = function() while true do end end
  return setmetatable({}, { __index = trap, __pairs = trap, __len = trap })
end }
