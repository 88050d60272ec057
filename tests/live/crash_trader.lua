-- Trades often and in every way that the spot broker knows: market and limit entries, partial closes, average buys,
-- break-even, trailing stops. Two symbols share a limit of one position.
local btk = require "btk"

btk.add_exchange { exchange_name = "loopback", driver = "binance", market = "spot", base_url = btk.env("BINANCE_BASE_URL") }
btk.add_frame { frame_name = "unused", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-02" }

btk.use_broker((require "brokers.binance_spot") { protective_stop = btk.env("CRASH_STOPS") == "1" })
btk.broker.enable()

btk.add_risk {
  risk_name = "one-at-once",
  validations = { function(check) if check.active_position_count >= 1 then return "somebody holds a position" end end },
}

btk.add_strategy {
  strategy_name = "crash-trader",
  interval = "1m",
  risk_name = "one-at-once",
  get_signal = function(symbol, when, price)
    -- Six minutes apart for each symbol, so that both get their turn.
    local minute = math.floor(when / 60000)
    local kind = minute % 6
    if symbol == "ETHUSDT" then kind = (minute + 3) % 6 end
    if kind > 1 then return nil end
    return {
      position = "long",
      price_open = kind == 1 and price * 0.9995 or nil, -- a limit order a little below
      price_take_profit = price * 1.008,
      price_stop_loss = price * 0.992,
      minute_estimated_time = 12,
      cost = 100,
    }
  end,
}

-- Every level once: a tenth of the way up or down.
btk.listen_partial_profit_available(function(event)
  if event.level == 10 then btk.commit_partial_profit(event.symbol, 30) end
  if event.level == 20 then btk.commit_breakeven(event.symbol) end
  if event.level == 30 then btk.commit_partial_profit(event.symbol, 30) end
end)
btk.listen_partial_loss_available(function(event)
  if event.level == 10 then btk.commit_average_buy(event.symbol) end
  if event.level == 30 then btk.commit_partial_loss(event.symbol, 40) end
end)
