-- table.remove over billions of positions that are not there.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol, when, price)
  table.remove({}, -2147483648)
end }
