-- Recursion without an end.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  local function f(n) return 1 + f(n + 1) end
  return f(0)
end }
