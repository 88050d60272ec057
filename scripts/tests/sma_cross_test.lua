-- sma_cross.lua: one entry when the fast average rises through the slow one.
local btk, t = require "btk", require "btk.test"

-- Falls slowly for hours, so that the fast average lies below the slow one, then rises.
local function turning_market()
  return btk.market.flat(100, 10):ramp(95, 600):ramp(103, 240):hold(60)
end

t.describe("sma cross", function()
  t.it("buys when the market turns upwards", function()
    local report = t.run { script = "../sma_cross.lua", market = turning_market() }
    assert.are.equal(1, #report.trades)
    assert.trade(report.trades[1], { position = "long", close_reason = "take_profit", note = "golden cross" })
    assert.is_true(report.trades[1].pnl.pnl_percentage > 1)
  end)

  t.it("stays out of a market that only falls", function()
    local report = t.run { script = "../sma_cross.lua", market = btk.market.flat(100, 10):ramp(80, 900) }
    assert.are.equal(0, #report.signals)
  end)

  t.it("waits until there are candles enough for the slow average", function()
    local report = t.run { script = "../sma_cross.lua", market = btk.market.flat(100, 120) }
    assert.are.equal(0, #report.signals)
    assert.is_true(report.warmup_ticks > 0)
  end)

  t.it("loses one percent and costs when the rise was false", function()
    local market = btk.market.flat(100, 10):ramp(95, 600):ramp(97, 120):ramp(90, 240)
    local report = t.run { script = "../sma_cross.lua", market = market }
    assert.trade(report.trades[1], { close_reason = "stop_loss" })
    assert.below(-1, report.trades[1].pnl.pnl_percentage)
    assert.above(-2, report.trades[1].pnl.pnl_percentage)
  end)

  t.it("decides the same twice", function()
    local first = t.run { script = "../sma_cross.lua", market = turning_market() }
    local second = t.run { script = "../sma_cross.lua", market = turning_market() }
    assert.are.equal(first.run_hash, second.run_hash)
    assert.are.same(first.decisions, second.decisions)
  end)
end)
