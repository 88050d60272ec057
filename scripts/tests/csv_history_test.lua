-- csv_history.lua: its strategy on drawn candles (the files it reads are the user's own).
local btk, t = require "btk", require "btk.test"

t.describe("history from files", function()
  t.it("follows a rising average", function()
    local report = t.run { script = "../csv_history.lua", market = btk.market.flat(100, 60):ramp(110, 2400) }
    assert.above(0, #report.trades)
    assert.are.equal("take_profit", report.trades[1].close_reason)
  end)

  t.it("says that there are no files, where there are none", function()
    local report = t.run { script = "../csv_history.lua", from = "2023-06-01", to = "2023-06-01", keep_errors = true }
    assert.is_string(report.failure)
  end)
end)
