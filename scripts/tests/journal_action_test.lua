-- journal_action.lua: the handler hears of everything and changes nothing.
local btk, t = require "btk", require "btk.test"

t.describe("journal", function()
  t.it("runs beside the strategy without an error", function()
    local market = btk.market.flat(60, 600):noise(2, 0.1):ramp(58, 200):ramp(60.5, 300):hold(60)
    local report = t.run { script = "../journal_action.lua", market = market }
    assert.are.same({}, report.errors)
    assert.above(0, #report.signals)
  end)
end)
