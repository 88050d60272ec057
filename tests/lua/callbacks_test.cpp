// Callbacks, listeners and action handlers: when they are called, with what, in
// which order, and that their errors change no trade.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

/// One long at 00:00 that takes its profit on the way up.
ScriptBench& rising(ScriptBench& bench) {
  bench.prices = ramp(0, 60, 3);
  return bench;
}

const std::string kOne = R"(
    local function one(_, _, price) if os.date("%H:%M") == "00:00" then return long(price) end end
    local function row(s) return s and s.id and "row" or tostring(s) end
    local function clock(t) return os.date("%H:%M", t / 1000) end)";

}  // namespace

TEST_CASE("Strategy callbacks get their arguments in the documented order", "[script]") {
  ScriptBench bench;
  const auto out = rising(bench).run(kOne + R"(
    local seen = {}
    local function say(name) return function(...)
      if seen[name] then return end
      seen[name] = true
      local shown = { name }
      for i = 1, select("#", ...) do
        local v = select(i, ...)
        if type(v) == "table" then v = v.action or row(v) end
        if type(v) == "number" and v > 1e9 then v = clock(v) end
        if type(v) == "number" then v = ("%.2f"):format(v) end
        shown[#shown + 1] = tostring(v)
      end
      print(table.concat(shown, " "))
    end end
    local callbacks = {}
    for _, name in ipairs { "on_tick", "on_open", "on_close", "on_write", "on_partial_profit", "on_partial_loss", "on_breakeven",
                            "on_active_ping", "on_idle", "on_active" } do callbacks[name] = say(name) end
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one, callbacks = callbacks })");
  CHECK(out.problem == "");
  CHECK(out.errors().empty());
  CHECK(out.lines == std::vector<std::string>{
                         "on_write BTCUSDT row 100.00 00:00 true",
                         "on_open BTCUSDT row 100.00 00:00 true",
                         "on_tick BTCUSDT opened 100.00 00:00 true",
                         "on_active_ping BTCUSDT row 100.00 00:00 true",
                         "on_partial_profit BTCUSDT row 0.15 100.00 00:00 true",
                         "on_breakeven BTCUSDT row 100.63 00:14 true",
                         "on_close BTCUSDT row 102.00 00:42 true",
                         "on_idle BTCUSDT 102.03 00:43 true",
                     });
}

TEST_CASE("Break-even is taken at its milestone when the command is given the milestone's price", "[script]") {
  ScriptBench bench;
  const auto out = rising(bench).run(kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one, callbacks = {
      on_breakeven = function(symbol, signal, price, when)
        print(clock(when), btk.commit_breakeven(symbol), btk.commit_breakeven(symbol, 100.1), btk.commit_breakeven(symbol, price))
        print(signal.price_stop_loss, btk.get_pending_signal(symbol).price_stop_loss, pcall(btk.commit_breakeven, symbol, "100"))
      end } })");
  CHECK(out.errors().empty());
  REQUIRE(out.lines.size() == 2);
  CHECK(out.lines[0] == "00:14\tfalse\tfalse\ttrue");
  CHECK_THAT(out.lines[1], StartsWith("98\t100\tfalse\t"));
  CHECK_THAT(out.lines[1], Contains("commit_breakeven: price must be a number, got string"));
}

TEST_CASE("A limit order's callbacks", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(_, _, price)
        if os.date("%H:%M") == "00:00" then return long(99, { price_open = 99 }) end
      end,
      callbacks = {
        on_schedule = function(symbol, signal, price, when, backtest)
          print("schedule", symbol, signal.price_open, signal.pending_at, price, clock(when), backtest)
        end,
        on_schedule_ping = function(symbol, signal, price, when, backtest)
          if clock(when) == "00:05" then print("ping", symbol, signal.price_open, price, clock(when), backtest) end
        end,
        on_cancel = function(symbol, signal, price, when, backtest) print("cancel", symbol, signal.price_open, price, clock(when), backtest) end,
      } }
    btk.listen_signal_cancelled(function(r) print(r.action, r.reason, clock(r.close_timestamp), r.signal.pnl.pnl_percentage) end)
    btk.listen_order_schedule(function(e) print(e.action, e.reason, e.signal.price_open) end))");
  CHECK(out.errors().empty());
  CHECK(out.text() ==
        "scheduled\tnil\t99\nschedule\tBTCUSDT\t99\t0\t100\t00:00\ttrue\nping\tBTCUSDT\t99\t100\t00:05\ttrue\n"
        "cancelled\ttimeout\t99\ncancel\tBTCUSDT\t99\t100\t02:00\ttrue\ncancelled\ttimeout\t02:00\t0");
}

