-- Orders of a Binance broker that must go: limit orders that were cancelled, and stops of signals that have ended. What one
-- of them bought before it went is given back, since nobody follows it.
local btk = require "btk"

return function(client, orders, venue)
  local limits = {}
  local cancelling = {} -- whose end is not known yet: id -> { symbol, row, stop, not_before }

  --- From now on undo() cancels this order. stop: it is one, as venue.stops handed it out. not_before: exchange time, ms.
  function limits.must_go(id, entry) cancelling[id] = entry end

  --- The id of an order of this symbol that must go and has not gone yet, or nil.
  function limits.waiting(symbol)
    for id, entry in pairs(cancelling) do
      if entry.symbol == symbol then return id end
    end
  end

  local function give_back(id, entry, fill)
    local row, symbol = entry.row, entry.symbol
    local quantity = orders.down(fill.quantity, orders.rules(symbol).step)
    local why = orders.too_small(symbol, quantity, fill.price)
    if why then
      btk.log.warn("%s: a cancelled limit order left %s", symbol, why)
      return
    end
    local side = row.position == "long" and "SELL" or "BUY"
    local given, refusal = orders.market_all(symbol, row, "u", side, quantity, fill.price, "cheap", true)
    btk.log.warn("%s: limit order %s was filled while it was being cancelled; %s", symbol, id,
                 refusal and ("%s of %s were given back: %s"):format(tostring(given and given.gross or 0), tostring(quantity), refusal.msg)
                 or "it was given back at market")
  end

  local function undo(id, entry)
    if entry.not_before and client.now() < entry.not_before then return end
    local order
    if entry.stop then order = venue.stops.cancel(entry.symbol, entry.stop) else order = orders.cancel(entry.symbol, id) end
    local fill = order and orders.fill(entry.symbol, order)
    if fill and entry.stop then
      btk.log.error("%s: stop %s, left behind by signal %s, has traded %s: look after it at the exchange", entry.symbol, id,
                    entry.row.id, tostring(fill.quantity))
    elseif fill then
      give_back(id, entry, fill)
    end
    cancelling[id] = nil
  end

  --- Cancels what must go; raises when the end of one of them is not known.
  function limits.undo()
    for id, entry in pairs(cancelling) do undo(id, entry) end
  end

  return limits
end
