-- W1 with the averages of btk.ta, as most people would write it.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }
btk.set_config { CC_MIN_STOPLOSS_DISTANCE_PERCENT = 0.4 } -- price * 0.995 is a hair less than 0.5 % away at times

btk.add_strategy {
  strategy_name = "golden-cross-ta",
  interval = "1m",
  get_signal = function(symbol, when, price)
    local list = btk.get_candles(symbol, "1m", 51)
    local fast, slow = btk.ta.sma(list, 20), btk.ta.sma(list, 50)
    if fast <= slow then return nil end
    local last = list[51].close
    local fast_before = fast + (list[31].close - last) / 20
    local slow_before = slow + (list[1].close - last) / 50
    if fast_before <= slow_before then
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.995,
               minute_estimated_time = 240 }
    end
  end,
}
