-- Registers a field whose name has a megabyte.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", [("x"):rep(1e6)] = 1 }
