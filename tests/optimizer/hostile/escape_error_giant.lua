-- An error message of eight megabytes of colons.
-- expect: script error or timeout or memory
local s = (":1: "):rep(2.5e5)
for _ = 1, 3 do s = s .. s end
error(s, 0)
