-- multi_timeframe.lua: with the trend of the hours, on a dip of the minutes.
local btk, t = require "btk", require "btk.test"

local function with_trend(to) return btk.market.flat(100, 60):ramp(to, 3600) end

t.describe("several timeframes", function()
  t.it("buys the dip of a rising market", function()
    local report = t.run { script = "../multi_timeframe.lua", market = with_trend(120):ramp(118, 60):ramp(126, 600) }
    assert.are.equal("long", report.trades[1].signal.position)
    assert.matches("^stop", report.trades[1].signal.note)
  end)

  t.it("sells the bounce of a falling market", function()
    local report = t.run { script = "../multi_timeframe.lua", market = with_trend(85):ramp(86.5, 60):ramp(80, 600) }
    assert.are.equal("short", report.trades[1].signal.position)
  end)

  t.it("keeps its stop within what it promises", function()
    local report = t.run { script = "../multi_timeframe.lua", market = with_trend(120):ramp(118, 60):ramp(126, 600) }
    local signal = report.trades[1].signal
    local away = 1 - signal.original_price_stop_loss / signal.original_price_open
    assert.above(0.0055, away)
    assert.below(0.0505, away)
  end)
end)
