-- What the strategies of this folder are compared on. Each of them says require "market".
local btk = require "btk"

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 11, start_price = 2500, volatility = 0.0012 }
btk.add_frame { frame_name = "february", interval = "1m", start_date = "2024-02-01", end_date = "2024-02-29" }
btk.set_symbols { "BTCUSDT" } -- unless --symbols says something else
