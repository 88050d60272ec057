-- btk.storage, recent, notification, dump, log, lookup, reflect, system: what a script can ask about the past and the present.
local btk, t = require "btk", require "btk.test"
local kit = require "kit"

-- A long from minute 6 on that lasts ten minutes; `later` is called at minute 30.
local function one_signal(later, fields)
  local report = kit.minutes(40, function(minute, symbol, price)
    if minute == 6 then return kit.long(price, 10) end
    if minute == 30 then later(symbol, price) end
  end, fields, 30)
  assert.are.equal(1, #report.trades)
  return report
end

t.describe("records", function()
  t.it("storage has a row per signal", function()
    local off = btk.storage.enable()
    one_signal(function()
      local rows = btk.storage.list_signal_backtest()
      assert.are.equal(1, #rows)
      assert.includes(rows[1], { status = "closed", close_reason = "time_expired", position = "long" })
      assert.are.equal(rows[1].id, btk.storage.find_signal_by_id(rows[1].id).id)
      assert.error_matches(function() btk.storage.find_signal_by_id("nobody") end, "Storage signal with id nobody not found")
      assert.are.equal(0, #btk.storage.list_signal_live())
    end)
    off()
    assert.error_matches(function() btk.storage.list_signal_live() end, "btk.storage is not enabled")
  end)

  t.it("recent knows the last signal and its age", function()
    local off = btk.recent.enable()
    one_signal(function(symbol)
      assert.are.equal("long", btk.get_latest_signal(symbol).position)
      assert.are.equal(24, btk.get_minutes_since_latest_signal_created(symbol))
      assert.is_false(btk.recent.has_no_latest_signal(symbol))
      assert.is_true(btk.recent.has_no_latest_signal("OTHER"))
    end)
    off()
  end)

  t.it("notification lists what happened, newest first", function()
    local off = btk.notification.enable { signal = true }
    one_signal(function()
      local kinds = {}
      for i, one in ipairs(btk.notification.get_data()) do kinds[i] = one.type end
      assert.same({ "signal.closed", "signal.opened" }, kinds)
      btk.notification.dispose()
      assert.are.equal(0, #btk.notification.get_data())
    end)
    off()
  end)

  t.it("dump writes notes for btk.memory when told", function()
    local off = btk.dump.enable()
    btk.dump.use_memory()
    one_signal(function()
      btk.dump.dump_record({ rsi = 28 }, { signal_id = "s", bucket_name = "b", dump_id = "why", description = "oversold market" })
      local hits = btk.memory.search_memory { signal_id = "s", bucket_name = "b", query = "oversold", settings = { BM25_K1 = 1.5, BM25_B = 0.75, BM25_SCORE = 0 } }
      assert.same({ rsi = 28 }, hits[1].content)
    end)
    btk.dump.use_dummy()
    btk.dump.use_markdown()
    off()
  end)

  t.it("log remembers its lines and hands them on", function()
    btk.log.use_memory()
    btk.log.info("topic", 1, "two")
    local list = btk.log.get_list()
    assert.includes(list[#list], { type = "info", topic = "topic" })
    local heard = t.spy()
    btk.log.use_logger { warn = function(...) heard(...) end }
    btk.log.warn("careful", 7)
    btk.log.info("nobody listens")
    btk.log.use_memory()
    assert.spy(heard).was.called(1)
    assert.spy(heard).was.called_with("careful", 7)
  end)

  t.it("reflect answers about the position, and raises where there is none", function()
    local pings = t.spy()
    one_signal(function(symbol)
      local names = btk.get_context()
      assert.error_matches(function() btk.reflect.get_position_pnl_percent(symbol, 100, names, true) end, "no pending signal")
    end, { callbacks = { on_active_ping = function(symbol)
      local names = btk.get_context()
      assert.near(btk.get_position_pnl_percent(symbol), btk.reflect.get_position_pnl_percent(symbol, 100, names, true), 1e-9)
      assert.is_true(btk.reflect.get_position_active_minutes(symbol, names, true) >= 0)
      pings()
    end } })
    assert.spy(pings).was.called()
  end)

  t.it("lookup lists the run under way, and what a script adds", function()
    one_signal(function(symbol)
      assert.are.equal(1, #btk.lookup.list_activity())
      assert.is_false(btk.lookup.is_parallel)
      local other = { symbol = "OTHER", context = btk.get_context(), backtest = true }
      btk.lookup.add_activity(other)
      assert.is_true(btk.lookup.is_parallel)
      btk.lookup.remove_activity(other)
      assert.are.equal(symbol, btk.lookup.list_activity()[1].symbol)
    end)
  end)

  t.it("system puts listeners aside for a while", function()
    local heard = t.spy()
    local off = btk.listen_signal(function() heard() end)
    local restore = btk.system.create_snapshot()
    one_signal(function() end)
    assert.spy(heard).was.called(0)
    restore()
    one_signal(function() end)
    assert.spy(heard).was.called()
    off()
  end)
end)

t.describe("kept somewhere else", function()
  -- A store of the test's own, and what came into it.
  local function adapter()
    local spaces, order = {}, {}
    return { spaces = spaces, get = function(space, key) return spaces[space] and spaces[space][key] end,
      set = function(space, key, value)
        spaces[space], order[space] = spaces[space] or {}, order[space] or {}
        if spaces[space][key] == nil and value ~= nil then table.insert(order[space], key) end
        spaces[space][key] = value
      end,
      keys = function(space)
        local out = {}
        for _, key in ipairs(order[space] or {}) do
          if spaces[space][key] ~= nil then out[#out + 1] = key end
        end
        return out
      end }
  end
  local function functions(own) return { get = own.get, set = own.set, keys = own.keys } end

  t.it("in memory it is the same within a run", function()
    local off = btk.storage.enable()
    btk.storage.use_memory()
    btk.session.use_local()
    one_signal(function(symbol)
      assert.are.equal("closed", btk.storage.list_signal_backtest()[1].status)
      btk.set_session_data(symbol, 5)
      assert.are.equal(5, btk.get_session_data(symbol))
    end)
    btk.storage.use_persist()
    btk.session.use_persist()
    off()
  end)

  t.it("nowhere nothing comes back", function()
    btk.session.use_dummy()
    btk.state.use_dummy()
    btk.memory.use_dummy()
    one_signal(function(symbol)
      btk.set_session_data(symbol, 5)
      assert.is_nil(btk.get_session_data(symbol))
      btk.state.set_state(1, { signal_id = "s", bucket_name = "b", initial_value = 7 })
      assert.are.equal(7, btk.state.get_state { signal_id = "s", bucket_name = "b", initial_value = 7 })
      btk.memory.write_memory { signal_id = "s", bucket_name = "b", memory_id = "m", value = 1, description = "words" }
      assert.are.equal(0, #btk.memory.list_memory { signal_id = "s", bucket_name = "b" })
      assert.has_error(function() btk.set_session_data(symbol, function() end) end)
    end)
    btk.session.use_persist()
    btk.state.use_persist()
    btk.memory.use_persist()
  end)

  t.it("functions of the script keep copies", function()
    local own = adapter()
    btk.memory.use_memory_adapter(functions(own))
    btk.storage.use_storage_adapter(functions(own))
    local off = btk.storage.enable()
    one_signal(function()
      local value = { 1 }
      btk.memory.write_memory { signal_id = "s", bucket_name = "b", memory_id = "m", value = value, description = "words of a note" }
      value[1] = 2
      assert.same({ 1 }, btk.memory.search_memory { signal_id = "s", bucket_name = "b", query = "words",
        settings = { BM25_K1 = 1.5, BM25_B = 0.75, BM25_SCORE = 0 } }[1].content)
      btk.memory.dispose("s", "b")
      assert.are.equal(0, #btk.memory.list_memory { signal_id = "s", bucket_name = "b" })
      assert.are.equal("closed", btk.storage.list_signal_backtest()[1].status)
    end)
    local spaces = 0
    for _ in pairs(own.spaces) do spaces = spaces + 1 end
    assert.are.equal(2, spaces)
    off()
    btk.memory.use_persist()
    btk.storage.use_persist()
  end)

  t.it("records and dumps go to functions of the script", function()
    local records, dumps = {}, {}
    btk.notification.use_notification_adapter { add = function(record) records[#records + 1] = record.type end }
    btk.dump.use_dump_adapter { dump = function(value, kind, names, text) dumps[#dumps + 1] = { value, kind, names.dump_id, text:match("^# [^\n]*") } end }
    local off, done = btk.notification.enable { signal = true }, btk.dump.enable()
    one_signal(function()
      assert.are.equal(0, #btk.notification.get_data())
      btk.dump.dump_record({ a = 1 }, { signal_id = "s", bucket_name = "b", dump_id = "why", description = "d" })
    end)
    off()
    done()
    btk.notification.use_memory()
    btk.dump.use_markdown()
    assert.same({ "signal.opened", "signal.closed" }, records)
    assert.same({ { { a = 1 }, "record", "why", "# Record Dump - why" } }, dumps)
  end)

  t.it("records of the store are the last ones, newest first", function()
    btk.notification.use_persist()
    local off = btk.notification.enable { signal = true }
    kit.minutes(60, function(minute, _, price)
      if minute < 50 then return kit.long(price, 1) end
      local list = btk.notification.get_data()
      assert.are.equal(5, #list)
      assert.are.equal("signal.closed", list[1].type)
      assert.are.equal("signal.opened", list[2].type)
      assert.is_true(list[5].timestamp < list[1].timestamp)
      assert.are.equal("BTCUSDT", list[1].symbol)
      assert.above(0, #btk.notification.get_data(true))
      assert.are.equal(0, #btk.notification.get_data(false))
      if minute < 58 then return end
      btk.notification.dispose()
      assert.are.equal(0, #btk.notification.get_data())
    end, { to = "2024-01-01T00:58:00Z", settings = { CC_MAX_NOTIFICATIONS = 5 } }, 58)
    off()
    btk.notification.use_memory()
  end)

  t.it("a logger hears what the script says", function()
    local heard = {}
    btk.set_logger { info = function(topic, ...) heard[#heard + 1] = { topic, ... } end }
    btk.log.info("hello", 1)
    btk.log.use_memory()
    assert.same({ { "hello", 1 } }, heard)
  end)

  t.it("a mistake is told", function()
    assert.error_matches(function() btk.state.use_state_adapter { get = function() end } end, "state.use_state_adapter: keys is missing")
    assert.error_matches(function() btk.storage.use_sotrage_adapter {} end, "use_storage_adapter")
  end)
end)

t.describe("btk.graph", function()
  local g = btk.graph
  t.it("computes each node once", function()
    local calls = 0
    local base = g.source_node(function() calls = calls + 1 return 3 end)
    local double = g.output_node(function(v) return v[1] * 2 end, base)
    local sum = g.output_node(function(v) return v[1] + v[2] end, base, double)
    kit.one_minute(function()
      assert.are.equal(9, g.resolve(sum))
      assert.are.equal(1, calls)
    end)
    assert.are.equal(3, #g.deep_flat { sum })
    local again = g.deserialize(g.serialize { sum })
    assert.are.equal(3, #g.deep_flat(again))
  end)
end)
