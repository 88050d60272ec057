-- The protective stop of a Binance broker: an order that rests at the exchange, so that a position is guarded while this
-- process is down. One per position, for what is held of it, at its stop loss.
local btk = require "btk"

-- held(symbol, row): how much of the base asset the position holds.
return function(client, orders, venue, options, held)
  local down, text = orders.down, orders.text
  local stops = {}
  local none = {} -- prefix of a position's stops -> true: there is none at the exchange

  local function id_at(symbol, row, level)
    return orders.id(row, ("s%.0f"):format(level / orders.rules(symbol).tick))
  end

  --- Takes all stops of this position away but `keep`. Returns what they had sold before they went.
  function stops.clear(symbol, row, keep)
    local prefix, fill = orders.id(row, "s"), nil
    for _, order in ipairs(client.must("GET", venue.paths.open, { { "symbol", symbol } })) do
      if order.clientOrderId:sub(1, #prefix) == prefix and order.clientOrderId ~= keep then
        local ended = orders.cancel(symbol, order.clientOrderId)
        fill = orders.sum(fill, ended and orders.fill(symbol, ended))
      end
    end
    none[prefix] = not keep or nil
    return fill
  end

  local function place(symbol, row, level)
    local r = orders.rules(symbol)
    level = down(level, r.tick)
    local id = id_at(symbol, row, level)
    stops.clear(symbol, row, id)
    local quantity = down(held(symbol, row), r.step)
    local why = orders.too_small(symbol, quantity, level)
    if why then error(why, 0) end
    local resting = orders.find(symbol, id)
    if resting and resting.status == "NEW" then
      if math.abs(tonumber(resting.origQty) - quantity) < r.step / 2 then return end
      orders.cancel(symbol, id)
    end
    local side = row.position == "long" and "SELL" or "BUY"
    local order, refusal = orders.once(symbol, id, venue.stop(side, text(quantity, r.step), level, r), "cheap")
    if not order then error(refusal.msg, 0) end
  end

  --- Sees to it that the stop rests at `level` and covers what is held.
  function stops.guard(symbol, row, level)
    if not options.protective_stop then return end
    local ok, problem = pcall(place, symbol, row, level)
    -- Not worth losing a fill over: the check of the next minute tries again.
    if not ok then btk.log.warn("%s: no protective stop at %s: %s", symbol, tostring(level), tostring(problem)) end
  end

  --- The position has ended: no stop of it may stay. An earlier process may have left one, whatever the options say now.
  function stops.finish(symbol, row)
    local prefix = orders.id(row, "s")
    if options.protective_stop or not none[prefix] then stops.clear(symbol, row) end
    none[prefix] = nil
  end

  --- What the stop sold while nobody looked, or nil. inherited: an earlier process may have left one.
  function stops.fill(symbol, row, inherited)
    if not options.protective_stop and not inherited then return nil end
    local order = orders.find(symbol, id_at(symbol, row, down(row.price_stop_loss, orders.rules(symbol).tick)))
    if order and order.status == "FILLED" then return orders.fill(symbol, order) end
  end

  return stops
end
