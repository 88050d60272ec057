-- Suspended coroutines for ever.
-- expect: memory or timeout
local t = {}
while true do local co = coroutine.wrap(function() coroutine.yield() end) co() t[#t + 1] = co end
