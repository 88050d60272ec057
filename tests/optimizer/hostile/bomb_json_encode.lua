-- JSON of a table that contains itself.
-- expect: script error
local btk = require "btk"
local t = {}
t.t = t
btk.json.encode(t)
