-- btkhost test
local btk, t = require "btk", require "btk.test"

-- Falls for hours, so that the fast average lies below the slow one, then rises: one golden cross.
local function turning_market() return btk.market.flat(100, 10):ramp(95, 600):ramp(103, 240):hold(60) end

t.describe("strategy", function()
  t.it("buys once when the market turns", function()
    local report = t.run { script = "../strategy.lua", market = turning_market() }
    assert.are.equal(1, #report.trades)
    assert.trade(report.trades[1], { position = "long", close_reason = "take_profit", note = "golden cross" })
  end)

  t.it("stays out of a falling market", function()
    local report = t.run { script = "../strategy.lua", market = btk.market.flat(100, 10):ramp(80, 900) }
    assert.are.same({}, report.signals)
  end)

  t.it("buys nothing when the exchange refuses", function()
    local report = t.run { script = "../strategy.lua", market = turning_market(), broker = t.rejected "not enough money" }
    assert.are.same({}, report.trades)
  end)
end)
