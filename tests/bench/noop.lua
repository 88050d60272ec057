-- Asked on every minute, answers nothing: the bare driving loop.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }

btk.add_strategy { strategy_name = "nothing", interval = "1m", get_signal = function(symbol, when, price) end }
