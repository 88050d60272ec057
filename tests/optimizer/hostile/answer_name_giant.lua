-- A strategy whose name has a megabyte.
-- expect: no strategy
local btk = require "btk"
btk.add_strategy { strategy_name = ("x"):rep(1e6), interval = "5m", get_signal = function() end }
