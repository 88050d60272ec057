-- Tables in tables for ever.
-- expect: memory or timeout
local t = {}
while true do t = { t, {}, {} } end
