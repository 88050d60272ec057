-- Loops for ever with goto.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  ::again:: goto again
end }
