-- btk.cache, btk.interval and btk.cron: once per slot.
local btk, t = require "btk", require "btk.test"
local kit = require "kit"

t.describe("btk.cache", function()
  t.it("computes once per aligned slot", function()
    local spy = t.spy(function(n) return n end)
    local cached = btk.cache.fn(function(...) return spy(...) end, { interval = "15m" })
    kit.minutes(60, function(minute)
      local value = cached(minute)
      assert.is_true(value <= minute and value >= minute - minute % 15)
    end)
    assert.spy(spy).was.called(4)
  end)

  t.it("counts arguments by its key only", function()
    local plain, keyed = t.spy(function(a) return a end), t.spy(function(a) return a end)
    local one = btk.cache.fn(function(a) return plain(a) end, { interval = "1h" })
    local two = btk.cache.fn(function(a) return keyed(a) end, { interval = "1h", key = function(args) return args[1] end })
    kit.minutes(30, function()
      assert.are.equal(one("a"), one("b"))
      assert.are_not.equal(two("a"), two("b"))
    end)
    assert.spy(plain).was.called(1)
    assert.spy(keyed).was.called(2)
  end)

  t.it("forgets when told, and has nothing of a call that failed", function()
    local calls = 0
    local cached = btk.cache.fn(function()
      calls = calls + 1
      if calls == 1 then error("not yet") end
      return calls
    end, { interval = "1h" })
    kit.minutes(12, function(minute)
      if minute == 6 then
        assert.has_error(function() cached() end, "not yet")
        assert.is_false(cached.has_value())
        assert.are.equal(2, cached())
        assert.is_true(cached.has_value())
      elseif minute == 7 then
        assert.are.equal(2, cached())
        cached.clear()
        assert.are.equal(3, cached())
      end
    end)
    assert.are.equal(3, calls)
  end)

  t.it("names the nearest function of what it returned", function()
    local cached = btk.cache.fn(function() end, { interval = "1h" })
    assert.error_matches(function() cached.claer() end, "what btk.cache.fn returned has no function 'claer'; did you mean 'clear'")
  end)

  t.it("keeps values of files by symbol and slot", function()
    local calls = 0
    local kept = btk.cache.file(function(symbol, n) calls = calls + 1 return { symbol, n } end, { interval = "30m", name = "suite" })
    kit.minutes(60, function(minute)
      assert.are.equal("A", kept("A", minute)[1])
      assert.are.equal("B", kept("B", minute)[1])
    end)
    assert.are.equal(4, calls)
  end)
end)

t.describe("btk.interval", function()
  t.it("fires once per slot and first argument", function()
    local fired = {}
    local hourly = btk.interval.fn(function(name) return name end, { interval = "30m" })
    kit.minutes(60, function(minute)
      for _, name in ipairs { "a", "b" } do
        if hourly(name) then fired[#fired + 1] = name .. minute - minute % 30 end
      end
    end)
    assert.same({ "a0", "b0", "a30", "b30" }, fired)
  end)

  t.it("tries again when it had nothing to give", function()
    local calls = 0
    local fn = btk.interval.fn(function() calls = calls + 1 return calls == 3 or nil end, { interval = "1h" })
    kit.minutes(30, function() fn("x") end)
    assert.are.equal(3, calls)
  end)
end)

t.describe("btk.cron", function()
  t.it("fires a job once in every slot", function()
    local seen = {}
    btk.cron.register { name = "suite", interval = "15m", handler = function(info) seen[#seen + 1] = math.floor((info.when - 1704067200000) / 900000) end }
    kit.minutes(60, function() end)
    btk.cron.unregister("suite")
    kit.minutes(60, function() end)
    assert.same({ 0, 1, 2, 3 }, seen)
  end)

  t.it("fires for the named symbols only", function()
    local symbols = {}
    btk.cron.register { name = "named", interval = "15m", symbols = { "ETHUSDT" }, handler = function(info) symbols[#symbols + 1] = info.symbol end }
    kit.minutes(30, function() end)
    assert.are.equal(0, #symbols)
    kit.minutes(30, function() end, { symbol = "ETHUSDT" })
    btk.cron.unregister("named")
    assert.same({ "ETHUSDT", "ETHUSDT" }, symbols)
  end)

  t.it("reports a handler that fails and tries it again in the next minute of the slot", function()
    local calls = 0
    btk.cron.register { name = "fails", interval = "1h", handler = function()
      calls = calls + 1
      if calls < 3 then error("not now") end
    end }
    local report = kit.minutes(30, function() end, { keep_errors = true })
    btk.cron.unregister("fails")
    assert.are.equal(3, calls)
    assert.are.equal("not now", report.errors[1].message)
    assert.are.equal(2, report.errors[1].count)
  end)
end)
