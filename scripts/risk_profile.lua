-- Risk profiles: rules that see every signal before it becomes a position.
-- Load it together with a strategy file; profiles are shared by all symbols of a run:
--
--   btkhost run scripts/risk_profile.lua --symbols BTCUSDT,ETHUSDT,SOLUSDT
--
-- New here: several profiles on a strategy, limits over symbols, rejections.
local btk = require "btk"

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 33, start_price = 1000, volatility = 0.0012 }
btk.add_frame { frame_name = "may", interval = "1m", start_date = "2024-05-01", end_date = "2024-05-31" }

-- A limit over all symbols that share the profile. Such symbols advance minute by
-- minute together, so the result is the same on one core or many.
btk.add_risk {
  risk_name = "two-at-once",
  validations = {
    {
      note = "never more than two positions over all symbols",
      validate = function(check)
        if check.active_position_count >= 2 then
          local held = {}
          for i, position in ipairs(check.active_positions) do held[i] = position.symbol end
          return "already holding " .. table.concat(held, ", ")
        end
      end,
    },
  },
}

-- Trading hours and a cap per strategy. nil or true lets a signal pass; a text,
-- a table { id =, note = } or false refuses it.
btk.add_risk {
  risk_name = "house-rules",
  validations = {
    function(check)
      local hour = tonumber(os.date("!%H", check.timestamp / 1000)) -- simulated time
      if hour < 6 or hour >= 22 then return { id = "closed-hours", note = "no new positions at night" } end
    end,
    function(check)
      local signal = check.current_signal
      local reward = math.abs(signal.price_take_profit - signal.price_open)
      local risk = math.abs(signal.price_open - signal.price_stop_loss)
      if reward < 1.5 * risk then return { id = "poor-odds", note = "reward below 1.5 times the risk" } end
    end,
    function(check)
      local same = 0
      for _, position in ipairs(check.active_positions) do
        if position.strategy_name == check.strategy_name then same = same + 1 end
      end
      if same >= 3 then return "three positions of this strategy are enough" end
    end,
  },
  callbacks = {
    on_rejected = function(symbol, rejection)
      btk.log.debug("%s refused: %s", symbol, rejection.rejection_note)
    end,
  },
}

local change = btk.series("15m"):roc(8)

btk.add_strategy {
  strategy_name = "momentum",
  interval = "15m",
  risk_list = { "house-rules", "two-at-once" }, -- checked in this order; the first refusal ends it
  get_signal = function(symbol, when, price)
    if change[0] < 0.4 then return nil end
    return {
      position = "long",
      price_take_profit = price * 1.02,
      price_stop_loss = price * 0.99,
      minute_estimated_time = 360,
    }
  end,
}
