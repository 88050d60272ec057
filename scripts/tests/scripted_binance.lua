-- A Binance without a network, for tests of the brokers: it keeps orders, checks what every order must obey (signature, time,
-- lot and tick size, ids) and fails where a test wants it.
--
--   local exchange = require("scripted_binance") { market = "spot", price = 100 }
--   t.run { script_text = exchange.script(), http = exchange.answer, env = exchange.env, mode = "live", ... }
--   exchange.orders            every order it took, in order: { id, side, type, status, quantity, done, price, stop, reduces }
--   exchange.fault("POST /order", { lose_answer = true })     what happens to the next such request:
--     lose_request   it never arrives                 lose_answer   it is carried out, and nobody hears of it
--     status, body   it is refused with that          fill = 0.4    that share of the order is filled
local btk = require "btk"

local names = {
  spot = { prefix = "/api/v3", trades = "/myTrades" },
  futures = { prefix = "/fapi/v1", trades = "/userTrades" },
}
local TICK, STEP, MIN_QUANTITY, MIN_NOTIONAL, FEE = 0.01, 0.001, 0.001, 5, 0.001

local function refusal(code, msg) return { status = 400, body = { code = code, msg = msg } } end
local conditional = { STOP = true, STOP_MARKET = true, TAKE_PROFIT = true, TAKE_PROFIT_MARKET = true }
local function is_multiple(value, unit) return math.abs(value / unit - math.floor(value / unit + 0.5)) < 1e-6 end

-- A position of 1000 USDT in minute 10 that is closed half an hour later.
local SCRIPT = [[
  local btk = require "btk"
  btk.use_broker((require "brokers.binance_%s") { %s })
  btk.broker.enable()
  btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when, price)
    if when ~= 1704067200000 + 10 * 60000 then return end
    local signal = { position = "long", minute_estimated_time = 30, cost = 1000 }
    for name, value in pairs { %s } do signal[name] = value end
    local up, down = price * 1.1, price * 0.9
    local take, stop = up, down
    if signal.position == "short" then take, stop = down, up end
    signal.price_take_profit, signal.price_stop_loss = signal.price_take_profit or take, signal.price_stop_loss or stop
    return signal
  end }
]]

