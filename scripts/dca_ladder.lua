-- A ladder: buys a first part, more at every step down, and trails the stop
-- once the whole position is in profit.
--
--   btkhost run scripts/dca_ladder.lua --symbols BTCUSDT,ETHUSDT
--
-- New here: commit_average_buy, the getters of an open position, trailing stops.
local btk = require "btk"

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 21, start_price = 40000, volatility = 0.001 }
btk.add_frame { frame_name = "march", interval = "1m", start_date = "2024-03-01", end_date = "2024-03-31" }

local STEP = 0.8       -- percent below the effective entry for the next purchase
local MOST_ENTRIES = 4
local FIRST_COST = 50  -- USD; every further purchase costs as much again

local hours = btk.series("1h")
local fast, slow = hours:ema(12), hours:ema(36)

btk.add_strategy {
  strategy_name = "dca-ladder",
  interval = "1h",

  get_signal = function(symbol, when, price)
    -- Only in a market that does not fall on the larger scale.
    if fast[0] < slow[0] then return nil end
    return {
      position = "long",
      price_take_profit = price * 1.03,
      price_stop_loss = price * 0.94,
      minute_estimated_time = 1440,
      cost = FIRST_COST,
      note = "first step",
    }
  end,

  callbacks = {
    -- Once per minute while the position is open. A command answers false when
    -- this is not the moment for it; that is no error.
    on_active_ping = function(symbol, signal, price)
      local entry = btk.get_position_effective_price(symbol)
      if price < entry * (1 - STEP / 100) and signal.total_entries < MOST_ENTRIES then
        btk.commit_average_buy(symbol, FIRST_COST)
        return
      end
      -- In profit by more than 1.2 %: bring the stop to 0.5 % above the entry. The
      -- second argument of the plain form is a shift of the distance; the _cost
      -- form takes the price itself.
      if price > entry * 1.012 then
        btk.commit_trailing_stop_cost(symbol, entry * 1.005)
      end
    end,
  },
}

-- What the ladder did, at the end of each position.
btk.listen_signal_event(function(event)
  if event.action ~= "closed" then return end
  local s = event.signal
  btk.log.info("%s: %d purchases, %.2f USD invested, %.2f USD result", s.symbol, s.total_entries, s.pnl.pnl_entries,
               s.pnl.pnl_cost)
end)
