-- Registers nothing.
-- expect: no strategy
local x = 1
