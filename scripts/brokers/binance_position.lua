-- What a position of a Binance broker holds: by the fills that the engine keeps, or by what the exchange says of its orders.
local adds = { open = true, activate = true, ["average-buy"] = true }
local takes = { ["partial-profit"] = true, ["partial-loss"] = true }

return function(orders, stops)
  local id_of = orders.id
  local positions = {}
  local opened_here = {} -- key of a signal -> true: this process saw its open order, so its fills are complete

  --- What tells this signal from all others; a script may use an id again.
  function positions.key(row) return id_of(row, "") end
  local key = positions.key

  --- Its open order was answered at once: from now on the engine has all its fills. complete = false: it was not.
  function positions.opened(row, complete)
    opened_here[key(row)] = complete or nil
    if complete then stops.begin(row) end
  end

  --- Did this process see everything that was done for it?
  function positions.seen_from_start(row) return opened_here[key(row)] or false end

  function positions.forget(row) opened_here[key(row)] = nil end

  -- The sum of the fills that the engine keeps.
  local function told_to_engine(row)
    local sum = 0
    for _, fill in ipairs(row.fills or {}) do
      if adds[fill.action] then sum = sum + (fill.quantity or 0) end
      if takes[fill.action] then sum = sum - (fill.quantity or 0) end
    end
    return sum
  end

  -- The same, of every order that there may have been, as the exchange knows it.
  local function asked(symbol, row)
    local sum = 0
    local function count(purpose, sign)
      local order = orders.find(symbol, id_of(row, purpose))
      local fill = order and orders.fill(symbol, order)
      if fill then sum = sum + sign * fill.quantity end
      return order
    end
    for _, purpose in ipairs { "o", "l" } do count(purpose, 1) end
    local rest = 1
    while count(rest == 1 and "x" or "x" .. rest, 1) do rest = rest + 1 end
    for i = 1, #row.entries do count("a" .. i, 1) end
    for i = 1, #row.partials + 1 do count("p" .. i, -1) end
    return sum
  end

  --- How much of the base asset this position holds: normally by what the engine was told; after a restart, or a lost answer,
  --- by what the exchange says. What a stop has sold, the engine is not told before the position ends.
  function positions.held(symbol, row)
    local next_average, next_partial = id_of(row, "a" .. #row.entries), id_of(row, "p" .. #row.partials + 1)
    local sure = opened_here[key(row)] and not orders.in_doubt(next_average) and not orders.in_doubt(next_partial)
    local sum = sure and told_to_engine(row) or asked(symbol, row)
    local stopped = stops.sold(symbol, row)
    return sum - (stopped and stopped.quantity or 0)
  end

  --- What a partial close sold without the engine knowing: its answer was lost, or the process that gave it was killed.
  --- When the position ends first, the closing fill tells of it.
  function positions.sold_before(symbol, row)
    local id = id_of(row, "p" .. #row.partials + 1)
    if opened_here[key(row)] and not orders.in_doubt(id) then return nil end
    local order = orders.find(symbol, id)
    return order and orders.fill(symbol, order)
  end

  return positions
end
