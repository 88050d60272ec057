-- Changes what trades cost.
-- expect: forbidden
local btk = require 'btk'
btk.set_config { CC_PERCENT_FEE = 0 }
