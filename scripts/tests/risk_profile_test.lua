-- risk_profile.lua: two positions at once over all symbols, none at night.
local btk, t = require "btk", require "btk.test"

-- Rises from six in the morning (or another hour) on.
local function rising_from(hour)
  return btk.market.flat(100, 600):ramp(103, 180):hold(30):start("2024-05-01"):start(btk.date.parse "2024-05-01" + (hour - 10) * 3600000)
end

t.describe("risk profiles", function()
  t.it("let two of three symbols in", function()
    local market = rising_from(12)
    local report = t.run {
      script = "../risk_profile.lua", symbols = { "AAA", "BBB", "CCC" },
      market = { AAA = market, BBB = market, CCC = market },
    }
    assert.are.equal(3, #report.runs)
    local held, notes = 0, {}
    for _, run in ipairs(report.runs) do
      if #run.signals > 0 then held = held + 1 end
      for _, event in ipairs(run:events_of "risk_rejection") do notes[event.rejection_note] = true end
    end
    assert.are.equal(2, held)
    assert.is_true(notes["already holding AAA, BBB"])
  end)

  t.it("refuse new positions at night", function()
    local report = t.run { script = "../risk_profile.lua", market = rising_from(23) }
    assert.are.equal(0, #report.signals)
    assert.are.equal("no new positions at night", report:events_of("risk_rejection")[1].rejection_note)
  end)
end)
