-- Goes before a block of a page that registers no exchange of its own.
local btk = require "btk"
btk.add_exchange { exchange_name = "lead", driver = "synthetic", seed = 7, start_price = 40000, volatility = 0.001 }
btk.add_frame { frame_name = "lead", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-02" }
