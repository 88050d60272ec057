-- For the suites of this folder: runs whose minutes are at hand.
local btk, t = require "btk", require "btk.test"

local kit = {}

--- What happens in a run on a flat market: each(minute, symbol, price) is called in every minute that the strategy is asked, and what it
--- returns is the signal. `fields`: more of t.run. Fails when the strategy is never asked, or not in minute `wanted`.
function kit.minutes(count, each, fields, wanted)
  local market, asked = btk.market.flat(100, count), {}
  local spec = { market = market, strategy = { interval = "1m", get_signal = function(symbol, when, price)
    local minute = (when - market:at(0)) / 60000
    asked[minute] = true
    return each(minute, symbol, price)
  end } }
  for name, value in pairs(fields or {}) do
    if name == "callbacks" then spec.strategy.callbacks = value else spec[name] = value end
  end
  local report = t.run(spec)
  assert.is_true(next(asked) ~= nil, "the strategy was never asked")
  if wanted then assert.is_true(asked[wanted] or false, ("the strategy was not asked in minute %d"):format(wanted)) end
  return report
end

--- The same, of minute 6 alone: fn(symbol, price).
function kit.one_minute(fn)
  return kit.minutes(8, function(minute, ...)
    if minute == 6 then fn(...) end
  end, nil, 6)
end

--- A long that ends after `minutes`.
function kit.long(price, minutes)
  return { position = "long", price_take_profit = price * 1.1, price_stop_loss = price * 0.9, minute_estimated_time = minutes }
end

return kit
