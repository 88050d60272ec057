-- brokers/binance_futures.lua against a scripted exchange.
local btk, t = require "btk", require "btk.test"
local new_exchange = require "scripted_binance"

local exchange
local function play(given)
  return t.run { script_text = exchange.script('position = "short", ' .. (given.fields or ""), given.options), mode = "live",
                 market = btk.market.flat(100, 90), http = exchange.answer, env = exchange.env }
end

t.describe("Binance futures", function()
  t.before_each(function() exchange = new_exchange { market = "futures", price = 100 } end)

  t.it("opens a short and closes it with an order that can only make it smaller", function()
    local report = play {}
    assert.same({ "SELL MARKET FILLED", "BUY MARKET FILLED" }, exchange.book())
    assert.are.equal(10, exchange.orders[1].quantity)
    assert.are.equal(10, exchange.orders[2].quantity)
    assert.is_false(exchange.orders[1].reduces)
    assert.is_true(exchange.orders[2].reduces)
    assert.are.equal(1, #report.trades)
    assert.are.equal(1, exchange.leverage.BTCUSDT)
  end)

  t.it("sets the leverage first, and once", function()
    local report = play { options = "leverage = 7" }
    assert.are.equal(7, exchange.leverage.BTCUSDT)
    local set = {}
    for i, call in ipairs(report.http_calls) do
      if call.path == "/fapi/v1/leverage" then set[#set + 1] = i end
      if call.parameters.side == "SELL" then assert.below(i, set[1]) end
    end
    assert.are.equal(1, #set)
  end)

  t.it("opens nothing when the leverage is refused", function()
    exchange.fault("POST /leverage", { status = 400, body = { code = -4028, msg = "Leverage 200 is not valid" } })
    local report = play { options = "leverage = 200" }
    assert.are.equal(0, #exchange.orders)
    assert.matches("leverage 200: Leverage 200 is not valid", report:events_of("order_reject")[1].message)
  end)

  t.it("multiplies the cost", function()
    play { fields = "multiplier = 2.5" }
    assert.are.equal(25, exchange.orders[1].quantity)
    assert.are.equal(3, exchange.leverage.BTCUSDT)
  end)

  t.it("asks for an order whose answer was lost, also of the close", function()
    exchange.fault("POST /order", { lose_answer = true })
    exchange.fault("POST /order", { lose_answer = true })
    local report = play {}
    assert.same({ "SELL MARKET FILLED", "BUY MARKET FILLED" }, exchange.book())
    assert.are.equal(1, #report.trades)
  end)

  t.it("closes what is there when somebody else has closed a part", function()
    local answer = exchange.answer
    function exchange.answer(r)
      if r.parameters.reduceOnly == "true" and r.parameters.quantity == "10.000" then
        exchange.orders[1].done = 4 -- bought back by hand meanwhile
        return { status = 400, body = { code = -2022, msg = "ReduceOnly Order is rejected." } }
      end
      return answer(r)
    end
    local report = play {}
    assert.are.equal(4, exchange.orders[2].quantity)
    assert.are.equal(1, #report.trades)
  end)

  t.it("is refused a stop that is no multiple of the tick size", function()
    local function order(level)
      local parameters = { algoType = "CONDITIONAL", quantity = "1.000", triggerPrice = level, clientAlgoId = "x" .. level, side = "BUY", type = "STOP_MARKET", timestamp = "0", recvWindow = "5000" }
      local query = "timestamp=0"
      return exchange.answer { method = "POST", path = "/fapi/v1/algoOrder", parameters = parameters, now = 0, headers = { ["X-MBX-APIKEY"] = "the-key" },
                               query = query .. "&signature=" .. btk.crypto.hmac_sha256("the-secret", query) }
    end
    assert.includes(order("109.999").body, { msg = "Filter failure: PRICE_FILTER" })
    assert.are.equal("NEW", order("109.99").algoStatus)
  end)

  t.it("leaves a stop at the exchange that closes the short", function()
    play { options = "protective_stop = true", fields = "price_stop_loss = 109.999" }
    assert.same({ "SELL MARKET FILLED", "BUY STOP_MARKET CANCELED", "BUY MARKET FILLED" }, exchange.book())
    assert.near(109.99, exchange.orders[2].stop, 1e-9)
    assert.is_true(exchange.orders[2].reduces)
  end)

  t.it("asks for a stop whose answer was lost", function()
    exchange.fault("POST /algoOrder", { lose_answer = true })
    play { options = "protective_stop = true" }
    assert.same({ "SELL MARKET FILLED", "BUY STOP_MARKET CANCELED", "BUY MARKET FILLED" }, exchange.book())
  end)
end)
