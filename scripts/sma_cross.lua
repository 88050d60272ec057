-- Golden cross: buys when the fast average of closes rises through the slow one.
--
--   btkhost run scripts/sma_cross.lua
--   btkhost run scripts/sma_cross.lua --symbols BTCUSDT,ETHUSDT
--
-- The place to start reading: one exchange, one frame, one strategy.
local btk = require "btk"

-- Where candles come from. "synthetic" makes them up from a seed: no files, no
-- network, the same candles on every machine. csv_history.lua reads real ones.
btk.add_exchange {
  exchange_name = "made-up",
  driver = "synthetic",
  seed = 7,
  start_price = 40000,
  volatility = 0.001, -- standard deviation of one minute's return
}

-- Which minutes a back-test walks through. The last day counts in full.
btk.add_frame {
  frame_name = "q1-2024",
  interval = "1m",
  start_date = "2024-01-01",
  end_date = "2024-03-31",
}

-- Candles of five minutes and the indicators over them. They are computed once
-- per run and read by index: [0] is the newest closed candle, [1] the one before.
local fives = btk.series("5m")

btk.add_strategy {
  strategy_name = "sma-cross",
  interval = "5m", -- get_signal is called at most once in five minutes

  -- What a sweep may vary: { from, to, step }. btk.params holds the value in force.
  params = {
    fast = { 20, 40, step = 10 },
    slow = { 50, 200, step = 50 },
  },

  -- Called only while this symbol has neither a position nor a waiting order.
  -- `price` is the average price of the last five closed minutes.
  get_signal = function(symbol, when, price)
    -- Asking again for the same average gives the same series.
    local fast, slow = fives:sma(btk.params.fast), fives:sma(btk.params.slow)
    if not btk.series.crossover(fast, slow) then return nil end -- nil: no signal

    -- No price_open: enter at once, at `price`. Both exits are required.
    return {
      position = "long",
      price_take_profit = price * 1.02,
      price_stop_loss = price * 0.99,
      minute_estimated_time = 720, -- whole minutes; then the position is closed
      note = "golden cross",
    }
  end,
}
