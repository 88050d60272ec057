-- A million globals.
-- expect: memory or timeout
local i = 0
while true do i = i + 1 _ENV = nil x = x or {} x[i] = ("n"):rep(1000) .. i end
