-- Mean reversion: buys what has fallen too fast, sells what has risen too fast,
-- and looks after the position while it is open.
--
--   btkhost run scripts/rsi_reversion.lua --set CC_PERCENT_FEE=0.05
--
-- New here: btk.ta over a candle list, short positions, costs, callbacks, acting on an open position, risk.
local btk = require "btk"

-- Engine settings, before anything runs. --set on the command line does the same.
btk.set_config { CC_PERCENT_SLIPPAGE = 0.05 } -- percent, paid on each side

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 11, start_price = 2500, volatility = 0.0012 }
btk.add_frame { frame_name = "february", interval = "1m", start_date = "2024-02-01", end_date = "2024-02-29" }

-- A validation sees every signal before it becomes a position. Returning nil
-- lets it pass; a text refuses it, and the text is the reason in the reports.
btk.add_risk {
  risk_name = "careful",
  validations = {
    function(check)
      if check.active_position_count >= 2 then return "two positions are open already" end
    end,
  },
}

btk.add_strategy {
  strategy_name = "rsi-reversion",
  interval = "15m",
  risk_name = "careful",
  params = {
    period = { 14, 28, step = 7 },
    edge = { 25, 35, step = 5 }, -- oversold below it, overbought above 100 minus it
  },

  get_signal = function(symbol, when, price)
    local period, edge = btk.params.period, btk.params.edge
    local rsi = btk.ta.rsi(btk.get_candles(symbol, "15m", period * 4), period)

    if rsi < edge then
      return {
        position = "long",
        price_take_profit = price * 1.015, -- at least 0.5 % away
        price_stop_loss = price * 0.985, -- 0.5 % to 20 % away
        minute_estimated_time = 480,
        note = string.format("RSI %.1f", rsi),
      }
    elseif rsi > 100 - edge then
      return {
        position = "short", -- the exits change sides
        price_take_profit = price * 0.985,
        price_stop_loss = price * 1.015,
        minute_estimated_time = 480,
        note = string.format("RSI %.1f", rsi),
      }
    end
  end,

  -- Callbacks run in the minute of the event, before the engine goes on. An
  -- error in one never ends the run; it is reported and the exit code becomes 1.
  callbacks = {
    -- Once per position, when the price has earned the costs and a margin back:
    -- pull the stop to the entry price. It is told with the price that did it,
    -- one candle newer than what commands are measured against by themselves.
    on_breakeven = function(symbol, signal, price)
      btk.commit_breakeven(symbol, price)
    end,

    -- Every minute in profit; percent is the share of the way to the take profit.
    on_partial_profit = function(symbol, signal, percent)
      if percent >= 60 and signal.total_partials == 0 then
        btk.commit_partial_profit(symbol, 50) -- sell half, let the rest run
      end
    end,
  },
}