TEST_CASE("Tick results carry what lua-api.md names", "[script]") {
  ScriptBench bench;
  const auto out = rising(bench).run(kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one }
    btk.listen_signal(function(r)
      if r.action == "idle" then
        if not seen_idle then print("idle", r.signal, r.symbol, r.current_price > 100) end
        seen_idle = true
        return
      end
      print(r.action, r.symbol, r.strategy_name, r.exchange_name, r.frame_name, r.backtest, clock(r.created_at))
      if r.action == "closed" then
        local p = r.pnl
        print(r.close_reason, clock(r.close_timestamp), p.pnl_percentage > 1, p.pnl_cost > 1, p.pnl_entries, p.price_open, p.price_close)
        local s = r.signal
        print(s.entries[1].price, s.entries[1].cost, #s.partials, s.total_entries, s.partial_executed, s._entry, s.peak_profit.price > 101)
      end
    end))");
  CHECK(out.errors().empty());
  CHECK(out.text() ==
        "opened\tBTCUSDT\ts\tm\tf\ttrue\t00:00\n"
        "closed\tBTCUSDT\ts\tm\tf\ttrue\t00:42\n"
        "take_profit\t00:42\ttrue\ttrue\t100\t100\t102\n"
        "100\t100\t0\t1\t0\tnil\ttrue\n"
        "idle\tnil\tBTCUSDT\ttrue");
}

TEST_CASE("Every channel of a rising position, with its own fields", "[script]") {
  ScriptBench bench;
  const auto out = rising(bench).run(kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one }
    local counts, order = {}, {}
    local function count(name, fields)
      btk["listen_" .. name](function(e)
        if not counts[name] then
          local shown = {}
          for _, field in ipairs(fields) do
            local v = e[field]
            shown[#shown + 1] = field .. "=" .. (type(v) == "table" and row(v) or tostring(v))
          end
          order[#order + 1] = name .. " " .. table.concat(shown, " ")
        end
        counts[name] = (counts[name] or 0) + 1
        assert(e.when == e.timestamp and e.symbol == "BTCUSDT" and e.strategy_name == "s" and e.backtest == true)
      end)
    end
    count("before_start", { "current_price", "timestamp" })
    count("after_end", { "signal" })
    count("signal_event", { "action", "signal", "close_reason" })
    count("active_ping", { "signal" })
    count("partial_profit_available", { "signal", "level" })
    count("partial_loss_available", { "signal", "level" })
    count("breakeven_available", { "signal" })
    count("highest_profit", { "signal" })
    count("max_drawdown", { "signal" })
    count("idle_ping", { "signal" })
    btk.listen_after_end(function()
      for _, line in ipairs(order) do print(line) end
      print(counts.signal_event, counts.active_ping, counts.partial_profit_available, counts.breakeven_available, counts.idle_ping)
    end))");
  CHECK(out.errors().empty());
  CHECK(out.lines == std::vector<std::string>{"before_start current_price=100 timestamp=1704067200000",
                                              "signal_event action=opened signal=row close_reason=nil", "active_ping signal=row",
                                              "partial_profit_available signal=row level=10",
                                              "highest_profit signal=row",
                                              "breakeven_available signal=row", "idle_ping signal=nil", "after_end signal=nil",
                                              "2\t42\t9\t1\t138"});
}

TEST_CASE("Order of one delivery: listeners, then action handlers, then the strategy's callback", "[script]") {
  ScriptBench bench;
  const auto out = rising(bench).run(kOne + R"(
    local function say(text) return function() print(text) end end
    local function handler(name) return {
      on_init = say(name .. " init"), on_pending_event = say(name .. " pending"), on_signal = function(r) if r.action ~= "idle" then print(name .. " signal " .. r.action) end end,
      on_signal_backtest = function(r) if r.action ~= "idle" then print(name .. " signal_backtest") end end,
      on_signal_live = say("never"), on_dispose = say(name .. " dispose"), _helper = say("never"), note = "free" } end
    btk.add_action { action_name = "a", handler = handler("a") }
    btk.add_action { action_name = "b", handler = function(ctx)
      print(ctx.action_name, ctx.strategy_name, ctx.exchange_name, ctx.frame_name, ctx.symbol, ctx.backtest)
      return handler("b")
    end }
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one, actions = { "b", "a" },
      callbacks = { on_open = say("on_open"), on_tick = function(_, r) if r.action == "opened" then print("on_tick") end end } }
    btk.listen_signal_event(function(e) print("listener " .. e.action) end)
    btk.listen_signal_backtest(function(r) if r.action == "opened" then print("backtest channel") end end)
    btk.listen_signal(function(r) if r.action == "opened" then print("channel") end end))");
  CHECK(out.errors().empty());
  CHECK(out.lines ==
        std::vector<std::string>{"b\ts\tm\tf\tBTCUSDT\ttrue", "b init", "a init", "listener opened", "b pending", "a pending", "on_open", "on_tick",
                                 "backtest channel", "b signal_backtest", "a signal_backtest", "channel", "b signal opened", "a signal opened",
                                 "listener closed", "b pending", "a pending", "b signal_backtest", "a signal_backtest",
                                 "b signal closed", "a signal closed", "b dispose", "a dispose"});
}

