-- Buys when the fast average of closes rises through the slow one. Change it, then:
--
--   btkhost check strategy.lua     is everything registered soundly?
--   btkhost test                   the tests in tests/
--   btkhost run strategy.lua       a back-test, reports in dump/
--   btkhost paper strategy.lua     simulated money on the candles of the exchange below, minute by minute
local btk = require "btk"

-- "synthetic" makes candles up from a seed: no files, no network, the same on every machine. For real ones:
-- driver = "csv" with path = "data/{symbol}-1m-*.csv.gz", or driver = "binance".
btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 7, start_price = 40000, volatility = 0.001 }

-- The minutes of a back-test. The last day counts in full.
btk.add_frame { frame_name = "january", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-31" }

-- What is traded when --symbols does not say something else. "synthetic" has candles for every name.
btk.set_symbols { "BTCUSDT" }

require "risk"    -- the rules that every signal has to pass
require "journal" -- an action that tells what happens

btk.add_strategy {
  strategy_name = "first",
  interval = "5m", -- get_signal is called at most once in five minutes
  risk_name = "careful",
  actions = { "journal" },

  -- Called while the symbol has neither position nor order. `price` is the average of the last five minutes.
  get_signal = function(symbol, when, price)
    local closes = btk.get_candles(symbol, "5m", 51):closes() -- closed candles, oldest first
    local fast_now, slow_now = btk.ta.sma(closes, 20), btk.ta.sma(closes, 50)
    table.remove(closes) -- the same averages one candle ago
    local fast_before, slow_before = btk.ta.sma(closes, 20), btk.ta.sma(closes, 50)
    if fast_before > slow_before or fast_now <= slow_now then return nil end -- nil: no signal

    return {
      position = "long",
      price_take_profit = price * 1.02,
      price_stop_loss = price * 0.99,
      minute_estimated_time = 720, -- minutes; then the position is closed
      note = "golden cross",
    }
  end,
}
