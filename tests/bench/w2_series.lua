-- W2 with btk.series: the indicators of w2.lua, declared once and read by index.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }
btk.set_config { CC_MIN_STOPLOSS_DISTANCE_PERCENT = 0.4 } -- price * 0.995 is a hair less than 0.5 % away at times

local minutes, hours = btk.series("1m"), btk.series("1h")
local rsi, last = minutes:rsi(14), minutes.close
local trend = btk.series("5m"):ema(20)
local range = btk.series("15m"):atr(14)
local hour_open, hour_close = hours.open, hours.close

btk.add_strategy {
  strategy_name = "four-timeframes-series",
  interval = "5m",
  get_signal = function(symbol, when, price)
    if rsi[0] < 45 and last[0] > trend[0] and range[0] > 0 and hour_close[0] > hour_open[23] then
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.995,
               minute_estimated_time = 240 }
    end
  end,
}
