-- A table that grows for ever.
-- expect: memory or timeout
local t = {}
for i = 1, 1e12 do t[i] = { i, {} } end
