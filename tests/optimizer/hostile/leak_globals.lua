-- Leaves globals and changed libraries behind for those who come after.
-- expect: ok
leaked = (leaked or 0) + 1
if leaked ~= 1 then print("ESCAPED") end
math.random = function() return 0.5 end
string.format = function() return "mine" end
pairs, ipairs, type, print = print, print, print, print
local btk = require "btk"
btk.get_candles = function() error("mine") end
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function() end }
