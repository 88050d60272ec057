-- Calls itself for ever without using up the stack.
-- expect: timeout
local function f(n) return f(n + 1) end
f(0)
