-- The golden cross of sma_cross.lua against a real exchange: on paper, or with real orders.
--
--   btkhost paper scripts/live_sma.lua --symbols BTCUSDT        no keys needed, nothing is bought
--   btkhost live  scripts/live_sma.lua --symbols BTCUSDT        with BINANCE_API_KEY and BINANCE_API_SECRET set
--
-- New here: candles from Binance, a broker. Read brokers/binance_spot.lua before you trade with it.
local btk = require "btk"

btk.add_exchange {
  exchange_name = "binance-spot",
  driver = "binance",
  market = "spot",
  -- Where to look for the exchange: a test site, or nothing for the real one.
  base_url = btk.env("BINANCE_BASE_URL"),
}

-- Used by `btkhost run` only: the same file can be back-tested.
btk.add_frame { frame_name = "january", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-31" }

-- Who has no keys trades on paper: no broker, and every order counts as filled.
if btk.env("BINANCE_API_KEY") and btk.env("BINANCE_API_SECRET") then
  btk.use_broker((require "brokers.binance_spot") { protective_stop = true })
  btk.broker.enable()
end

-- Computed candle by candle as they come in; a back-test computes the same numbers.
local fast, slow = btk.series("5m"):sma(20), btk.series("5m"):sma(50)

btk.add_strategy {
  strategy_name = "live-sma",
  interval = "5m",

  get_signal = function(symbol, when, price)
    if not btk.series.crossover(fast, slow) then return nil end
    return {
      position = "long",
      price_take_profit = price * 1.01,
      price_stop_loss = price * 0.99,
      minute_estimated_time = 240,
      cost = 50, -- USDT for each position: start small
      note = "golden cross",
    }
  end,

  callbacks = {
    on_open = function(symbol, signal, price) btk.log.info("%s: bought at %s", symbol, tostring(price)) end,
    on_close = function(symbol, signal, price) btk.log.info("%s: sold at %s", symbol, tostring(price)) end,
  },
}
