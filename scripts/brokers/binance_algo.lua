-- The protective stops of Binance USDT futures. Since December 2025 they are "algo orders": they rest at a service of their
-- own (algoStatus NEW) and become a real order when the price touches them (TRIGGERING, TRIGGERED, FINISHED). What that one
-- does is asked of the ordinary endpoints.
--
-- What is handed out looks like an ordinary order, whatever it is at the moment: { clientOrderId, status, origQty,
-- executedQty, side, stopPrice, orderId, algo }. orderId is the real order's, nil while there is none; status is NEW while it
-- rests, TRIGGERING while the real order is not known yet, then the real order's; algo is what the service says, nil when it
-- is an ordinary one.
--
-- A stop that a version before this one placed as an ordinary order may rest still: it is found and cancelled as such.
local LATE = 60 * 1000               -- the real order of a finished one should be listed by then, ms
local DAYS = 24 * 3600 * 1000
local WINDOW, KEPT = 6 * DAYS, 89 * DAYS -- fewer than the 7 that may be asked for at once, and the 90 that are kept
local PAGE = 1000

local base = "/fapi/v1/"

-- A number of the exchange as a text, or nil for none: it may come as "", 0 or null, and be longer than a double is exact.
local function digits(value)
  if type(value) == "number" then value = ("%.0f"):format(value) end
  return type(value) == "string" and value:match("^[1-9]%d*$") or nil
end

-- Does this refusal say that there is no such order? A silence or a fault of the exchange is none: those raise.
local function is_unknown(refusal)
  if refusal.code == -2013 or refusal.code == -2011 then return true end
  local msg = refusal.msg:lower()
  return msg:find("order") and (msg:find("not exist") or msg:find("unknown") or msg:find("not found")) ~= nil or false
end

