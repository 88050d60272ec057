-- A broker that confirms everything, for pages that trade live.
local btk = require "btk"
btk.use_broker { on_order_open_commit = function() end, on_order_close_commit = function() end }
btk.broker.enable()
