-- 70 reads of list[k].close on every minute, and nothing else.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }

btk.add_strategy {
  strategy_name = "view-reads",
  interval = "1m",
  get_signal = function(symbol, when, price)
    local list = btk.get_candles(symbol, "1m", 70)
    local sum = 0
    for k = 1, 70 do sum = sum + list[k].close end
    if sum < 0 then error("prices are above zero") end
  end,
}
