-- table.concat of a few thousand megabytes.
-- expect: memory or timeout
local big = ("x"):rep(1e6)
local t = {}
for i = 1, 4000 do t[i] = big end
print(#table.concat(t))
