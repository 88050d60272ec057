-- A thousand log lines at every call: most are dropped.
-- expect: ok or timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  for i = 1, 1000 do btk.log.info("line", i) end
end }
