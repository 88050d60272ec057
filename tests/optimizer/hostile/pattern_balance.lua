-- Balanced brackets that are not, at every place.
-- expect: script error or timeout
local s = ("("):rep(60000)
while true do s:match("%b()x") end
