-- For live_latency.sh: every symbol buys or sells each minute.
local btk = require "btk"
btk.add_exchange { exchange_name = "test", driver = "binance", base_url = btk.env("BENCH_EXCHANGE") }
local spot = require "brokers.binance_spot"
btk.use_broker(spot { base_url = btk.env("BENCH_EXCHANGE") })
btk.broker.enable()
btk.add_strategy {
  strategy_name = "every-minute", interval = "1m",
  get_signal = function(symbol, when, price)
    return { position = "long", price_take_profit = price * 1.5, price_stop_loss = price * 0.85, minute_estimated_time = 1 }
  end,
}
