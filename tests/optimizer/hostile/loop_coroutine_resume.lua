-- Resumes a dead or looping coroutine for ever.
-- expect: timeout
local co = coroutine.create(function() while true do end end)
while true do coroutine.resume(co) end
