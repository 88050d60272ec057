-- getfenv from inside a coroutine.
-- expect: forbidden
coroutine.wrap(function() return getfenv(0).io end)()
