-- live_sma.lua without the exchange: the strategy on drawn candles, on paper and against a broker that refuses.
local btk, t = require "btk", require "btk.test"

local function turning_market() return btk.market.flat(100, 10):ramp(95, 600):ramp(103, 240):hold(60) end

t.describe("live SMA", function()
  t.it("trades on paper as in a back-test", function()
    local back = t.run { script = "../live_sma.lua", market = turning_market() }
    local paper = t.run { script = "../live_sma.lua", market = turning_market(), mode = "paper" }
    assert.are.equal(1, #back.trades)
    assert.are.equal(#back.trades, #paper.trades)
    assert.are.equal(back.trades[1].close_timestamp, paper.trades[1].close_timestamp)
  end)

  t.it("takes the price at which the broker bought", function()
    local report = t.run { script = "../live_sma.lua", market = turning_market(), broker = { { price = 96.5, quantity = 0.5 } } }
    assert.are.equal("on_order_open_commit", report.broker_calls[1].hook)
    assert.near(96.5, report.trades[1].signal.price_open, 1)
  end)

  t.it("has no position when the exchange refuses", function()
    local report = t.run { script = "../live_sma.lua", market = turning_market(), broker = t.rejected "no money" }
    assert.are.equal(0, #report.trades)
    assert.are.equal("no money", report:events_of("order_reject")[1].message)
  end)

  t.it("asks again when nobody knows", function()
    local report = t.run { script = "../live_sma.lua", market = turning_market(), broker = { t.unknown(), true } }
    assert.are.equal(report.broker_calls[1].signal_id, report.broker_calls[2].signal_id)
    assert.are.equal(1, #report.trades)
  end)
end)
