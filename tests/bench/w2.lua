-- W2: four timeframes, RSI, EMA and ATR, asked every five minutes.
local btk = require "btk"
local ta = btk.ta

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }
btk.set_config { CC_MIN_STOPLOSS_DISTANCE_PERCENT = 0.4 } -- price * 0.995 is a hair less than 0.5 % away at times

btk.add_strategy {
  strategy_name = "four-timeframes",
  interval = "5m",
  get_signal = function(symbol, when, price)
    local m1 = btk.get_candles(symbol, "1m", 60)
    local m5 = btk.get_candles(symbol, "5m", 60)
    local m15 = btk.get_candles(symbol, "15m", 48)
    local h1 = btk.get_candles(symbol, "1h", 24)
    local last = m1[60].close
    if ta.rsi(m1, 14) < 45 and last > ta.ema(m5, 20) and ta.atr(m15, 14) > 0 and h1[24].close > h1[1].open then
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.995,
               minute_estimated_time = 240 }
    end
  end,
}
