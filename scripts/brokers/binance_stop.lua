-- The protective stops of a Binance broker at the exchange: which there are for a position, what they have sold, and how they
-- go. A stop may sell a part before it is cancelled; that is never forgotten. binance_guard.lua places them.
--
-- What a stop is at the exchange, venue.stops knows; it hands them out as orders:
--   open(symbol)                  what rests, other orders too          since(symbol, first, prefix)   all, those that ended too
--   cancel(symbol, order)         the order as it ended, or nil         lost(symbol, id)               what became of it, or nil
--   once(symbol, id, parameters)  sends it, or nil and the refusal      hides   one that was set off is not in open() any more
return function(orders, venue, options)
  local stops = {}
  local known = {} -- prefix of a position's stops -> what this process knows of them

  -- open: client id -> true while its end is not known; fills: number of the order -> what it sold; filled: one was filled
  -- wholly; listed: those of earlier processes are in here too; none: all were taken away.
  local function of(row)
    local prefix = orders.id(row, "s")
    known[prefix] = known[prefix] or { open = {}, fills = {}, filled = false, listed = false, none = false }
    return known[prefix], prefix
  end

  local function note(symbol, state, order)
    if tonumber(order.executedQty) > 0 then state.fills[orders.number(order)] = orders.fill(symbol, order) end
    state.filled = state.filled or order.status == "FILLED"
    state.open[order.clientOrderId] = not orders.ended(order) or nil
  end

  local function sum_of(state)
    local sum
    for _, fill in pairs(state.fills) do sum = orders.sum(sum, fill) end
    return sum
  end

  -- Stops of earlier processes, those that have gone too: all orders since the one that opened the position are looked at.
  local function inherit(symbol, row, state, prefix)
    local first = orders.find(symbol, orders.id(row, "o")) or orders.find(symbol, orders.id(row, "l"))
    if not first then return end
    for _, order in ipairs(venue.stops.since(symbol, first, prefix)) do note(symbol, state, order) end
    -- What an earlier process sent last may arrive still: then once more.
    state.listed = orders.settled()
  end

  --- This process saw the position from its beginning: there are no stops but its own.
  function stops.begin(row) of(row).listed = true end

  --- All that stops of this position have sold so far, or nil; and whether one was filled wholly. Raises when that is not known.
  function stops.sold(symbol, row)
    local state, prefix = of(row)
    if not state.listed then inherit(symbol, row, state, prefix) end
    for id in pairs(state.open) do
      local order = venue.stops.lost(symbol, id)
      if order then
        note(symbol, state, order)
      elseif not orders.in_doubt(id) then
        state.open[id] = nil
      end
    end
    return sum_of(state), state.filled
  end

  --- A stop of this id is about to be sent.
  function stops.expect(row, id)
    local state = of(row)
    state.open[id], state.none = true, false
  end

  --- Takes all stops of this position away but `keep`. Returns that one, when it rests, and whether one of them was selling.
  function stops.clear(symbol, row, keep)
    local state, prefix = of(row)
    if venue.stops.hides and not state.listed then inherit(symbol, row, state, prefix) end
    local before, kept, listed = sum_of(state), nil, {}
    local function cancel(order)
      state.open[order.clientOrderId] = true
      local ended = venue.stops.cancel(symbol, order)
      if ended then note(symbol, state, ended) end
    end
    for _, order in ipairs(venue.stops.open(symbol)) do
      local id = order.clientOrderId
      if id:sub(1, #prefix) == prefix then
        listed[id] = true
        if id == keep then state.open[id], kept = true, order else cancel(order) end
      end
    end
    for id in pairs(venue.stops.hides and state.open or {}) do
      -- Set off, and perhaps selling still.
      local order = not listed[id] and venue.stops.lost(symbol, id)
      if order and orders.ended(order) then note(symbol, state, order) elseif order then cancel(order) end
    end
    state.none = not keep
    local after = sum_of(state)
    return kept, (after and after.gross or 0) > (before and before.gross or 0)
  end

  --- The position has ended: no stop of it may stay. An earlier process may have left one, whatever the options say now.
  function stops.finish(symbol, row)
    local state, prefix = of(row)
    if options.protective_stop or not state.none then stops.clear(symbol, row) end
    known[prefix] = nil
  end

  return stops
end
