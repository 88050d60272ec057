-- breakout_limit.lua: a limit order at the broken edge, dropped when it is late.
local btk, t = require "btk", require "btk.test"

-- Seven hours between 99 and 100, then a candle of 15 minutes that closes above.
local function range() return btk.market.flat(99.5, 400):spike(100):spike(99):hold(13):ramp(101, 15):hold(30) end

t.describe("breakout with a limit order", function()
  t.it("buys at the edge when the price comes back", function()
    local report = t.run { script = "../breakout_limit.lua", market = range():ramp(99.6, 20):ramp(103.5, 200) }
    local trade = report.trades[1]
    assert.trade(trade, { position = "long", close_reason = "take_profit" })
    assert.near(100 * 0.998, trade.signal.price_open, 0.01)
  end)

  t.it("drops the order when the price runs away", function()
    local report = t.run { script = "../breakout_limit.lua", market = range():ramp(104, 30):hold(60) }
    assert.are.equal(0, #report.trades)
    assert.are.equal("user", report.cancelled[1].reason)
  end)

  t.it("drops the order when nothing comes back in time", function()
    local report = t.run { script = "../breakout_limit.lua", market = range():hold(240) }
    assert.are.equal("timeout", report.cancelled[1].reason)
  end)
end)
