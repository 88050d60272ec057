-- Asks btk for a name of a megabyte.
-- expect: forbidden
local btk = require "btk"
print(btk[("x"):rep(1e6)])
