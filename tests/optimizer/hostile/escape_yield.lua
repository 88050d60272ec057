-- Yields out of get_signal into the host.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  coroutine.yield()
end }
