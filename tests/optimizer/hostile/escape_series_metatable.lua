-- Takes columns and their makers apart, to reach what the host has in them.
-- expect: ok
local btk = require "btk"
local frame = btk.series("1m")
local column = frame:sma(5)
for _, thing in ipairs { btk.series, frame, column, frame:macd() } do
  local meta = getmetatable(thing)
  if type(meta) == "table" then print("ESCAPED with a metatable") end
  if pcall(setmetatable, thing, {}) then print("ESCAPED with another metatable") end
end
if pcall(function() column[0] = 1 end) or pcall(function() frame.sma = print end) then print("ESCAPED by writing") end
for _, call in ipairs { function() return frame.sma({ declared = {} }, 5) end, function() return column.at({}, 0) end } do
  if pcall(call) then print("ESCAPED by another self") end
end
btk.series.crossover = nil -- its own table only
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function()
  local ok, other = pcall(function() return btk.series("1m", "OTHER").close[0] end)
  if ok and other then print("ESCAPED to another symbol") end
end }
