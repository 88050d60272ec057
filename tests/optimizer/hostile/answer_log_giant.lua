-- Log lines of a megabyte.
-- expect: too much output
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  btk.log.info(("x"):rep(1e6))
end }
