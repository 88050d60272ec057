-- The same, with every error caught: it goes on without getting one column more.
-- expect: ok or timeout
local btk = require "btk"
local got, columns = {}, 0
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function()
  for n = 1, 100 do
    for _, name in ipairs { "bollinger", "keltner", "adx", "macd" } do
      local ok = pcall(function() local frame = btk.series("1m") return frame[name](frame, n, 2, 3) end)
      if ok and not got[name .. n] then got[name .. n], columns = true, columns + 1 end
    end
  end
  if columns > 32 then print("ESCAPED with " .. columns) end
end }
