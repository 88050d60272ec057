-- A broker for Binance spot: real orders with real money.
--
--   local btk = require "btk"
--   btk.use_broker((require "brokers.binance_spot") { protective_stop = true })
--   btk.broker.enable()
--
-- `btkhost live` and `btkhost paper --broker` call it: real orders. Paper without --broker and back-tests do not. Before the first real order:
--   1. Make an API key that may trade and may not withdraw, bound to your address if you can.
--   2. export BINANCE_API_KEY=... BINANCE_API_SECRET=... (or a .env file that only you can read).
--   3. Try it where nothing is at stake: BINANCE_BASE_URL=https://testnet.binance.vision
--   4. Start with a small `cost` and --max-exposure. Look at the first trades in the exchange's own app.
--
-- What to know when you trade spot:
--   * Long only. A signal "short" is rejected.
--   * You buy `cost` worth at the market and get less than you bought: the fee comes off the coins. What is sold at the end
--     is what arrived, rounded down to the lot size; crumbs stay behind. Paid in BNB, nothing comes off.
--   * Coins that you hold for other reasons are never counted in, but they lie in the same account: do not sell by hand what
--     a strategy holds. Only the close would notice: when too little is there it sells that and says so.
--   * protective_stop = true leaves a stop-loss order at the exchange that works while your machine is off. It locks the
--     coins, moves with trailing stops and goes before anything else is sold. As a limit order it can be jumped over in a
--     crash: `stop_slip` (percent) is how far below the stop it may still sell.
--
-- Options: protective_stop (false), stop_slip (1), base_url, recv_window (5000 ms), timeout_ms (10000).
local btk = require "btk"
local new_client = require "brokers.binance_client"
local new_orders = require "brokers.binance_orders"
local new_flow = require "brokers.binance_flow"
local new_plain_stops = require "brokers.binance_plain_stops"

return function(given)
  given = given or {}
  local options = {
    protective_stop = given.protective_stop or false,
    stop_slip = given.stop_slip or 1,
    base_url = given.base_url or btk.env("BINANCE_BASE_URL", "https://api.binance.com"),
    recv_window = given.recv_window or 5000,
    timeout_ms = given.timeout_ms or 10000,
    time_path = "/api/v3/time",
  }
  local client = new_client(options)
  local orders

  local venue = {
    name = "Binance spot",
    paths = { order = "/api/v3/order", open = "/api/v3/openOrders", all = "/api/v3/allOrders", trades = "/api/v3/myTrades",
              info = "/api/v3/exchangeInfo" },
  }

  function venue.market(side, quantity)
    return { { "side", side }, { "type", "MARKET" }, { "quantity", quantity }, { "newOrderRespType", "FULL" } }
  end
  function venue.limit(side, quantity, price)
    return { { "side", side }, { "type", "LIMIT" }, { "timeInForce", "GTC" }, { "quantity", quantity }, { "price", price },
             { "newOrderRespType", "FULL" } }
  end
  function venue.stop(side, quantity, level, rules)
    local price = orders.down(level * (1 - options.stop_slip / 100), rules.tick)
    return { { "side", side }, { "type", "STOP_LOSS_LIMIT" }, { "timeInForce", "GTC" }, { "quantity", quantity },
             { "stopPrice", orders.text(level, rules.tick) }, { "price", orders.text(price, rules.tick) } }
  end

  function venue.may_open(_, row)
    if row.position ~= "long" then error(btk.order_rejected("spot can only be long; use brokers.binance_futures for shorts"), 0) end
  end

  -- Of the base asset in the account: what is free, and what open orders lock.
  local function balance(symbol)
    local base = orders.rules(symbol).base
    for _, each in ipairs(client.must("GET", "/api/v3/account", {}).balances) do
      if each.asset == base then return tonumber(each.free), tonumber(each.locked) end
    end
    return 0, 0
  end

  --- Of the base asset in the account, in orders or not.
  function venue.holding(symbol)
    local free, locked = balance(symbol)
    return free + locked
  end

  --- After a refused sale of `wanted`: how much there is to sell, when that was the reason. Raises when the coins are there
  --- and an open order locks them: they are still held, and can be sold once it has gone.
  function venue.available(symbol, _, refusal, wanted)
    if refusal.code ~= -2010 or not refusal.msg:find("insufficient") then return nil end
    local free, locked = balance(symbol)
    local r = orders.rules(symbol)
    if locked > 0 and free < wanted and free + locked >= wanted - r.step / 2 then
      error(("closing %s: %s %s are locked by another open order; cancel that at the exchange"):format(
        symbol, orders.text(locked, r.step), r.base), 0)
    end
    return free
  end

  orders = new_orders(client, venue, options)
  venue.stops = new_plain_stops(client, orders, venue)
  return new_flow(client, orders, venue, options)
end
