-- scale_out.lua: thirds on the way to the target, half of a loser.
local btk, t = require "btk", require "btk.test"

local function above_the_band() return btk.market.flat(100, 1500):noise(4, 0.1):ramp(102, 20) end

local function sold(report, action)
  local out = {}
  for _, event in ipairs(report:events_of "commit") do
    if event.action == action then out[#out + 1] = event.percent_to_close end
  end
  return out
end

t.describe("scaling out", function()
  t.it("sells a third, then half of the rest, and breaks even", function()
    local report = t.run { script = "../scale_out.lua", market = above_the_band():hold(10):ramp(106, 200) }
    local parts = sold(report, "partial-profit")
    assert.are.same({ 33, 50 }, { parts[1], parts[2] })
    local at_entry = false
    for _, event in ipairs(report:events_of "commit") do at_entry = at_entry or event.action == "breakeven" end
    assert.is_true(at_entry)
    assert.trade(report.trades[1], { position = "long", close_reason = "take_profit" })
  end)

  t.it("cuts half of a loser at 80 % of the way", function()
    local report = t.run { script = "../scale_out.lua", market = above_the_band():hold(10):ramp(99, 200) }
    assert.are.equal(50, sold(report, "partial-loss")[1])
  end)
end)
