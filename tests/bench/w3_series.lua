-- W3 with btk.series: W1 with both lengths as parameters.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }
btk.set_config { CC_MIN_STOPLOSS_DISTANCE_PERCENT = 0.4 } -- price * 0.995 is a hair less than 0.5 % away at times

local minutes = btk.series("1m")

btk.add_strategy {
  strategy_name = "cross",
  interval = "1m",
  params = { fast = { 5, 23, step = 2 }, slow = { 40, 94, step = 6 } },
  get_signal = function(symbol, when, price)
    local fast, slow = minutes:sma(btk.params.fast), minutes:sma(btk.params.slow)
    if fast[1] <= slow[1] and fast[0] > slow[0] then
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.995,
               minute_estimated_time = 240 }
    end
  end,
}
