-- The protective stop of a Binance broker: an order that rests at the exchange, so that a position is guarded while this
-- process is down. One per position, for what is held of it, at its stop loss.
local btk = require "btk"

return function(orders, venue, options, stops, positions)
  local down, text = orders.down, orders.text

  -- In lots, and why that is too little for a stop.
  local function to_guard(symbol, row, level)
    local quantity = down(positions.held(symbol, row), orders.rules(symbol).step)
    return quantity, orders.too_small(symbol, quantity, level)
  end

  local function place(symbol, row, level)
    local r = orders.rules(symbol)
    level = down(level, r.tick)
    local id = orders.id(row, ("s%.0f"):format(level / r.tick))
    local resting = stops.clear(symbol, row, id)
    local quantity, why = to_guard(symbol, row, level)
    if resting and math.abs(tonumber(resting.origQty) - tonumber(resting.executedQty) - quantity) >= r.step / 2 then
      stops.clear(symbol, row)
      quantity, why = to_guard(symbol, row, level) -- it may have sold on the way
    elseif resting then
      return
    end
    -- The next check closes in the books what a stop has sold.
    local _, filled = stops.sold(symbol, row)
    if filled then return end
    if why then error(why, 0) end
    stops.expect(row, id)
    local side = row.position == "long" and "SELL" or "BUY"
    -- An order of this id that has ended is an earlier one.
    local order, refusal = orders.once(symbol, id, venue.stop(side, text(quantity, r.step), level, r), "cheap", nil, true)
    if not order then error(refusal.msg, 0) end
  end

  --- Sees to it that the stop rests at `level` and covers what is held.
  return function(symbol, row, level)
    if not options.protective_stop then return end
    local ok, problem = pcall(place, symbol, row, level)
    -- Not worth losing a fill over: the check of the next minute tries again.
    if not ok then btk.log.warn("%s: no protective stop at %s: %s", symbol, tostring(level), tostring(problem)) end
  end
end
