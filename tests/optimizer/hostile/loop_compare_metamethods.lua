-- __lt and __concat that never return.
-- expect: timeout
local m = {}
m.__lt = function() while true do end end
m.__concat = m.__lt
local a, b = setmetatable({}, m), setmetatable({}, m)
print(a < b, a .. b)
