-- The same, catching the error and going on.
-- expect: memory or timeout
local kept = {}
while true do pcall(function() local s = ("x"):rep(1e6) while true do s = s .. s kept[#kept + 1] = s end end) end
