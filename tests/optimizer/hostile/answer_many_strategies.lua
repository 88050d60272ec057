-- Registers a hundred strategies.
-- expect: no strategy
local btk = require "btk"
for i = 1, 100 do btk.add_strategy { strategy_name = "s" .. i, interval = "5m", get_signal = function() end } end
