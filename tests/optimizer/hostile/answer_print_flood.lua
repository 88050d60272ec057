-- Prints for ever, as fast as it can.
-- expect: too much output or timeout
local line = ("x"):rep(1e5)
while true do print(line) end
