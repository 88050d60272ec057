-- Several timeframes: the one-hour trend says in which direction to trade, a
-- dip on five-minute candles says when, the range of the last hours how far.
--
--   btkhost run scripts/multi_timeframe.lua --symbols BTCUSDT,SOLUSDT --json
--
-- New here: indicators on several intervals, exits that follow the market's range,
-- a trailing stop, a listener.
local btk = require "btk"

btk.add_exchange { exchange_name = "made-up", driver = "synthetic", seed = 5, start_price = 60, volatility = 0.001 }
btk.add_frame { frame_name = "q2-2024", interval = "1m", start_date = "2024-04-01", end_date = "2024-06-30" }

local function clamp(value, low, high)
  return math.max(low, math.min(high, value))
end

-- Declared once, computed as the candles come.
local hours = btk.series("1h")
local fast, slow, range = hours:ema(12), hours:ema(36), hours:atr(14)
local rsi = btk.series("5m"):rsi(14)

btk.add_strategy {
  strategy_name = "multi-timeframe",
  interval = "5m",

  get_signal = function(symbol, when, price)
    -- An hour candle appears when its hour is over: at 07:23 the newest one is
    -- that of 06:00. There is no way to see the future.
    local trend = fast[0] - slow[0]

    local long = trend > 0 and rsi[0] < 35
    local short = trend < 0 and rsi[0] > 65
    if not long and not short then return nil end

    -- The stop two average hourly ranges away, within what the engine accepts.
    local stop = clamp(2 * range[0] / price, 0.006, 0.05)
    local side = long and 1 or -1
    return {
      position = long and "long" or "short",
      price_stop_loss = price * (1 - side * stop),
      price_take_profit = price * (1 + side * 2 * stop),
      minute_estimated_time = 1440, -- the longest life the engine allows by default
      note = string.format("stop %.2f %% away", stop * 100),
    }
  end,

  callbacks = {
    -- Past half of the way to the take profit, follow with the stop: a shift of
    -- -0.5 moves it half a percent of the price nearer than it was at first.
    on_partial_profit = function(symbol, signal, percent, price)
      local untouched = signal.price_stop_loss == signal.original_price_stop_loss
      if percent >= 50 and untouched then btk.commit_trailing_stop(symbol, -0.5, price) end
    end,
  },
}

-- A listener hears all strategies of this script; this form speaks once. In a
-- back-test os.date() tells the simulated time.
btk.listen_signal_once(function(result) return result.action == "opened" end, function(result)
  print(os.date("!%Y-%m-%d %H:%M"), result.symbol, "first position at", result.current_price)
end)
