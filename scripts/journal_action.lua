-- An action handler: a table of hooks that is told about everything a strategy
-- does, apart from the strategy itself.
--
--   btkhost run scripts/journal_action.lua --log-level info
--
-- New here: actions as factories, hooks, start and end of a run.
local btk = require "btk"

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 8, start_price = 60, volatility = 0.0013 }
btk.add_frame { frame_name = "june", interval = "1m", start_date = "2024-06-01", end_date = "2024-06-14" }

-- The factory makes one handler for each run, so the counters are the run's own.
btk.add_action {
  action_name = "journal",
  handler = function(context)
    local opened, closed, refused, won = 0, 0, 0, 0
    return {
      on_init = function() btk.log.info("journal of %s on %s", context.strategy_name, context.symbol) end,

      on_pending_event = function(event)
        if event.action == "opened" then
          opened = opened + 1
          return
        end
        closed = closed + 1
        local pnl = event.signal.pnl
        if pnl.pnl_percentage > 0 then won = won + 1 end
        btk.log.info("%s closed by %s: %+.2f %%", btk.date.iso(event.timestamp), event.close_reason, pnl.pnl_percentage)
      end,

      on_risk_rejection = function() refused = refused + 1 end,

      on_dispose = function()
        btk.log.info("%d opened, %d closed, %d won, %d refused", opened, closed, won, refused)
      end,
    }
  end,
}

local stochastic = btk.series("15m"):stochastic(14, 3)

btk.add_strategy {
  strategy_name = "stochastic-swing",
  interval = "15m",
  actions = { "journal" },
  get_signal = function(symbol, when, price)
    local k, d = stochastic.k[0], stochastic.d[0]
    if not (k < 20 and k > d) then return nil end
    return {
      position = "long",
      price_take_profit = price * 1.015,
      price_stop_loss = price * 0.99,
      minute_estimated_time = 300,
    }
  end,
}
