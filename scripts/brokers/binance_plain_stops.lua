-- Protective stops that are ordinary orders of the exchange, as on spot. binance_stop.lua says what each function is for.
return function(client, orders, venue)
  local stops = { lost = orders.lost }

  --- All orders of the symbol that rest.
  function stops.open(symbol) return client.must("GET", venue.paths.open, { { "symbol", symbol } }) end

  --- Cancels; returns the order as it ended, which may be filled, or nil when there never was one.
  function stops.cancel(symbol, order) return orders.cancel(symbol, order.clientOrderId) end

  --- All orders whose id begins like that, from this one on.
  function stops.since(symbol, first, prefix)
    local list = {}
    for _, order in ipairs(orders.since(symbol, first)) do
      if order.clientOrderId:sub(1, #prefix) == prefix then list[#list + 1] = order end
    end
    return list
  end

  --- Sends a stop once. An order of this id that has ended is an earlier one.
  function stops.once(symbol, id, parameters) return orders.once(symbol, id, parameters, "cheap", nil, true) end

  return stops
end