TEST_CASE("Once and per-signal listeners, and what removes a listener", "[script]") {
  ScriptBench bench;
  bench.prices = [](int m) { return 100 + 2.5 * std::sin(m / 12.0); };
  const auto out = bench.run(R"(
    btk.add_strategy { strategy_name = "s", get_signal = function(_, _, price) return long(price, { minute_estimated_time = 10 }) end }
    local n = { plain = 0, once = 0, per = 0, removed = 0, self = 0 }
    local ids = {}
    btk.listen_active_ping(function() n.plain = n.plain + 1 end)
    btk.listen_active_ping_once(function(e) return e.current_price > 101 end, function(e) n.once = n.once + 1 assert(e.current_price > 101) end)
    btk.listen_active_ping_per_signal(function(e) return e.current_price > 100.5 end, function(e)
      n.per = n.per + 1
      assert(not ids[e.signal.id])
      ids[e.signal.id] = true
    end)
    local remove = btk.listen_active_ping(function() n.removed = n.removed + 1 end)
    remove()
    remove()
    local remove_self
    remove_self = btk.listen_active_ping(function() n.self = n.self + 1 remove_self() end)
    local late
    btk.listen_after_end(function() print(n.plain > 50, n.once, n.per > 2 and n.per < 20, n.removed, n.self) end))");
  CHECK(out.errors().empty());
  CHECK(out.text() == "true\t1\ttrue\t0\t1");
}

