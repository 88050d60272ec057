-- W3 as a sweep does it: W1 with both lengths as parameters.
local btk = require "btk"

btk.add_exchange { exchange_name = "year", driver = "csv", path = "{symbol}-1m-*.csv" }
btk.add_frame { frame_name = "2023", interval = "1m", start_date = "2023-01-01", end_date = "2023-12-31" }
btk.set_symbols { "BTCUSDT" }
btk.set_config { CC_MIN_STOPLOSS_DISTANCE_PERCENT = 0.4 } -- price * 0.995 is a hair less than 0.5 % away at times

btk.add_strategy {
  strategy_name = "cross",
  interval = "1m",
  params = { fast = { 5, 23, step = 2 }, slow = { 40, 94, step = 6 } },
  get_signal = function(symbol, when, price)
    local FAST, SLOW = btk.params.fast, btk.params.slow
    local list = btk.get_candles(symbol, "1m", SLOW + 1)
    local n = #list
    local fast, slow = 0, 0
    for k = n - FAST + 1, n do fast = fast + list[k].close end
    for k = n - SLOW + 1, n do slow = slow + list[k].close end
    local last = list[n].close
    local fast_before = fast - last + list[n - FAST].close
    local slow_before = slow - last + list[n - SLOW].close
    if fast_before / FAST <= slow_before / SLOW and fast / FAST > slow / SLOW then
      return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.995,
               minute_estimated_time = 240 }
    end
  end,
}
