-- Looks for candles that have not been, or that never were, by the index of a column.
-- expect: ok
local btk = require "btk"
local keys = { -1, -2, -1e9, 0.5, -0.5, 1e9, 2 ^ 31, 2 ^ 32, 2 ^ 53, -2 ^ 31, 1 / 0, -1 / 0, 0 / 0, "0", "-1", true }
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function()
  local close = btk.series("1m").close
  for i = 1, #keys do
    local ok, value = pcall(function() return close[keys[i]] end)
    if ok and value ~= nil then print("ESCAPED by " .. tostring(keys[i])) end
    ok, value = pcall(close.at, close, keys[i])
    if ok and value ~= nil then print("ESCAPED at " .. tostring(keys[i])) end
  end
end }
