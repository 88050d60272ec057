-- Coroutines resumed in coroutines until the C stack would end.
-- expect: script error
local function f(n) return coroutine.wrap(f)(n + 1) end
f(1)
