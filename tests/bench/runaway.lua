-- A strategy that never comes back once prices have been seen for a while.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }

local calls = 0
btk.add_strategy {
  strategy_name = "runaway",
  interval = "1m",
  get_signal = function(symbol, when, price)
    calls = calls + 1
    local x = 0
    while calls > 1000 do x = x + price end
  end,
}