TEST_CASE("An error in any callback, listener or action handler changes no trade and stops nobody else", "[script]") {
  const std::string script = kOne + R"(
    local function boom() if BOOM then error("boom") end end
    local after = 0
    local function fine() after = after + 1 end
    local callbacks = {}
    for _, name in ipairs { "on_tick", "on_open", "on_close", "on_write", "on_partial_profit", "on_breakeven", "on_active_ping", "on_idle" } do
      callbacks[name] = boom
    end
    for _, name in ipairs { "signal", "signal_backtest", "signal_event", "active_ping", "highest_profit", "partial_profit_available",
                            "breakeven_available", "idle_ping", "before_start", "after_end", "signal_closed" } do
      btk["listen_" .. name](boom)
      btk["listen_" .. name](fine)
    end
    btk.add_action { action_name = "a", handler = { on_init = boom, on_signal = boom, on_signal_backtest = boom, on_ping_active = boom,
      on_ping_idle = boom, on_pending_event = boom, on_breakeven_available = boom, on_partial_profit_available = boom, on_dispose = boom } }
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one, actions = { "a" }, callbacks = callbacks }
    btk.listen_error(function(e) if e.message == "boom" then fine() error("again") end end)
    btk.listen_after_end(function() print(after) end))";
  ScriptBench bench;
  const auto quiet = rising(bench).run("BOOM = false" + script);
  const auto loud = bench.run("BOOM = true" + script);
  CHECK(quiet.errors().empty());
  CHECK(loud.problem == "");
  CHECK(loud.report().run_hash == quiet.report().run_hash);
  CHECK(loud.report().signals.size() == 1);
  std::vector<std::string> places;
  for (const auto& e : loud.report().errors) {
    if (e.message == "boom") places.push_back(e.where);
    CHECK(e.line > 0);
    CHECK_THAT(e.file, Catch::EndsWith("test.lua"));
    CHECK_THAT(e.traceback, Contains("test.lua:"));
  }
  CHECK(places.size() == 8 + 11 + 9);
  CHECK(std::stoi(loud.lines.front()) > std::stoi(quiet.lines.front()));  // the same listeners, and listen_error's
}

TEST_CASE("A hook of an action handler that is no function is told where the action is registered", "[script]") {
  ScriptBench bench;
  const auto wrong = GENERATE("{ on_signal = 'x' }", "{ on_signal = {} }", "{ on_signal = false }",
                              "setmetatable({}, { __index = function(_, name) return name == 'on_signal' and 5 or nil end })");
  CAPTURE(wrong);
  CHECK_THAT(bench.problem(std::string("\nbtk.add_action { action_name = 'a', handler = ") + wrong + " }"),
             StartsWith("test.lua:2: action schema: handler.on_signal must be a function, got "));
}

TEST_CASE("A hook that becomes no function later is an error of each call, and no more", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    local handler = {}
    btk.add_action { action_name = "a", handler = handler }
    handler.on_signal = "x"
    btk.add_strategy { strategy_name = "s", interval = "1h", actions = { "a" }, get_signal = function(_, _, price) return long(price) end })");
  CHECK(out.problem == "");
  REQUIRE_FALSE(out.report().errors.empty());
  CHECK(out.report().errors.front().message == "action 'a': handler.on_signal must be a function, got string");
  CHECK_FALSE(out.report().signals.empty());
}

TEST_CASE("on_init finds the clock at the beginning of the run", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    btk.add_action { action_name = "a", handler = { on_init = function()
      print(btk.get_date(), os.time(), btk.get_close_price("BTCUSDT", "1m") > 0)
    end } }
    btk.add_strategy { strategy_name = "s", interval = "1h", actions = { "a" }, get_signal = function() end })");
  CHECK(out.problem == "");
  CHECK(out.errors() == std::vector<std::string>{});
  REQUIRE_FALSE(out.lines.empty());
  CHECK(out.lines.front() == "2024-01-01T00:00:00.000Z\t1704067200\ttrue");
}

TEST_CASE("Commands in a listener are seen by the next listener, and announced", "[script]") {
  ScriptBench bench;
  const auto out = rising(bench).run(kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one }
    btk.listen_active_ping(function(e)
      if clock(e.timestamp) == "00:30" then
        print(btk.commit_partial_profit("BTCUSDT", 50), btk.get_total_percent_closed("BTCUSDT"))
      end
      if clock(e.timestamp) == "00:32" then print(btk.commit_close_pending("BTCUSDT", { id = "mine", note = "enough" })) end
    end)
    btk.listen_active_ping(function(e)
      local t = clock(e.timestamp)
      if t == "00:30" then print(btk.get_pending_signal("BTCUSDT").total_partials) end
      if t >= "00:32" then print("the position is gone: not called") end
    end)
    btk.listen_strategy_commit(function(e)
      print(e.action, clock(e.timestamp), e.signal_id == e.signal.id, e.percent_to_close, e.close_id, e.note, e.pnl.pnl_percentage > 0,
            e.position, e.total_partials, e.original_price_open)
    end)
    btk.listen_signal_closed(function(r) print(r.close_reason, r.close_id, clock(r.close_timestamp)) end))");
  CHECK(out.errors().empty());
  CHECK(out.lines == std::vector<std::string>{"true\t50", "1", "partial-profit\t00:30\ttrue\t50\tnil\t\ttrue\tlong\t1\t100", "true",
                                              "close-pending\t00:33\ttrue\tnil\tmine\tenough\ttrue\tnil\tnil\t100", "closed\tmine\t00:33"});
}

