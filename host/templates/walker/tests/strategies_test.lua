-- btkhost test
local btk, t = require "btk", require "btk.test"

t.describe("trend", function()
  t.it("buys in a rising market", function()
    local report = t.run { script = "../trend.lua", market = btk.market.flat(100, 60):ramp(110, 1500) }
    assert.above(0, #report.trades)
    assert.trade(report.trades[1], { position = "long", close_reason = "take_profit" })
  end)
end)

t.describe("reversion", function()
  t.it("buys after a fall", function()
    local report = t.run { script = "../reversion.lua", market = btk.market.flat(100, 600):noise(3, 0.1):ramp(94, 240):ramp(98, 300) }
    assert.above(0, #report.signals)
  end)

  t.it("leaves a rising market alone", function()
    local report = t.run { script = "../reversion.lua", market = btk.market.flat(100, 60):ramp(110, 1500) }
    assert.are.same({}, report.signals)
  end)
end)
