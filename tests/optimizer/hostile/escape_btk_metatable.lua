-- The metatables of what it was given.
-- expect: ok
local btk = require "btk"
for _, given in ipairs { btk, btk.ta, string, os, coroutine } do
  local meta = getmetatable(given)
  if type(meta) == "table" then print("ESCAPED") end
end
if pcall(setmetatable, btk, {}) then print("ESCAPED") end
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function() end }
