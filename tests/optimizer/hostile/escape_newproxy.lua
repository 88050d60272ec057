-- A userdata whose __gc runs when nobody looks.
-- expect: forbidden
local p = newproxy(true)
getmetatable(p).__gc = function() while true do end end
