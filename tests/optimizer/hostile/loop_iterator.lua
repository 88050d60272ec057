-- A generic for over an iterator without an end.
-- expect: timeout
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  for _ in function() return 1 end do end
end }
