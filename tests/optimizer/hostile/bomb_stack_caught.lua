-- Recursion that catches its own stack overflow at every level.
-- expect: timeout or script error or memory
local function f() pcall(f) pcall(f) end
f()
