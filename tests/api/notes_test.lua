-- btk.memory, btk.state, btk.session and btk.kv: what a script keeps.
local btk, t = require "btk", require "btk.test"
local kit = require "kit"

t.describe("btk.memory", function()
  -- The figures of the reference for these four notes.
  local function fill()
    local function note(id, text) btk.memory.write_memory { signal_id = "s", bucket_name = "b", memory_id = id, value = { id = id }, description = text } end
    note("m1", "BTC breakout above resistance, volume high")
    note("m2", "ETH range; low volume")
    note("m3", "Пробой уровня BTC/USDT")
    btk.memory.write_memory { signal_id = "s", bucket_name = "b", memory_id = "m4", value = {}, description = "btc btc btc future note", when = 4e12 }
  end
  local function search(query)
    local out = {}
    for i, hit in ipairs(btk.memory.search_memory { signal_id = "s", bucket_name = "b", query = query }) do out[i] = { hit.memory_id, hit.score } end
    return out
  end

  t.it("ranks by BM25 with parts of words, and shows nothing from the future", function()
    kit.one_minute(function()
      fill()
      assert.same({ { "m2", 0.7461641037189214 }, { "m1", 0.6197551261477159 } }, search("volume"))
      assert.same(search("volume"), search("vol"))
      assert.same({ { "m1", 0.9386644877870531 }, { "m2", 0.7461641037189214 } }, search("BTC volume"))
      assert.same({ { "m3", 0.7679120606046363 }, { "m1", 0.6378187232786745 } }, search("btc btc"))
      assert.same({}, search("btc"))
      assert.same({ { "m3", 1.296061375761631 } }, search("уров"))
      assert.are.equal(3, #btk.memory.list_memory { signal_id = "s", bucket_name = "b" })
      assert.error_matches(function() btk.memory.read_memory { signal_id = "s", bucket_name = "b", memory_id = "m4" } end, "value not found")
      btk.memory.remove_memory { signal_id = "s", bucket_name = "b", memory_id = "m2" }
      assert.are.equal(2, #btk.memory.list_memory { signal_id = "s", bucket_name = "b" })
    end)
  end)

  t.it("belongs to the signal that is held", function()
    local pings = t.spy()
    kit.minutes(20, function(minute, _, price)
      if minute == 6 then
        assert.error_matches(function() btk.write_memory { bucket_name = "b", memory_id = "i", value = 1 } end, "requires a pending or scheduled signal")
        return kit.long(price, 8)
      end
    end, { callbacks = { on_active_ping = function()
      btk.write_memory { bucket_name = "b", memory_id = "i", value = { 1, 2 } }
      assert.same({ 1, 2 }, btk.read_memory { bucket_name = "b", memory_id = "i" })
      pings()
    end } }, 6)
    assert.spy(pings).was.called()
  end)
end)

t.describe("btk.state and btk.session", function()
  t.it("a state begins anew with every signal, session data outlives them", function()
    local get, set = btk.create_signal_state { bucket_name = "tries", initial_value = 0 }
    local highest, pings = 0, 0
    local report = kit.minutes(60, function(_, _, price) return kit.long(price, 9) end, { callbacks = { on_active_ping = function(symbol)
      assert.are.equal(get(symbol) + 1, set(symbol, function(n) return n + 1 end))
      highest, pings = math.max(highest, get(symbol)), pings + 1
      btk.set_session_data(symbol, { pings = pings })
      assert.same({ pings = pings }, btk.get_session_data(symbol))
    end } })
    assert.above(2, #report.trades)
    assert.above(highest, pings)
  end)

  t.it("what was set later is not seen", function()
    kit.one_minute(function(symbol)
      local place = { signal_id = "s", bucket_name = "b", initial_value = "first" }
      btk.session.set_data(symbol, 1)
      btk.state.set_state("second", place)
      local before = btk.get_timestamp() - 60000
      assert.is_nil(btk.session.get_data(symbol, nil, nil, before))
      assert.are.equal(1, btk.session.get_data(symbol))
      place.when = before
      assert.are.equal("first", btk.state.get_state(place))
      place.when = nil
      assert.are.equal("second", btk.state.get_state(place))
    end)
  end)

  t.it("nothing of a back-test is left for the next", function()
    local script = [[
      local btk = require "btk"
      local first = true
      btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol)
        if first and btk.get_session_data(symbol) ~= nil then error("something is left") end
        first = false
        btk.set_session_data(symbol, 1)
      end }
    ]]
    for _ = 1, 2 do t.run { script_text = script, market = btk.market.flat(100, 8) } end
  end)
end)

t.describe("btk.kv", function()
  t.it("keeps JSON values under names, in order", function()
    kit.one_minute(function()
      local box = btk.kv.open("box")
      box:set("b", { 1, { deep = true } })
      box:set("a", false)
      assert.same({ 1, { deep = true } }, box:get("b"))
      assert.is_false(box:get("a", "default"))
      assert.are.equal("default", box:get("c", "default"))
      assert.same({ "b", "a" }, box:keys())
      assert.are.equal(1, box:update("n", function(n) return (n or 0) + 1 end))
      assert.are.equal(2, box:update("n", function(n) return (n or 0) + 1 end))
      box:delete("b")
      assert.is_false(box:has("b"))
      assert.is_false(btk.kv.has("a")) -- another store
      local value = box:get("n")
      assert.are.equal(2, value)
      assert.has_error(function() box:set("f", function() end) end)
    end)
  end)

  t.it("keeps numbers as keys, also of tables that are no list", function()
    local levels = { [61000] = "support", [0.1] = { [-3] = true, x = {} }, list = { 1, { [7] = 7 } }, ["#5"] = "text", ["##"] = 1, holes = { 1, nil, 3 } }
    local fn = btk.cache.file(function() return levels end, { interval = "1h", name = "levels" })
    kit.one_minute(function()
      local get = { signal_id = "levels", bucket_name = "b", initial_value = levels }
      btk.kv.set("levels", levels)
      assert.same(levels, btk.kv.get("levels"))
      assert.same(levels, btk.kv.update("levels", function(now) return now end))
      assert.same(levels, btk.kv.get("levels"))
      assert.same(levels, btk.state.get_state(get))
      assert.same(levels, btk.state.set_state(levels, get))
      assert.same(levels, btk.state.get_state(get))
      assert.same(levels, fn("A"))
      assert.same(levels, fn("A"))
      local both = { [1] = "number", ["1"] = "text" }
      btk.kv.set("both", both)
      assert.same(both, btk.kv.get("both"))
      local cycle = { [5] = {} }
      cycle[5].a, cycle[5].b = cycle, cycle
      assert.error_matches(function() btk.kv.set("cycle", cycle) end, "contains itself")
    end)
  end)

  t.it("names the nearest of its functions, and takes a colon everywhere", function()
    kit.one_minute(function()
      btk.kv:set("a", 1)
      assert.are.equal(1, btk.kv:get("a"))
      assert.error_matches(function() return btk.kv.open("box").gte end, 'the store "box" has no function \'gte\'; did you mean \'get\'')
    end)
  end)

  t.it("gives copies", function()
    kit.one_minute(function()
      local value = { list = { 1 } }
      btk.kv.set("v", value)
      value.list[1] = 2
      local seen = btk.kv.get("v")
      assert.are.equal(1, seen.list[1])
      seen.list[1] = 3
      assert.are.equal(1, btk.kv.get("v").list[1])
    end)
  end)
end)
