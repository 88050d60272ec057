-- The protective stop of a Binance broker: an order that rests at the exchange, so that a position is guarded while this
-- process is down. One per position, for what is held of it, at its stop loss.
local btk = require "btk"

return function(orders, venue, options, stops, positions)
  local down, text = orders.down, orders.text
  local guard = {}
  local trouble = {} -- key of a signal -> { in_row = times that it failed, told = { [why] = true } }
  local untold       -- what a hook that may raise has to say

  -- In lots, and why that is too little for a stop.
  local function to_guard(symbol, row, level)
    local quantity = down(positions.held(symbol, row), orders.rules(symbol).step)
    return quantity, orders.too_small(symbol, quantity, level)
  end

  -- Returns why there can be no stop; raises when that is not known.
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
    if why then return why end
    stops.expect(row, id)
    local side = row.position == "long" and "SELL" or "BUY"
    local order, refusal = venue.stops.once(symbol, id, venue.stop(side, text(quantity, r.step), level, r))
    if not order then return refusal.msg end
  end

  -- An exchange that does not answer for once is tried again in silence; what it refuses, or twice running does not take,
  -- the user must hear of: once for each signal and reason, not every minute.
  local function failed(symbol, row, level, why, refused)
    local key = positions.key(row)
    local state = trouble[key] or { in_row = 0, told = {} }
    trouble[key] = state
    state.in_row = state.in_row + 1
    if state.told[why] then return end
    local message = ("%s: no protective stop at %s: %s"):format(symbol, tostring(level), why)
    if refused or state.in_row > 1 then
      state.told[why] = true
      untold = untold and untold .. "; " .. message or message
    else
      btk.log.warn("%s; tried again in a minute", message)
    end
  end

  --- Sees to it that the stop rests at `level` and covers what is held. Not worth losing a fill over: it does not raise, and
  --- the check of the next minute tries again.
  function guard.see(symbol, row, level)
    if not options.protective_stop then return end
    local ok, why = pcall(place, symbol, row, level)
    if not ok or why then
      failed(symbol, row, level, tostring(why), ok)
    elseif trouble[positions.key(row)] then
      trouble[positions.key(row)].in_row = 0
    end
  end

  --- Raises what the user has not heard of yet. For hooks whose errors are told and change nothing.
  function guard.tell()
    local message = untold
    untold = nil
    if message then error(message, 0) end
  end

  function guard.forget(row) trouble[positions.key(row)] = nil end

  return guard
end
