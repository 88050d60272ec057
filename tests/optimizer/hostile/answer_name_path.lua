-- A strategy whose name is a path.
-- expect: no strategy
local btk = require "btk"
btk.add_strategy { strategy_name = "../../escaped", interval = "5m", get_signal = function() end }
