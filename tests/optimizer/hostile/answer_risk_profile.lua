-- Asks for a risk profile that nobody registered.
-- expect: script error
local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", risk_name = "none", get_signal = function() end }
