-- W1 with btk.series, the quick way to write it: the averages are declared once.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }
btk.set_config { CC_MIN_STOPLOSS_DISTANCE_PERCENT = 0.4 } -- price * 0.995 is a hair less than 0.5 % away at times

local minutes = btk.series("1m")
local fast, slow = minutes:sma(20), minutes:sma(50)

btk.add_strategy {
  strategy_name = "golden-cross-series",
  interval = "1m",
  get_signal = function(symbol, when, price)
    if fast[1] <= slow[1] and fast[0] > slow[0] then
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.995,
               minute_estimated_time = 240 }
    end
  end,
}
