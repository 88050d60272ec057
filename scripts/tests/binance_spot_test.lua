-- brokers/binance_spot.lua against a scripted exchange: what is ordered, and what becomes of a position when something goes wrong.
local btk, t = require "btk", require "btk.test"
local new_exchange = require "scripted_binance"

local exchange
local function play(given)
  return t.run { script_text = exchange.script(given.fields, given.options), mode = "live", market = given.market or btk.market.flat(100.37, 90),
                 http = exchange.answer, env = given.env or exchange.env, keep_errors = given.keep_errors }
end

t.describe("Binance spot", function()
  t.before_each(function() exchange = new_exchange { market = "spot", price = 100.37 } end)

  t.it("buys lots for the signal's cost and sells what arrived", function()
    local report = play {}
    assert.same({ "BUY MARKET FILLED", "SELL MARKET FILLED" }, exchange.book())
    assert.near(9.963, exchange.orders[1].quantity, 1e-9)  -- 1000 / 100.37 = 9.96313..., rounded down to 0.001
    assert.near(9.953, exchange.orders[2].quantity, 1e-9)  -- less the fee of 0.1 %, rounded down
    assert.trade(report.trades[1], { close_reason = "time_expired" })
    local fill = report.trades[1].signal.fills[1]
    assert.near(9.963 * 0.999, fill.quantity, 1e-9)
    assert.near(100.37, fill.price, 1e-9)
  end)

  t.it("signs what it asks for the account, and nothing else", function()
    local report = play {}
    local signed = 0
    for _, call in ipairs(report.http_calls) do
      local text, signature = call.query:match("^(.*)&signature=(%x+)$")
      if text then
        signed = signed + 1
        assert.are.equal(btk.crypto.hmac_sha256("the-secret", text), signature)
        assert.are.equal("the-key", call.headers["X-MBX-APIKEY"])
      else
        assert.is_nil(call.headers["X-MBX-APIKEY"])
        assert.contains(call.path, { "/api/v3/time", "/api/v3/exchangeInfo" })
      end
      assert.is_nil(call.url:find("the-secret", 1, true))
    end
    assert.above(1, signed)
  end)

  t.it("has no position when the exchange refuses", function()
    exchange.fault("POST /order", { status = 400, body = { code = -2010, msg = "Account has insufficient balance for requested action." } })
    local report = play {}
    assert.are.equal(0, #report.trades)
    assert.are.equal(0, #exchange.orders)
    assert.matches("insufficient balance.*%(%-2010%)", report:events_of("order_reject")[1].message)
  end)

  t.it("finds an order whose answer was lost by its id", function()
    exchange.fault("POST /order", { lose_answer = true })
    local report = play {}
    assert.same({ "BUY MARKET FILLED", "SELL MARKET FILLED" }, exchange.book())
    assert.are.equal(1, #report.trades)
    local sent, asked = exchange.orders[1].id, false
    for _, call in ipairs(report.http_calls) do
      asked = asked or call.method == "GET" and call.parameters.origClientOrderId == sent
    end
    assert.is_true(asked)
  end)

  t.it("sends a lost order again under the same id, once it can no longer arrive", function()
    exchange.fault("POST /order", { lose_request = true })
    local report = play {}
    assert.same({ "BUY MARKET FILLED", "SELL MARKET FILLED" }, exchange.book())
    local ids, moments = {}, {}
    for _, call in ipairs(report.http_calls) do
      if call.method == "POST" and call.parameters.side == "BUY" then
        ids[#ids + 1], moments[#moments + 1] = call.parameters.newClientOrderId, call.now
      end
    end
    assert.are.equal(2, #ids)
    assert.are.equal(ids[1], ids[2])
    assert.above(5000, moments[2] - moments[1])
    assert.are.equal(1, #report.trades)
  end)

  t.it("keeps asking when the exchange has no time for it", function()
    for _ = 1, 3 do exchange.fault("POST /order", { status = 429, body = { code = -1003, msg = "Too many requests." } }) end
    local report = play {}
    assert.same({ "BUY MARKET FILLED", "SELL MARKET FILLED" }, exchange.book())
    assert.are.equal(0, #report:events_of("order_reject"))
  end)

  t.it("sends again what the exchange found too late", function()
    local answer, drifted = exchange.answer, false
    function exchange.answer(r) -- the exchange's clock jumps between telling its time and being asked for the order
      if r.method == "POST" and not drifted then
        drifted = true
        exchange.clock_error = 20000
      end
      return answer(r)
    end
    local report = play {}
    assert.same({ "BUY MARKET FILLED", "SELL MARKET FILLED" }, exchange.book())
    assert.are.equal(1, #report.trades)
  end)

  t.it("takes what a thin market sells, and sells the rest under another id", function()
    exchange.fault("POST /order", {})
    exchange.fault("POST /order", { fill = 0.25 })
    local report = play {}
    assert.same({ "BUY MARKET FILLED", "SELL MARKET EXPIRED", "SELL MARKET FILLED" }, exchange.book())
    assert.near(9.953, exchange.orders[2].done + exchange.orders[3].quantity, 0.0011)
    assert.are.equal(1, #report.trades)
  end)

  t.it("buys at market what of a touched limit order is open", function()
    local answer = exchange.answer
    function exchange.answer(r)
      local limit = exchange.orders[1]
      if limit and limit.status == "NEW" and r.now >= 1704067200000 + 20 * 60000 then exchange.fill(limit, 0.5) end
      return answer(r)
    end
    exchange.price = 99.01
    local report = play { fields = "price_open = 99.004", market = btk.market.flat(100, 20):ramp(99, 5):hold(60) }
    assert.same({ "BUY LIMIT CANCELED", "BUY MARKET FILLED", "SELL MARKET FILLED" }, exchange.book())
    assert.near(99.00, exchange.orders[1].price, 1e-9)     -- rounded down to the tick
    assert.near(10.101, exchange.orders[1].quantity, 1e-9) -- 1000 / 99, in lots
    assert.near(10.101, exchange.orders[1].done + exchange.orders[2].done, 0.001)
    assert.are.equal(1, #report.trades)
  end)

  t.it("keeps the orders of two strategies apart that give the same id in the same minute", function()
    local script = exchange.script('id = "breakout"')
    for _, name in ipairs { "s", "another" } do
      local report = t.run { script_text = (script:gsub('strategy_name = "s"', ('strategy_name = "%s"'):format(name))), mode = "live",
                             market = btk.market.flat(100.37, 90), http = exchange.answer, env = exchange.env }
      assert.are.equal(1, #report.trades)
    end
    assert.same({ "BUY MARKET FILLED", "SELL MARKET FILLED", "BUY MARKET FILLED", "SELL MARKET FILLED" }, exchange.book())
  end)

  t.it("guards a position with a stop at the exchange, which goes before the position does", function()
    local report = play { options = "protective_stop = true, stop_slip = 1", fields = "price_stop_loss = 90.567" }
    assert.same({ "BUY MARKET FILLED", "SELL STOP_LOSS_LIMIT CANCELED", "SELL MARKET FILLED" }, exchange.book())
    local stop = exchange.orders[2]
    assert.near(90.56, stop.stop, 1e-9)
    assert.near(89.65, stop.price, 1e-9)  -- 1 % below, rounded down to the tick
    assert.near(9.953, stop.quantity, 1e-9)
    assert.are.equal(1, #report.trades)
  end)

  t.it("closes in the books what the stop sold", function()
    local answer = exchange.answer
    function exchange.answer(r)
      local stop = exchange.orders[2]
      if stop and stop.status == "NEW" and r.now >= 1704067200000 + 20 * 60000 then exchange.fill(stop, 1) end
      return answer(r)
    end
    local report = play { options = "protective_stop = true" }
    assert.same({ "BUY MARKET FILLED", "SELL STOP_LOSS_LIMIT FILLED" }, exchange.book())
    assert.trade(report.trades[1], { close_reason = "stop_loss" })
  end)

  t.it("refuses what the exchange would refuse, without asking it", function()
    local report = play { fields = "cost = 3" }
    assert.are.equal(0, #exchange.orders)
    assert.matches("worth less than 5", report:events_of("order_reject")[1].message)
    report = play { fields = "position = 'short'" }
    assert.matches("only be long", report:events_of("order_reject")[1].message)
  end)

  t.it("says which variables to check when the keys will not do, and never shows them", function()
    local report = play { env = { BINANCE_API_KEY = "the-key", BINANCE_API_SECRET = "another secret" }, keep_errors = true }
    assert.are.equal(0, #exchange.orders)
    assert.are.equal(0, #report.trades)
    local text = btk.json.encode(report:events_of("alarm"), { lenient = true }) .. btk.json.encode(report.errors, { lenient = true })
    assert.matches("check BINANCE_API_KEY and BINANCE_API_SECRET", text)
    assert.is_nil(text:find("another secret", 1, true))
  end)
end)
