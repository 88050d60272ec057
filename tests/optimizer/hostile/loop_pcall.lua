-- Catches the error that ends its loop, and loops again.
-- expect: timeout
local function endless() while true do end end
while true do pcall(endless) end
