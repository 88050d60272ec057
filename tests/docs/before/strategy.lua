-- The strategy that pages take for granted: trades often, on made-up candles, over a few days.
local btk = require "btk"
btk.add_exchange { exchange_name = "history", driver = "synthetic", seed = 7, start_price = 40000, volatility = 0.001 }
btk.add_frame { frame_name = "q1", interval = "1m", start_date = "2024-01-02", end_date = "2024-01-06" }
btk.add_strategy {
  strategy_name = "sma", interval = "5m",
  params = { fast = { 10, 20, step = 10 }, slow = { 50, 60, step = 10 } },
  get_signal = function(symbol, when, price)
    local closes = btk.series("5m")
    if not btk.series.crossover(closes:sma(btk.params.fast), closes:sma(btk.params.slow)) then return nil end
    return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 240 }
  end,
}
