-- What needs no run: btk.json, date, math, crypto, position_size, helpers, and spot checks of btk.ta against numbers made by hand.
local btk, t = require "btk", require "btk.test"

t.describe("btk.json", function()
  t.it("writes the same text every time, and reads it back", function()
    local value = { b = { 1, 2.5, "x\n" }, a = true, c = btk.json.array() }
    assert.are.equal('{"a":true,"b":[1,2.5,"x\\n"],"c":[]}', btk.json.encode(value))
    assert.same(value, btk.json.decode(btk.json.encode(value)))
    assert.error_matches(function() btk.json.decode("{") end, "1:2")
  end)
end)

t.describe("btk.date and btk.math", function()
  t.it("dates are UTC milliseconds", function()
    assert.are.equal(1704067200000, btk.date.parse("2024-01-01"))
    assert.matches("2024%-01%-01", btk.date.format(1704067200000))
  end)
  t.it("numbers are rounded from their exact value", function()
    assert.are.equal(2.68, btk.math.round(2.675000001, 2))
    assert.are.equal(2, btk.math.mean { 1, 2, 3 })
  end)
end)

t.describe("btk.crypto", function()
  t.it("hashes and signs as the standards say", function()
    assert.are.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", btk.crypto.sha256("abc"))
    -- RFC 4231, test case 2.
    assert.are.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", btk.crypto.hmac_sha256("Jefe", "what do ya want for nothing?"))
    assert.are.equal("any bytes", btk.crypto.base64_decode(btk.crypto.base64_encode("any bytes")))
  end)
end)

t.describe("btk.position_size", function()
  t.it("risks the percentage that the sizing says", function()
    btk.add_sizing { sizing_name = "one percent", method = "fixed-percentage", risk_percentage = 1 }
    -- 1 % of 10000 is 100; the stop is 10 below: 10 coins.
    assert.are.equal(10, btk.position_size.fixed_percentage("BTCUSDT", 10000, 100, 90, { sizing_name = "one percent" }))
  end)
end)

t.describe("btk.ta", function()
  t.it("averages", function()
    assert.are.equal(4, btk.ta.sma({ 1, 2, 3, 4, 5 }, 3))
    -- weights 1, 2, 3
    assert.near((3 * 1 + 4 * 2 + 5 * 3) / 6, btk.ta.wma({ 1, 2, 3, 4, 5 }, 3), 1e-12)
    -- begins with the average of the first three, then 1/2 of every distance
    assert.are.equal(4, btk.ta.ema({ 1, 2, 3, 4, 5 }, 3))
  end)
  t.it("RSI is 100 when all moves are up, 0 when all are down", function()
    local up, down = {}, {}
    for i = 1, 30 do up[i], down[i] = 100 + i, 100 - i end
    assert.are.equal(100, btk.ta.rsi(up, 14))
    assert.are.equal(0, btk.ta.rsi(down, 14))
  end)
  t.it("the range of equal candles is their height", function()
    assert.near(2, btk.ta.atr((function()
      local list = {}
      for i = 1, 40 do list[i] = { timestamp = i * 60000, open = 100, high = 101, low = 99, close = 100, volume = 1 } end
      return list
    end)(), 14), 1e-12)
  end)
  t.it("says what is missing", function()
    assert.error_matches(function() btk.ta.sma({ 1, 2 }, 3) end, "ta.sma needs 3 values, got 2")
  end)
  t.it("a series reads what the list gives", function()
    local fast = btk.series("1m"):sma(3)
    local seen = 0
    t.run { market = btk.market.flat(100, 10):ramp(110, 20):noise(3, 1), strategy = { interval = "1m", get_signal = function(symbol)
      assert.are.equal(btk.ta.sma(btk.get_candles(symbol, "1m", 3), 3), fast[0])
      seen = seen + 1
    end } }
    assert.above(10, seen)
  end)
end)
