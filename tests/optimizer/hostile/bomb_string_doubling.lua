-- A text that doubles until nothing is left.
-- expect: memory or timeout
local s = "x"
while true do s = s .. s end