TEST_CASE("Commands answer false when it is not the moment and raise for mistakes", "[script]") {
  ScriptBench bench;
  const auto out = rising(bench).run(kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one, callbacks = { on_idle = function(symbol, price, when)
      if clock(when) ~= "01:00" then return end
      print(btk.commit_partial_profit(symbol, 10), btk.commit_breakeven(symbol), btk.commit_average_buy(symbol), btk.commit_trailing_stop(symbol, -1, price))
      print(btk.get_pending_signal(symbol), btk.get_position_entries(symbol), btk.get_breakeven(symbol, price), btk.has_no_pending_signal(symbol))
      print(pcall(btk.get_position_pnl_percent, symbol))
      print(pcall(btk.commit_partial_profit, symbol, "10"))
      print(pcall(btk.commit_partial_profit, "ETHUSDT", 10))
      print(pcall(btk.commit_signal_notify, symbol, "x"))
      print(pcall(btk.commit_create_signal, symbol, { position = "long" }))
      print(pcall(btk.backtest.run, symbol, { strategy_name = "s", exchange_name = "m", frame_name = "f" }))
      print(pcall(btk.backtest.background, symbol, { strategy_name = "s", exchange_name = "m", frame_name = "f" }))
      print(pcall(btk.set_config, { CC_PERCENT_FEE = 1 }))
    end } })");
  CHECK(out.errors().empty());  // all of them were caught
  REQUIRE(out.lines.size() == 10);
  CHECK(out.lines[0] == "false\tfalse\tfalse\tfalse");
  CHECK(out.lines[1] == "nil\tnil\tfalse\ttrue");
  CHECK_THAT(out.lines[2], Contains("get_position_pnl_percent: BTCUSDT has no open position"));
  CHECK_THAT(out.lines[3], Contains("percent must be a number, got string"));
  CHECK_THAT(out.lines[4], Contains("this run trades BTCUSDT, not ETHUSDT"));
  CHECK_THAT(out.lines[5], Contains("no open position"));
  CHECK_THAT(out.lines[6], StartsWith("false\t"));
  CHECK_THAT(out.lines[7], Contains("a run cannot be started inside a callback"));
  CHECK_THAT(out.lines[8], Contains("a run cannot be started inside a callback"));
  CHECK_THAT(out.lines[9], Contains("a run has begun"));
}

TEST_CASE("Notes, pauses and signals from code", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", callbacks = { on_idle = function(symbol, price, when)
        if clock(when) == "00:10" then btk.set_strategy_paused(symbol, true) btk.set_strategy_paused(symbol, true) end
        if clock(when) == "00:20" then print(btk.get_strategy_paused(symbol), btk.get_strategy_status(symbol).is_paused)
          btk.set_strategy_paused(symbol, false) end
        if clock(when) == "00:30" then print(btk.commit_create_signal(symbol, long(price, { note = "made" }))) end
      end,
      on_open = function(symbol, signal, price, when)
        print("open", clock(when), signal.note, btk.get_strategy_status(symbol).pending_signal_id == signal.id)
        btk.commit_signal_notify(symbol, { note = "hello", id = "n1" })
      end } }
    btk.listen_pause(function(e) print("pause", e.paused, clock(e.timestamp)) end)
    btk.listen_signal_notify(function(e) print("notify", e.note, e.notification_id, row(e.signal)) end))");
  CHECK(out.errors().empty());
  CHECK(out.lines == std::vector<std::string>{"pause\ttrue\t00:10", "true\ttrue", "pause\tfalse\t00:20", "true", "open\t00:31\tmade\ttrue",
                                              "notify\thello\tn1\trow"});
}

