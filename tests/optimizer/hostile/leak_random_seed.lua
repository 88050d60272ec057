-- Seeds math.random for everybody.
-- expect: ok
math.randomseed(1)
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function() end }
