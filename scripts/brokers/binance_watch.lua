-- Is the position still there? Where the exchange has one net position for each symbol (futures) it can be told when it was
-- closed by hand or liquidated. On spot nobody can tell whose coins are there.
local btk = require "btk"

return function(orders, venue, positions)
  local watch = {}
  local odd = {} -- key of a signal -> { what = what is there instead, times = in a row, told }

  -- In the direction of the position, base asset.
  local function there_of(symbol, row) return venue.holding(symbol) * (row.position == "long" and 1 or -1) end
  local function is_gone(symbol, there) return there < orders.rules(symbol).step / 2 end

  --- Once a minute. Raises btk.order_deleted when the position is gone: seen twice running, since an order of ours that has
  --- just been filled may show there before its own answer does, or later. True: it seems to be gone.
  function watch.check(symbol, row)
    if not venue.net then return false end
    local there, step, key = there_of(symbol, row), orders.rules(symbol).step, positions.key(row)
    local gone = is_gone(symbol, there)
    local held = positions.held(symbol, row)
    if not gone and math.abs(there - held) < step / 2 then
      odd[key] = nil
      return false
    end
    local what = orders.text(there, step)
    local seen = odd[key] or { times = 0 }
    odd[key] = seen
    seen.times = seen.what == what and seen.times + 1 or 1
    seen.what = what
    if seen.times < 2 then return gone end
    if gone then
      local why = ("the exchange has no such position any more, it has %s: closed by hand, or liquidated"):format(what)
      btk.log.warn("%s: %s", symbol, why)
      error(btk.order_deleted(why), 0)
    end
    if seen.told ~= what then
      btk.log.warn("%s: the exchange has %s of this position, %s should be there: somebody else has traded it", symbol, what,
                   orders.text(held, step))
      seen.told = what
    end
    return false
  end

  --- Why nothing may be added to this position, or nil.
  function watch.missing(symbol, row)
    if venue.net and is_gone(symbol, there_of(symbol, row)) then return "the exchange does not have this position any more" end
  end

  function watch.forget(row) odd[positions.key(row)] = nil end

  return watch
end
