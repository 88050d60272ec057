-- A different error at every second call: only so many are kept.
-- expect: ok
local btk = require "btk"
local n = 0
btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when, price)
  n = n + 1
  if n % 2 == 0 then error("number " .. n .. (" "):rep(5000)) end
end }
