-- Commands positions.
-- expect: forbidden
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  btk.commit_close_pending(symbol)
end }