return function(options)
  local spot = options.market == "spot"
  local api = names[options.market]
  local exchange = { orders = {}, price = options.price, env = { BINANCE_API_KEY = "the-key", BINANCE_API_SECRET = "the-secret" },
                     leverage = {}, clock_error = 0 }
  local faults, by_id = {}, {}

  --- A script that trades here once: fields of its signal (a long, unless they say otherwise) and options of the broker as text.
  function exchange.script(fields, broker_options)
    return SCRIPT:format(options.market, broker_options or "", fields or "")
  end

  function exchange.fault(route, what)
    faults[route] = faults[route] or {}
    table.insert(faults[route], what)
  end

  local function shown(order)
    return { symbol = "BTCUSDT", orderId = order.number, clientOrderId = order.id, side = order.side, type = order.type, status = order.status,
             origQty = ("%.3f"):format(order.quantity), executedQty = ("%.3f"):format(order.done) }
  end

  -- A conditional order of futures, as its own service shows it.
  local function shown_algo(order)
    return { symbol = "BTCUSDT", algoId = order.number, clientAlgoId = order.id, side = order.side, orderType = order.type,
             algoStatus = order.status == "CANCELED" and "CANCELED" or order.done > 0 and "FINISHED" or "NEW", quantity = ("%.3f"):format(order.quantity),
             triggerPrice = tostring(order.stop), actualOrderId = order.done > 0 and tostring(order.number) or "" }
  end

  local function trade_of(order)
    local buys = order.side == "BUY"
    local coins = spot and buys
    return { orderId = order.number, qty = ("%.3f"):format(order.done), price = tostring(order.paid), commissionAsset = coins and "BTC" or "USDT",
             commission = ("%.8f"):format(order.done * FEE * (coins and 1 or order.paid)) }
  end

  --- Fills a share of an order that rests, at its own price.
  function exchange.fill(order, share)
    order.done, order.paid = order.quantity * share, order.price or exchange.price
    order.status = share == 1 and "FILLED" or "PARTIALLY_FILLED"
  end

  local function check_order(p)
    local quantity, price = tonumber(p.quantity), tonumber(p.price)
    local id = p.newClientOrderId or p.clientAlgoId
    if not id or #id > 36 or id:find("[^%w%-_%.:/]") then return refusal(-1100, "Illegal characters in newClientOrderId") end
    if not spot and conditional[p.type] and p.algoType ~= "CONDITIONAL" then
      return refusal(-4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.")
    end
    local same = by_id[id]
    if same and same.status ~= "CANCELED" then return refusal(-2010, "Duplicate order sent.") end
    if not is_multiple(quantity, STEP) or quantity < MIN_QUANTITY then return refusal(-1013, "Filter failure: LOT_SIZE") end
    for _, name in ipairs { "price", "stopPrice", "triggerPrice" } do
      local value = tonumber(p[name])
      if value and not is_multiple(value, TICK) then return refusal(-1013, "Filter failure: PRICE_FILTER") end
    end
    if quantity * (price or exchange.price) < MIN_NOTIONAL then return refusal(-1013, "Filter failure: NOTIONAL") end
  end

  local function take_order(p, what)
    local wrong = check_order(p)
    if wrong then return wrong end
    local order = { id = p.newClientOrderId or p.clientAlgoId, algo = p.algoType ~= nil, number = #exchange.orders + 1, side = p.side, type = p.type, quantity = tonumber(p.quantity),
                    price = tonumber(p.price), stop = tonumber(p.stopPrice or p.triggerPrice), reduces = p.reduceOnly == "true", status = "NEW", done = 0 }
    exchange.orders[order.number], by_id[order.id] = order, order
    if order.type == "MARKET" then
      exchange.fill(order, what.fill or 1)
      order.paid = exchange.price
      if what.fill then order.status = "EXPIRED" end
    end
    local answer = order.algo and shown_algo(order) or shown(order)
    if spot and order.done > 0 then answer.fills = { trade_of(order) } end
    return answer
  end

  local private = {}
  private["POST /order"] = take_order
  private["GET /order"] = function(p)
    local order = by_id[p.origClientOrderId] or exchange.orders[tonumber(p.orderId)]
    return order and (not order.algo or order.done > 0) and shown(order) or refusal(-2013, "Order does not exist.")
  end
  private["DELETE /order"] = function(p)
    local order = by_id[p.origClientOrderId]
    if not order or order.status ~= "NEW" and order.status ~= "PARTIALLY_FILLED" then return refusal(-2011, "Unknown order sent.") end
    order.status = "CANCELED"
    return shown(order)
  end
  private["GET /openOrders"] = function()
    local list = btk.json.array()
    for _, order in ipairs(exchange.orders) do
      if not order.algo and (order.status == "NEW" or order.status == "PARTIALLY_FILLED") then list[#list + 1] = shown(order) end
    end
    return list
  end
  private["POST /algoOrder"] = take_order
  private["GET /algoOrder"] = function(p)
    local order = by_id[p.clientAlgoId] or exchange.orders[tonumber(p.algoId)]
    return order and order.algo and shown_algo(order) or refusal(-2013, "Order does not exist.")
  end
  private["DELETE /algoOrder"] = function(p)
    local order = by_id[p.clientAlgoId]
    if not order or order.status ~= "NEW" then return refusal(-2011, "Unknown order sent.") end
    order.status = "CANCELED"
    return { algoId = order.number, clientAlgoId = order.id, code = "200", msg = "success" }
  end
  local function algos(also_ended)
    local list = btk.json.array()
    for _, order in ipairs(exchange.orders) do
      if order.algo and (also_ended or order.status == "NEW") then list[#list + 1] = shown_algo(order) end
    end
    return list
  end
  private["GET /openAlgoOrders"] = function() return algos(false) end
  private["GET /allAlgoOrders"] = function() return algos(true) end
  private["GET /allOrders"] = function(p)
    local list = btk.json.array()
    for number = tonumber(p.orderId), #exchange.orders do list[#list + 1] = shown(exchange.orders[number]) end
    return list
  end
  private["GET " .. api.trades] = function(p)
    local order = exchange.orders[tonumber(p.orderId)]
    return btk.json.array(order.done > 0 and { trade_of(order) } or {})
  end
  private["GET /account"] = function()
    local coins = 0
    for _, order in ipairs(exchange.orders) do coins = coins + (order.side == "BUY" and order.done * (1 - FEE) or -order.done) end
    return { balances = { { asset = "BTC", free = ("%.8f"):format(coins), locked = "0" } } }
  end
  private["POST /leverage"] = function(p)
    exchange.leverage[p.symbol] = tonumber(p.leverage)
    return { symbol = p.symbol, leverage = tonumber(p.leverage) }
  end
  private["GET /positionRisk"] = function()
    local net = 0
    for _, order in ipairs(exchange.orders) do net = net + (order.side == "BUY" and order.done or -order.done) end
    return { { symbol = "BTCUSDT", positionAmt = ("%.3f"):format(net) } }
  end

  -- What a request in the name of the account must carry.
  local function check_account(r)
    local text, signature = r.query:match("^(.*)&signature=(%x+)$")
    if r.headers["X-MBX-APIKEY"] ~= "the-key" then return refusal(-2015, "Invalid API-key, IP, or permissions for action.") end
    if not text or signature ~= btk.crypto.hmac_sha256("the-secret", text) then return refusal(-1022, "Signature for this request is not valid.") end
    local now, sent = r.now + exchange.clock_error, tonumber(r.parameters.timestamp)
    if sent > now + 1000 or sent < now - tonumber(r.parameters.recvWindow) then
      return refusal(-1021, "Timestamp for this request is outside of the recvWindow.")
    end
  end

  local public = {}
  public["GET /time"] = function(r) return { serverTime = r.now + exchange.clock_error } end
  public["GET /exchangeInfo"] = function()
    return { symbols = { { symbol = "BTCUSDT", baseAsset = "BTC", quoteAsset = "USDT", filters = {
      { filterType = "PRICE_FILTER", tickSize = tostring(TICK) }, { filterType = "LOT_SIZE", stepSize = tostring(STEP), minQty = tostring(MIN_QUANTITY) },
      { filterType = spot and "NOTIONAL" or "MIN_NOTIONAL", minNotional = tostring(MIN_NOTIONAL), notional = tostring(MIN_NOTIONAL) } } } } }
  end

  --- What t.run takes as `http`.
  function exchange.answer(r)
    local route = r.method .. " " .. r.path:gsub("^/fapi/v2", api.prefix):gsub("^" .. api.prefix, "")
    local what = table.remove(faults[route] or {}, 1) or {}
    if what.lose_request then return { verdict = "unknown", why = "the request was lost" } end
    if what.status then return { status = what.status, body = what.body } end
    if public[route] then return public[route](r) end
    assert(private[route], "no such request: " .. route)
    local answer = check_account(r) or private[route](r.parameters, what)
    if what.lose_answer then return { verdict = "unknown", why = "the answer was lost" } end
    return answer
  end

  --- "BUY MARKET FILLED" of every order, in order.
  function exchange.book()
    local lines = {}
    for i, order in ipairs(exchange.orders) do lines[i] = ("%s %s %s"):format(order.side, order.type, order.status) end
    return lines
  end

  return exchange
end
