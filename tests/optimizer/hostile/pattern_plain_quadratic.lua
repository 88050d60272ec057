-- A plain search that takes the square of sixteen megabytes.
-- expect: script error
local s = ("a"):rep(1e6)
local p = s .. "b"
print(s:find(p, 1, true))
