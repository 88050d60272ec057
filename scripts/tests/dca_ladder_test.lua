-- dca_ladder.lua: buys more on the way down, at most four times, and trails the stop in profit.
local btk, t = require "btk", require "btk.test"

local function rising() return btk.market.flat(100, 60):ramp(112, 3000) end

local function purchases(report)
  local n = 0
  for _, event in ipairs(report:events_of "commit") do
    if event.action == "average-buy" then n = n + 1 end
  end
  return n
end

t.describe("ladder", function()
  t.it("buys no more than three times again", function()
    local report = t.run { script = "../dca_ladder.lua", market = rising():ramp(107, 600):hold(60) }
    assert.is_true(#report.signals > 0)
    for _, trade in ipairs(report.trades) do assert.is_true(trade.signal.total_entries <= 4) end
    assert.above(0, purchases(report))
  end)

  t.it("brings the stop above the entry once it is in profit", function()
    local report = t.run { script = "../dca_ladder.lua", market = btk.market.flat(100, 60):ramp(103, 3000):ramp(108, 600):ramp(100, 300) }
    local trailed = 0
    for _, event in ipairs(report:events_of "commit") do
      if event.action == "trailing-stop" then trailed = trailed + 1 end
    end
    assert.above(0, trailed)
  end)

  t.it("stays out while the larger scale falls", function()
    local report = t.run { script = "../dca_ladder.lua", market = btk.market.flat(100, 60):ramp(80, 3600) }
    assert.are.equal(0, #report.signals)
  end)
end)
