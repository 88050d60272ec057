-- Replaces the functions of texts for everybody.
-- expect: ok
local shared = getmetatable("")
if shared ~= nil then print("ESCAPED") end
print(pcall(setmetatable, "", {}))
string.find, string.format, string.rep = nil, nil, nil
math.floor, table.concat, tostring = nil, nil, nil
local btk = require "btk"
btk.ta.sma = function() return 0 end
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function() end }
