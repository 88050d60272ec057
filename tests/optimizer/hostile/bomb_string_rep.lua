-- string.rep of a billion bytes.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  return ("x"):rep(1e9)
end }