TEST_CASE("get_strategy_status tells what waits for its moment", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kOne + R"(
    btk.set_config { CC_ENABLE_DCA_EVERYWHERE = true }
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price)
        if os.date("%H:%M") == "00:00" then return long(price, { id = "first" }) end
      end,
      callbacks = {
        on_idle = function(symbol, price, when)
          if clock(when) ~= "00:30" then return end
          btk.commit_create_signal(symbol, long(price, { note = "made", cost = 50 }))
          local s = btk.get_strategy_status(symbol)
          print("created", s.created_signal.note, s.created_signal.cost, s.created_signal.price_open, s.pending_signal_id,
                s.last_pending_id, #s.commit_queue, s.is_paused, s.is_stopped, s.retry_open_count, s.retry_close_count)
        end,
        on_open = function(symbol, signal, price, when)
          if signal.id ~= "first" then return end
          btk.commit_average_buy(symbol, 40)
          local s = btk.get_strategy_status(symbol)
          print("queued", #s.commit_queue, s.commit_queue[1].action, s.commit_queue[1].amount,
                s.commit_queue[1].current_price == price, s.created_signal)
          btk.commit_close_pending(symbol, { id = "c1", note = "enough" })
          s = btk.get_strategy_status(symbol)
          print("closing", s.pending_signal_id, s.closed_signal.id, s.closed_signal.command_id, s.closed_signal.command_note,
                s.closed_signal.total_entries)
        end } })");
  CHECK(out.errors().empty());
  CHECK(out.lines == std::vector<std::string>{"queued\t1\taverage-buy\t40\ttrue\tnil", "closing\tnil\tfirst\tc1\tenough\t2",
                                              "created\tmade\t50\tnil\tnil\tfirst\t0\tfalse\tfalse\t0\t0"});
}

TEST_CASE("listen_performance measures the run without touching it", "[script]") {
  const std::string script = kOne + R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = one }
    if MEASURE then
      local n = {}
      btk.listen_performance(function(e)
        n[e.metric_type] = (n[e.metric_type] or 0) + 1
        assert(e.duration >= 0 and e.symbol == "BTCUSDT")
        if e.metric_type == "backtest_total" then print(n.backtest_total, n.backtest_signal, n.backtest_timeframe > 100) end
      end)
    end)";
  ScriptBench bench;
  const auto quiet = rising(bench).run("MEASURE = false" + script), measured = bench.run("MEASURE = true" + script);
  CHECK(measured.text() == "1\t1\ttrue");
  CHECK(measured.errors().empty());
  CHECK(measured.report().run_hash == quiet.report().run_hash);
}

TEST_CASE("A command's table of id and note has no other field, and what it refuses tells the script's line", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    local done
    btk.add_strategy { strategy_name = "s", get_signal = function(_, _, price) return long(price) end,
      callbacks = { on_active_ping = function(symbol)
        if done then return end
        done = true
        for _, command in ipairs { "commit_close_pending", "commit_cancel_scheduled", "commit_activate_scheduled", "commit_signal_notify" } do
          local ok, why = pcall(btk[command], symbol, { nte = "x" })
          print(ok, (why:match('test%.lua:%d+: (.*)')))
        end
        print(select(2, pcall(btk.commit_create_signal, symbol, long(100))):match("test%.lua:%d+: commit_create_signal") ~= nil)
        print(btk.commit_close_pending(symbol, { id = "i", note = "n" }))
      end } })");
  CHECK(out.problem == "");
  std::vector<std::string> wanted;
  for (const char* name : {"close_pending", "cancel_scheduled", "activate_scheduled", "signal_notify"}) {
    wanted.push_back(std::string("false\tcommit_") + name + ": unknown field 'nte'; there are id, note");
  }
  wanted.insert(wanted.end(), {"true", "true"});
  CHECK(out.lines == wanted);
}
