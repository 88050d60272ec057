-- Registers an exchange with candles of its own making.
-- expect: forbidden
local btk = require 'btk'
btk.add_exchange { exchange_name = 'mine', get_candles = function() return {} end }
