-- For the suites of this folder: runs whose minutes are at hand.
local btk, t = require "btk", require "btk.test"

local kit = {}

--- What happens in a run on a flat market: each(minute, symbol, price) is called in every minute that the strategy is asked, and what it
--- returns is the signal. `fields`: more of t.run.
function kit.minutes(count, each, fields)
  local market = btk.market.flat(100, count)
  local spec = { market = market, strategy = { interval = "1m", get_signal = function(symbol, when, price)
    return each((when - market:at(0)) / 60000, symbol, price)
  end } }
  for name, value in pairs(fields or {}) do
    if name == "callbacks" then spec.strategy.callbacks = value else spec[name] = value end
  end
  return t.run(spec)
end

--- A long that ends after `minutes`.
function kit.long(price, minutes)
  return { position = "long", price_take_profit = price * 1.1, price_stop_loss = price * 0.9, minute_estimated_time = minutes }
end

return kit
