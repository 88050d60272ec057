-- Scaling out: takes profit in three parts as the price covers the way to the
-- target, and cuts half of a loser early.
--
--   btkhost run scripts/scale_out.lua
--
-- New here: milestones (every tenth of the way to take profit or stop loss),
-- btk.constant, btk.position, notes on a position.
local btk = require "btk"

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 5, start_price = 150, volatility = 0.0014 }
btk.add_frame { frame_name = "april", interval = "1m", start_date = "2024-04-01", end_date = "2024-04-30" }

local bands = btk.series("30m"):bollinger(20, 2)

btk.add_strategy {
  strategy_name = "scale-out",
  interval = "30m",

  get_signal = function(symbol, when, price)
    local upper, lower = bands.upper[0], bands.lower[0]
    local side = price > upper and "long" or price < lower and "short" or nil
    if not side then return nil end

    -- bracket() puts take profit and stop loss on the right sides of the price.
    local signal = btk.position.bracket {
      position = side, current_price = price, percent_take_profit = 2.5, percent_stop_loss = 1.2,
    }
    signal.minute_estimated_time = 720
    signal.note = string.format("outside the band %.2f..%.2f", lower, upper)
    return signal
  end,
}

-- A milestone is told once per position and level, 10, 20 ... 100 percent of the
-- way. The constants name the levels that most people use: 30, 60, 90 and 40, 80.
local share = {
  [btk.constant.TP_LEVEL1] = 33, -- percent of what is still held
  [btk.constant.TP_LEVEL2] = 50,
}

btk.listen_partial_profit_available(function(event)
  local percent = share[event.level]
  if percent and btk.commit_partial_profit(event.symbol, percent) then
    btk.commit_signal_notify(event.symbol, string.format("sold %d %% at %d %% of the way", percent, event.level))
  end
  if event.level == btk.constant.TP_LEVEL1 then btk.commit_breakeven(event.symbol, event.current_price) end
end)

btk.listen_partial_loss_available(function(event)
  if event.level == btk.constant.SL_LEVEL2 then btk.commit_partial_loss(event.symbol, 50) end
end)

-- Notes arrive here; once per position with the _per_signal form.
btk.listen_signal_notify_per_signal(function(event) return event.level ~= 0 end, function(event)
  btk.log.debug("%s: %s", event.symbol, event.note)
end)