-- Returns the stop orders of a venue; binance_stop.lua says what each function is for.
return function(client, orders, plain)
  local algos = { hides = true }
  local newest = {} -- client id -> number of the algo order that has it now: an id may be used again once its order is gone

  local function raise(id, why) error(("stop %s %s; asked again soon"):format(id, why), 0) end

  local function remember(answer)
    local id, number = answer.clientAlgoId, digits(answer.algoId)
    local before = id and newest[id] or ""
    if id and number and (#number > #before or #number == #before and number > before) then newest[id] = number end
  end

  -- The real order of one that was set off, or nil when it is not listed.
  local function real_of(symbol, answer, number)
    if number then
      local order, refusal = client.signed("GET", base .. "order", { { "symbol", symbol }, { "orderId", number } })
      if order or is_unknown(refusal) then return order end
      error(("order %s: %s (%d)"):format(number, refusal.msg, refusal.code), 0)
    end
    -- It has the same id, as far as is known; an older ordinary stop may have had it too.
    local order = orders.find(symbol, answer.clientAlgoId)
    return order and (order.time or 0) >= (answer.createTime or 0) and order or nil
  end

  -- An answer of the algo service as an order.
  local function shown(symbol, answer)
    local status, number = answer.algoStatus, digits(answer.actualOrderId)
    local order = { clientOrderId = answer.clientAlgoId, status = status, origQty = answer.quantity or "0", executedQty = "0",
                    side = answer.side, stopPrice = answer.triggerPrice or "0", price = answer.price or "0", algo = status }
    local real = (number or status == "TRIGGERED" or status == "FINISHED") and real_of(symbol, answer, number)
    if real then
      order.status, order.origQty, order.executedQty, order.side = real.status, real.origQty, real.executedQty, real.side
      order.orderId = number or digits(real.orderId)
    elseif status == "TRIGGERED" then
      raise(order.clientOrderId, "was set off and its order is not listed yet")
    elseif number or status == "FINISHED" then
      -- One that traded nothing is not kept for long.
      if client.now() - (answer.updateTime or 0) < LATE then
        raise(order.clientOrderId, "has ended and its order is not listed yet")
      end
      order.status = "CANCELED"
    end
    return order
  end

  local function list(path, parameters) return client.must("GET", base .. path, parameters) end

  -- What the service says of this id, or nil when it knows none. Which of several orders of an id it tells of, nobody says:
  -- with its number there is no doubt.
  local function ask(symbol, id)
    local number = newest[id]
    local by = number and { "algoId", number } or { "clientAlgoId", id }
    local answer, refusal = client.signed("GET", base .. "algoOrder", { by })
    if not answer then
      if is_unknown(refusal) then return nil end
      error(("stop %s: %s (%d)"):format(id, refusal.msg, refusal.code), 0)
    end
    if answer.clientAlgoId ~= id then error(("stop %s: asked for, and told of %s"):format(id, tostring(answer.clientAlgoId)), 0) end
    local live = answer.algoStatus == "NEW"
    if not number and not live then
      for _, open in ipairs(list("openAlgoOrders", { { "symbol", symbol } })) do
        if open.clientAlgoId == id then answer, live = open, true end
      end
    end
    if live then remember(answer) end
    return answer
  end

  local function find_algo(symbol, id)
    local answer = ask(symbol, id)
    return answer and shown(symbol, answer)
  end

  --- The stop of that id, or nil.
  function algos.find(symbol, id) return find_algo(symbol, id) or orders.find(symbol, id) end

  --- What became of a stop of unknown fate, as orders.lost.
  function algos.lost(symbol, id) return orders.lost(symbol, id, algos.find) end

  --- What rests of the symbol, the user's own too.
  function algos.open(symbol)
    local all = {}
    for _, order in ipairs(plain.open(symbol)) do
      -- The real order of a stop that was set off: it is asked for by its stop.
      if order.type ~= "MARKET" then all[#all + 1] = order end
    end
    for _, answer in ipairs(list("openAlgoOrders", { { "symbol", symbol } })) do
      remember(answer)
      -- One that is being set off is asked for by its id.
      if answer.algoStatus == "NEW" then all[#all + 1] = shown(symbol, answer) end
    end
    return all
  end

  -- The real order of a stop that was set off goes, as far as it has not been filled.
  local function cancel_real(symbol, order)
    local _, refusal = client.signed("DELETE", base .. "order", { { "symbol", symbol }, { "orderId", order.orderId } })
    if refusal and not is_unknown(refusal) then
      error(("cancel %s: %s (%d)"):format(order.clientOrderId, refusal.msg, refusal.code), 0)
    end
  end

  --- Cancels one that was handed out; returns it as it ended, or nil when there never was one. It may have been set off in that
  --- very moment: raises when its end is not known.
  function algos.cancel(symbol, order)
    if not order.algo then return plain.cancel(symbol, order) end
    local id = order.clientOrderId
    -- Only one that rests can be cancelled, and no two of an id do.
    local _, refusal = client.signed("DELETE", base .. "algoOrder", { { "clientAlgoId", id } })
    local now
    for _ = 1, 3 do
      now = find_algo(symbol, id)
      if not now or orders.ended(now) then return now end
      if now.orderId then cancel_real(symbol, now) end
    end
    local rests = now.algo == "NEW"
    if refusal and rests then error(("cancel %s: %s (%d)"):format(id, refusal.msg, refusal.code), 0) end
    raise(id, rests and "is being cancelled" or "is being carried out")
  end

  -- All algo orders made from `from` to `to`; a full page may not be all.
  local function made(symbol, from, to)
    local page = list("allAlgoOrders", { { "symbol", symbol }, { "startTime", ("%.0f"):format(from) },
                                         { "endTime", ("%.0f"):format(to) }, { "limit", PAGE } })
    if #page < PAGE or to - from < 2 then return page end
    local middle = math.floor((from + to) / 2)
    local all = made(symbol, from, middle)
    for _, answer in ipairs(made(symbol, middle + 1, to)) do all[#all + 1] = answer end
    return all
  end

  --- All stops whose id begins like that, from this order on: ordinary ones too.
  function algos.since(symbol, first, prefix)
    local all = plain.since(symbol, first, prefix)
    local now = client.now() + 60000
    local from = math.max(first.time or 0, now - KEPT)
    while from <= now do
      local to = math.min(from + WINDOW, now)
      for _, answer in ipairs(made(symbol, from, to)) do
        if (answer.clientAlgoId or ""):sub(1, #prefix) == prefix then
          remember(answer)
          all[#all + 1] = shown(symbol, answer)
        end
      end
      from = to + 1
    end
    return all
  end

  local kind = { path = base .. "algoOrder", id = "clientAlgoId", find = find_algo }

  --- Sends a stop once. One of this id that has ended is an earlier one.
  function algos.once(symbol, id, parameters)
    newest[id] = nil
    local order, refusal = orders.once(symbol, id, parameters, "cheap", nil, true, kind)
    if order and order.algoId then remember(order) end
    return order, refusal
  end

  return algos
end
