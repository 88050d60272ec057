-- rsi_reversion.lua: buys what fell too fast, sells what rose too fast, sells half on the way.
local btk, t = require "btk", require "btk.test"

local function after(price) return btk.market.flat(100, 600):noise(3, 0.1):ramp(price, 240) end

local function first(report) return report.trades[1] and report.trades[1].signal end

t.describe("RSI reversion", function()
  t.it("buys after a fall", function()
    local report = t.run { script = "../rsi_reversion.lua", market = after(92):ramp(97, 300):hold(60) }
    assert.are.equal("long", first(report).position)
    assert.matches("^RSI", first(report).note)
  end)

  t.it("sells after a rise", function()
    local report = t.run { script = "../rsi_reversion.lua", market = after(108):ramp(103, 300):hold(60) }
    assert.are.equal("short", first(report).position)
  end)

  t.it("takes half of the profit at 60 % of the way", function()
    local report = t.run { script = "../rsi_reversion.lua", market = after(92):ramp(97, 300):hold(60) }
    local found = false
    for _, event in ipairs(report:events_of "commit") do
      if event.action == "partial-profit" then
        found = true
        assert.are.equal(50, event.percent_to_close)
      end
    end
    assert.is_true(found)
  end)

  t.it("pulls the stop to the entry once the costs are earned", function()
    local report = t.run { script = "../rsi_reversion.lua", market = after(92):ramp(97, 300):hold(60) }
    local found
    for _, event in ipairs(report:events_of "commit") do found = found or event.action == "breakeven" and event end
    assert.is_truthy(found)
    assert.are.equal(first(report).price_open, first(report).price_stop_loss)
  end)

  t.it("leaves a quiet market alone", function()
    local report = t.run { script = "../rsi_reversion.lua", market = btk.market.flat(100, 900):noise(5, 0.05) }
    for _, row in ipairs(report.trades) do assert.is_not_nil(row.pnl) end
    assert.are.same({}, report:events_of "refusal")
  end)
end)
