-- Encodes a table that is made anew while it is walked.
-- expect: timeout
local btk = require "btk"
local t = {}
for i = 1, 2000 do t[i] = { i, tostring(i) } end
while true do btk.json.encode(t) end
