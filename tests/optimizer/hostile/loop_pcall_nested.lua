-- The same, with pcall in pcall in coroutines.
-- expect: timeout
local function endless() while true do end end
local function again() while true do pcall(pcall, endless) pcall(coroutine.wrap(endless)) end end
while true do pcall(again) end
