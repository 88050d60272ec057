-- The start of a Binance broker: does the exchange agree with what we believe to hold? One line in the log for each symbol;
-- docs/going-live.md says what its words mean. What an earlier process left behind is cancelled or given back.
local btk = require "btk"

-- What a killed process did not give back is sold by the next one only as long as nobody can have done it by hand, ms.
local GIVE_BACK_WITHIN = 24 * 3600 * 1000

return function(client, orders, venue, options, positions, limits, stops)
  local id_of, down, text = orders.id, orders.down, orders.text
  local key = positions.key

  -- What the limit order cancelled last had traded, if the process was killed before that was given back: the row, how
  -- much, and how long ago (ms). What is too small to be given back is none.
  local function not_given_back(symbol, finished)
    for _, result in ipairs(finished) do
      if result.action == "cancelled" then
        local row = result.signal
        local order = orders.find(symbol, id_of(row, "l"))
        local fill = order and orders.fill(symbol, order)
        local quantity = fill and down(fill.quantity, orders.rules(symbol).step)
        if not fill or orders.too_small(symbol, quantity, fill.price) or orders.find(symbol, id_of(row, "u")) then return nil end
        return row, quantity, client.now() - (tonumber(order.updateTime) or 0)
      end
    end
  end

  -- The orders that rest at the exchange, each in a line.
  local function look_at_open_orders(symbol, rows, finished, say)
    local over = {}
    for _, result in ipairs(finished) do over[key(result.signal)] = result.signal end
    for _, order in ipairs(venue.stops.open(symbol)) do
      local id, known = order.clientOrderId, false
      for _, row in ipairs(rows) do known = known or id:sub(1, #key(row)) == key(row) end
      -- Its signal has ended, and the process that should have cancelled it did not come to it.
      local ended = not known and over[id:match("^.*%-") or ""]
      if ended then limits.must_go(id, { symbol = symbol, row = ended, stop = id:find("%-s%d+$") and order or nil }) end
      say("%s order %s: %s %s at %s", known and "our" or ended and "LEFT BEHIND, cancelled now:" or "NOT OURS:", id, order.side,
          order.origQty, tonumber(order.stopPrice) > 0 and order.stopPrice or order.price)
    end
  end

  -- there, expected: what the exchange has of the base asset, and what we believe.
  local function look_at_cancelled(symbol, finished, there, expected, say)
    local step = orders.rules(symbol).step
    local row, quantity, age = not_given_back(symbol, finished)
    if not row then return end
    local id = id_of(row, "l")
    if age > GIVE_BACK_WITHIN then
      say("LEFT BEHIND: order %s was filled with %s while it was being cancelled; look after it at the exchange", id, text(quantity, step))
    elseif (there - expected) * (row.position == "long" and 1 or -1) >= quantity - step then
      -- The order that gives it back may be on its way.
      limits.must_go(id, { symbol = symbol, row = row, not_before = client.now() + options.recv_window + 2000 })
      say("LEFT BEHIND: order %s was filled with %s while it was being cancelled; that is given back soon", id, text(quantity, step))
    end
  end

  --- Once, before any other hook.
  return function()
    orders.begin()
    local symbol = btk.get_symbol()
    local r = orders.rules(symbol)
    local position, waiting = btk.get_pending_signal(symbol), btk.get_scheduled_signal(symbol)
    local lines = {}
    local function say(...) lines[#lines + 1] = string.format(...) end
    local rows = {}
    for _, row in ipairs { position or waiting, position and waiting or nil } do
      orders.adopt(symbol, row)
      rows[#rows + 1] = row
    end
    local finished = btk.get_finished_signals(symbol, 1000)
    look_at_open_orders(symbol, rows, finished, say)
    limits.undo()
    local limit = waiting and orders.find(symbol, id_of(waiting, "l"))
    local there = venue.holding(symbol)
    local expected = position and positions.held(symbol, position) or limit and tonumber(limit.executedQty) or 0
    if (position or waiting or {}).position == "short" then expected = -expected end
    if waiting and not limit then say("MISSING: the limit order of signal %s", waiting.id) end
    look_at_cancelled(symbol, finished, there, expected, say)
    if position then
      local short = venue.net and math.abs(there - expected) >= r.step or there < expected - r.step
      local stopped = stops.sold(symbol, position)
      if stopped then say("its protective stop has sold %s", text(stopped.quantity, r.step)) end
      local verdict = expected == 0 and not stopped and "MISSING: no order opened it" or short and "DIFFERS" or "agrees"
      say("%s: signal %s should hold %s %s, the exchange has %s", verdict, position.id, text(expected, r.step), r.base, text(there, r.step))
    else
      say("no position here; the exchange has %s %s", text(there, r.step), r.base)
    end
    btk.log.info("%s %s: %s", venue.name, symbol, table.concat(lines, "; "))
  end
end
