-- Writes a report.
-- expect: forbidden
local btk = require 'btk'
btk.backtest.dump('BTCUSDT', {}, '@SENTINEL@.new')
