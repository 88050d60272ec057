-- JSON nested a hundred thousand levels deep.
-- expect: script error or timeout
local btk = require "btk"
btk.json.decode(("["):rep(100000))
