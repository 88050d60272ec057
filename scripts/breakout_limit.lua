-- Breakout with a limit entry: when the price leaves the range of the last
-- hours, wait for it to come back to the edge it broke and buy there.
--
--   btkhost run scripts/breakout_limit.lua
--
-- New here: limit orders, reading candles one by one, memory between calls.
local btk = require "btk"

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 23, start_price = 100, volatility = 0.0015 }
btk.add_frame { frame_name = "may", interval = "1m", start_date = "2024-05-01", end_date = "2024-05-31" }

-- A limit order waits this many minutes for its price and is then dropped.
btk.set_config { CC_SCHEDULE_AWAIT_MINUTES = 90 }

local RANGE = 24 -- candles of 15 minutes: six hours
local ORDER = 0.002 -- the order lies this share of the price below the broken edge

-- A local lives as long as the run of one symbol: every symbol has its own copy
-- of this script, so nothing here is shared between symbols.
local last_edge

btk.add_strategy {
  strategy_name = "breakout-limit",
  interval = "15m",

  get_signal = function(symbol, when, price)
    local candles = btk.get_candles(symbol, "15m", RANGE + 1)
    local newest = candles[#candles] -- candles[1] is the oldest

    -- The range is everything before the newest candle.
    local edge = candles[1].high
    for i = 2, RANGE do
      edge = math.max(edge, candles[i].high)
    end

    if newest.close <= edge or edge == last_edge then return nil end -- once per edge
    last_edge = edge

    -- A long's price_open below the market is a limit order; at or above the
    -- market it would be bought at once.
    local entry = edge * (1 - ORDER)
    if entry >= price then return nil end

    return {
      position = "long",
      price_open = entry,
      price_take_profit = entry * 1.025,
      price_stop_loss = entry * 0.99,
      minute_estimated_time = 600, -- counted from the entry, not from the order
      note = string.format("broke %.4f", edge),
    }
  end,

  callbacks = {
    -- Every minute while the order waits: drop it when the move has run away.
    on_schedule_ping = function(symbol, signal, price)
      if price > signal.price_open * 1.02 then btk.commit_cancel_scheduled(symbol) end
    end,
  },
}
