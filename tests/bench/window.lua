-- A candle list on every minute, nothing read from it.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }

btk.add_strategy {
  strategy_name = "window",
  interval = "1m",
  get_signal = function(symbol, when, price)
    local list = btk.get_candles(symbol, "1m", 70)
    if #list ~= 70 then error("a list has as many candles as were asked for") end
  end,
}
