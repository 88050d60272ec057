-- __tostring that never returns, called by print.
-- expect: timeout
print(setmetatable({}, { __tostring = function() while true do end end }))
