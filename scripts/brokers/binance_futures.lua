-- A broker for Binance USDT futures: real orders, long and short, with leverage.
--
--   local btk = require "btk"
--   btk.use_broker((require "brokers.binance_futures") { leverage = 3, protective_stop = true })
--   btk.broker.enable()
--
-- Keys, test site and first steps as in binance_spot.lua; the key needs "Enable Futures", and the account one-way mode
-- (not hedge mode). The test site is BINANCE_BASE_URL=https://testnet.binancefuture.com
--
-- What to know when you trade futures:
--   * An order is worth cost * multiplier. `leverage` only decides how much margin Binance sets aside for it, and how near the
--     liquidation price is. Without it, the signal's multiplier is used, rounded up.
--   * There is one net position for each symbol: two strategies on the same symbol in one account take each other's
--     positions away. Give each its own sub-account.
--   * A position that you close by hand, or that is liquidated, is closed in the books within two minutes.
--   * Closes and partials are sent with reduceOnly: they can make a position smaller and never turn it round.
--   * protective_stop = true leaves a STOP_MARKET order at the exchange that works while your machine is off. Binance's app
--     lists it under the conditional orders: since December 2025 it is placed by the algo order API.
--   * Funding is paid or received every eight hours; neither back-tests nor fills show it.
--
-- Options: leverage, protective_stop (false), base_url, recv_window (5000 ms), timeout_ms (10000).
local btk = require "btk"
local new_algos = require "brokers.binance_algo"
local new_client = require "brokers.binance_client"
local new_orders = require "brokers.binance_orders"
local new_flow = require "brokers.binance_flow"
local new_plain_stops = require "brokers.binance_plain_stops"

return function(given)
  given = given or {}
  local options = {
    leverage = given.leverage,
    protective_stop = given.protective_stop or false,
    base_url = given.base_url or btk.env("BINANCE_BASE_URL", "https://fapi.binance.com"),
    recv_window = given.recv_window or 5000,
    timeout_ms = given.timeout_ms or 10000,
    time_path = "/fapi/v1/time",
  }
  local client = new_client(options)
  local orders
  local leverage_of = {} -- symbol -> what was set

  local venue = {
    name = "Binance futures",
    net = true, -- one position for each symbol, which must be exactly ours
    paths = { order = "/fapi/v1/order", open = "/fapi/v1/openOrders", all = "/fapi/v1/allOrders", trades = "/fapi/v1/userTrades",
              info = "/fapi/v1/exchangeInfo" },
  }

  function venue.market(side, quantity, reduces)
    return { { "side", side }, { "type", "MARKET" }, { "quantity", quantity }, { "newOrderRespType", "RESULT" },
             { "reduceOnly", reduces and "true" or nil } }
  end
  function venue.limit(side, quantity, price)
    return { { "side", side }, { "type", "LIMIT" }, { "timeInForce", "GTC" }, { "quantity", quantity }, { "price", price } }
  end
  function venue.stop(side, quantity, level, rules)
    return { { "algoType", "CONDITIONAL" }, { "side", side }, { "type", "STOP_MARKET" }, { "quantity", quantity },
             { "reduceOnly", "true" }, { "workingType", "CONTRACT_PRICE" }, { "triggerPrice", orders.text(level, rules.tick) } }
  end

  function venue.may_open(p, row)
    local leverage = options.leverage or math.max(1, math.ceil(row.multiplier))
    if leverage_of[p.symbol] == leverage then return end
    local answer, refusal = client.signed("POST", "/fapi/v1/leverage", { { "symbol", p.symbol }, { "leverage", leverage } })
    if not answer then error(btk.order_rejected(("leverage %d: %s"):format(leverage, refusal.msg)), 0) end
    leverage_of[p.symbol] = leverage
  end

  --- The net position, negative when short.
  function venue.holding(symbol)
    local sum = 0
    for _, position in ipairs(client.must("GET", "/fapi/v2/positionRisk", { { "symbol", symbol } })) do
      if position.symbol == symbol then sum = sum + tonumber(position.positionAmt) end
    end
    return sum
  end

  --- After a refused close: how much there is to close, when that was the reason.
  function venue.available(symbol, row, refusal)
    if refusal.code ~= -2022 then return nil end
    local net = venue.holding(symbol)
    return row.position == "long" and math.max(net, 0) or math.max(-net, 0)
  end

  orders = new_orders(client, venue, options)
  venue.stops = new_algos(client, orders, new_plain_stops(client, orders, venue))
  return new_flow(client, orders, venue, options)
end
