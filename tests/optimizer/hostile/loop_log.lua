-- The same, called by btk.log, which protects itself with pcall.
-- expect: timeout
local btk = require "btk"
while true do btk.log.info(setmetatable({}, { __tostring = function() while true do end end })) end
