// btk.storage, recent, notification, dump, log, lookup, reflect, system and graph: what they record of a back-test.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

const std::string kClock = "local function minute() return (btk.get_timestamp() - 1704067200000) / 60000 end ";

// One position from minute 10 to minute 30, one limit order from minute 40 that is cancelled in minute 50.
const std::string kTwoSignals = kClock + R"(
  btk.add_strategy { strategy_name = "s", interval = "1m",
    get_signal = function(_, _, price)
      if minute() == 10 then return long(price, { minute_estimated_time = 20, note = "first" }) end
      if minute() == 40 then return long(price, { price_open = price * 0.98, price_take_profit = price * 1.1, price_stop_loss = price * 0.9 }) end
    end,
    callbacks = { on_schedule_ping = function(symbol) if minute() == 50 then btk.commit_cancel_scheduled(symbol) end end } }
  local function in_minute(n, fn) btk.listen_idle_ping(function(e) if minute() == n then fn(e.symbol) end end) end
  local names = { strategy_name = "s", exchange_name = "m", frame_name = "f" }
)";

}  // namespace

TEST_CASE("Storage has one row per signal with what became of it, and forgets the oldest", "[services]") {
  ScriptBench bench;
  auto outcome = bench.run(kTwoSignals + R"(
    btk.storage.enable()
    btk.listen_active_ping(function(e) if minute() == 20 then
      local row = btk.storage.find_signal_by_id(e.signal.id)
      print(row.status, (row.updated_at - row.created_at) / 60000, row.price_open == e.signal.price_open) end end)
    in_minute(60, function()
      for _, row in ipairs(btk.storage.list_signal_backtest()) do
        print(row.status, row.close_reason, row.pnl.pnl_percentage < 0, row.note, #btk.storage.list_signal_live())
      end
      print(pcall(btk.storage.find_signal_by_id, "nobody"))
    end))");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("opened\t") && Contains("closed\ttime_expired\ttrue\tfirst\t0\ncancelled\tnil\tfalse"));
  CHECK_THAT(outcome.text(), Contains("Storage signal with id nobody not found"));

  outcome = bench.run(R"(btk.set_config { CC_MAX_SIGNALS = 3 } btk.storage.enable() local seen = {}
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price) return long(price, { minute_estimated_time = 5 }) end,
      callbacks = { on_close = function(_, row) seen[#seen + 1] = row.id
        if #seen == 9 then
          local rows = btk.storage.list_signal_backtest()
          print(#rows, rows[1].id == seen[7], rows[3].id == seen[9], rows[3].status)
        end end } })");
  CHECK(outcome.text() == "3\ttrue\ttrue\tclosed");
}

TEST_CASE("A row that is read is as of the last minute, whoever changed the event and wherever rows are kept", "[services]") {
  ScriptBench bench;
  const auto told = [&](const std::string& place) {
    const auto outcome = bench.run(kTwoSignals + "btk.storage.enable() btk.recent.enable() " + place + R"(
      btk.listen_active_ping(function(e)
        e.signal.note = "changed"
        if minute() ~= 20 and minute() ~= 25 then return end
        local row, latest = btk.storage.find_signal_by_id(e.signal.id), btk.get_latest_signal(e.symbol)
        print(row.status, (row.updated_at - row.created_at) / 60000, row.note, row.current_price == e.current_price, latest.note)
      end)
      in_minute(60, function() print(#btk.storage.list_signal_backtest(), btk.storage.list_signal_backtest()[1].status) end))");
    CHECK(outcome.errors() == std::vector<std::string>{});
    return outcome.text();
  };
  const std::string eager = told(R"(local rows = {}
    local function of(space) rows[space] = rows[space] or {} return rows[space] end
    local adapter = { get = function(space, key) return of(space)[key] end, set = function(space, key, value) of(space)[key] = value end,
      keys = function(space) local keys = {} for key in pairs(of(space)) do keys[#keys + 1] = key end return keys end }
    btk.storage.use_storage_adapter(adapter) btk.recent.use_recent_adapter(adapter))");
  CHECK_THAT(eager, Contains("opened\t10\tfirst\ttrue\tfirst\nopened\t15\tfirst\ttrue\tfirst\n2\tclosed"));
  CHECK(told("") == eager);
  CHECK(told("btk.storage.use_memory() btk.recent.use_memory()") == eager);
}

TEST_CASE("The latest signal of a context is remembered, and not seen from before", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(kTwoSignals + R"(
    btk.recent.enable()
    in_minute(5, function(symbol) print(btk.get_latest_signal(symbol), btk.recent.has_no_latest_signal(symbol), pcall(btk.get_minutes_since_latest_signal_created, symbol)) end)
    in_minute(60, function(symbol)
      local row = btk.get_latest_signal(symbol)
      print(row.note, btk.get_minutes_since_latest_signal_created(symbol), btk.recent.get_latest_signal(symbol, names).id == row.id)
      print(btk.recent.get_latest_signal(symbol, names, row.timestamp - 1), btk.recent.get_latest_signal("ETHUSDT"))
    end))");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("nil\ttrue\tfalse\t") && Contains("there was no signal of BTCUSDT yet"));
  CHECK_THAT(outcome.text(), Contains("first\t50\ttrue\nnil\tnil"));
}

TEST_CASE("Notifications tell what happened, flat and newest first", "[services]") {
  ScriptBench bench;
  auto outcome = bench.run(kTwoSignals + R"(
    btk.notification.enable()
    btk.listen_active_ping(function(e) if minute() == 20 then btk.commit_signal_notify(e.symbol, "half way") end
      if minute() == 21 then error("oops") end end)
    in_minute(60, function()
      local list = btk.notification.get_data(true)
      local types = {}
      for i = #list, 1, -1 do types[#types + 1] = list[i].type end
      print(table.concat(types, " "))
      for _, n in ipairs(list) do
        if n.type == "signal.closed" then print(n.symbol, n.strategy_name, n.close_reason, n.pnl_percentage == n.pnl.pnl_percentage, n.peak_profit_percentage, n.signal_id ~= n.id) end
        if n.type == "error.info" then print(n.message) end
      end
      print(#btk.notification.get_data(false))
      btk.notification.dispose()
      print(#btk.notification.get_data())
    end))");
  CHECK_THAT(outcome.text(), Contains("signal.opened signal.info error.info signal.closed signal.scheduled"));
  CHECK_THAT(outcome.text(), Contains("signal.cancelled"));
  CHECK_THAT(outcome.text(), Contains("BTCUSDT\ts\ttime_expired\ttrue\t"));
  CHECK_THAT(outcome.text(), Contains("oops\n0\n0"));

  outcome = bench.run(kTwoSignals + "btk.notification.enable { signal = true } in_minute(35, function() print(#btk.notification.get_data()) end)");
  CHECK(outcome.text() == "2");
  CHECK(bench.problem("\nbtk.notification.enable { signals = true }") ==
        "test.lua:2: notification.enable has no field 'signals'; did you mean 'signal'?");
}

TEST_CASE("What is not enabled says how", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(kTwoSignals + R"(
    in_minute(1, function(symbol)
      for _, fn in ipairs { btk.storage.list_signal_live, btk.notification.get_data, btk.get_latest_signal, btk.dump_record } do
        print((select(2, pcall(fn, symbol)):gsub("^.-: ", ""))) end end))");
  CHECK_THAT(outcome.text(), Contains("btk.storage is not enabled; call btk.storage.enable() at the top of the script first"));
  CHECK_THAT(outcome.text(), Contains("btk.recent is not enabled") && Contains("btk.notification is not") && Contains("btk.dump is not"));
}

TEST_CASE("Dumps are Markdown files whose first one stays, or notes", "[services]") {
  ScriptBench bench;
  std::map<std::string, std::string> files;
  bench.options.services.write = [&](const std::vector<std::string>& path, const std::string& text, lua::ServiceHost::Write how) {
    std::string name;
    for (const std::string& part : path) name += "/" + part;
    REQUIRE(how == lua::ServiceHost::Write::once);
    files.emplace(name, text);
    return name;
  };
  const auto outcome = bench.run(kTwoSignals + R"(
    btk.dump.enable()
    btk.listen_active_ping(function()
      if minute() ~= 20 then return end
      local function names(id) return { signal_id = "x", bucket_name = "b", dump_id = id, description = "what for" } end
      print(btk.dump.dump_record({ a = 1, b = { 2 }, c = "x|y" }, names("record")))
      btk.dump.dump_table({ { z = 1 }, { a = 2, z = 3 } }, names("table"))
      btk.dump.dump_json({ k = { 1 } }, names("json"))
      btk.dump.dump_agent_answer({ { role = "user", content = "buy?" }, { role = "assistant", tool_calls = { { id = 1 } } }, { role = "tool", content = "ok", tool_call_id = "c1" } }, names("agent"))
      btk.dump.use_both()
      btk.dump_text { content = "hold the line", bucket_name = "b", dump_id = "note", description = "the plan" }
      print(btk.search_memory { bucket_name = "b", query = "plan", settings = { BM25_K1 = 1.5, BM25_B = 0.75, BM25_SCORE = 0 } }[1].content)
      btk.dump.use_dummy()
      print(btk.dump.dump_text("gone", names("gone")))
    end))");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK(outcome.text() == "/agent/x/b/record.md\nhold the line\nnil");
  const std::string head = "**signalId**: x  \n**bucketName**: b  \n**description**: what for\n\n";
  CHECK(files["/agent/x/b/record.md"] == "# Record Dump - record\n\n" + head + "| key | value |\n| --- | --- |\n| a | 1 |\n| b | [2] |\n| c | x\\|y |\n");
  CHECK(files["/agent/x/b/table.md"] == "# Table Dump - table\n\n" + head + "| z | a |\n| --- | --- |\n| 1 |  |\n| 3 | 2 |\n");
  CHECK(files["/agent/x/b/json.md"] == "# JSON Dump - json\n\n" + head + "```json\n{\n  \"k\": [\n    1\n  ]\n}\n```\n");
  CHECK(files["/agent/x/b/agent.md"] ==
        "# Agent Reasoning - agent\n\n" + head +
            "## [1] user\n\nbuy?\n\n## [2] assistant\n\n\n### Tool Calls\n\n```json\n[\n  {\n    \"id\": 1\n  }\n]\n```\n\n## [3] tool (call_id: c1)\n\nok\n");
  CHECK(files.size() == 5);
}

TEST_CASE("btk.log remembers its lines, or writes them where it is told", "[services]") {
  ScriptBench bench;
  std::string written;
  bench.options.services.write = [&](const std::vector<std::string>& path, const std::string& text, lua::ServiceHost::Write how) {
    CHECK(path == std::vector<std::string>{"log", "my.jsonl"});
    CHECK(how == lua::ServiceHost::Write::append);
    return written += text;
  };
  auto outcome = bench.run(kTwoSignals + R"(
    btk.log.info("at the top")
    in_minute(3, function()
      btk.log.warn("topic", 1, { a = 1 })
      btk.log.agent("said")
      for _, e in ipairs(btk.log.get_list()) do
        print(e.type, e.topic, e.args[1], e.args[2], e.timestamp, e.created_at, e.execution_context and e.execution_context.symbol) end
      btk.log.use_jsonl("my.jsonl")
      btk.log.debug("to the file")
      btk.log.use_persist()
      btk.log.error("kept")
      print(btk.log.get_list()[1].topic)
      btk.log.use_logger { info = function(topic, n) print("own", topic, n) if n == 2 then error("broken") end end }
      btk.log.info("x", 1) btk.log.warn("y") btk.log.info("z", 2)
    end))");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("info\tat the top\tnil\tnil\t0\t1970-01-01T00:00:00.000Z\tnil"));
  CHECK_THAT(outcome.text(), Contains("warn\ttopic\t1\t{\"a\":1}\t1704067380000\t2024-01-01T00:03:00.000Z\tBTCUSDT\nagent\tsaid"));
  CHECK_THAT(outcome.text(), Contains("kept\nown\tx\t1\nown\tz\t2"));
  CHECK_THAT(written, Contains("\"topic\":\"to the file\"") && !Contains("kept"));
  CHECK_THAT(outcome.log.back(), Contains("broken"));

  outcome = bench.run("btk.set_config { CC_MAX_LOG_LINES = 2 } " + kTwoSignals +
                      "in_minute(3, function() for i = 1, 5 do btk.log.debug('n', i) end print(#btk.log.get_list(), btk.log.get_list()[1].args[1]) end)");
  CHECK(outcome.text() == "2\t4");
}

TEST_CASE("Lookup lists the runs under way, reflect asks them about their position", "[services]") {
  ScriptBench bench;
  bench.options.symbols = {};
  const auto outcome = bench.run(kTwoSignals + R"(
    local asked = false
    btk.listen_active_ping(function(e)
      if asked or e.symbol ~= "ETHUSDT" then return end
      asked = true
      print(#btk.lookup.list_activity(), btk.lookup.is_parallel, btk.lookup.list_activity()[1].context.strategy_name)
      local at_cost = btk.reflect.get_position_pnl_percent(e.symbol, 110, names, true)
      print(at_cost > 9 and at_cost < 10, at_cost == btk.backtest.get_position_pnl_percent(e.symbol, 110, names), btk.reflect.get_position_active_minutes(e.symbol, names))
      print((select(2, pcall(btk.reflect.get_position_waiting_minutes, e.symbol, names)):gsub("^.-: ", "")))
    end)
    local one = btk.backtest.run("BTCUSDT", names)
    one()
    for _ in btk.backtest.run("ETHUSDT", names) do end
    print(#btk.lookup.list_activity(), btk.lookup.is_parallel)
    one:stop()
    print(#btk.lookup.list_activity()))");
  CHECK(outcome.problem == "");
  CHECK_THAT(outcome.text(), Contains("2\ttrue\ts\ntrue\ttrue\t"));
  CHECK_THAT(outcome.text(), Contains("Reflect.get_position_waiting_minutes no pending signal for symbol=ETHUSDT strategyName=s exchangeName=m frameName=f"));
  CHECK_THAT(outcome.text(), Contains("\n1\tfalse\n0"));
}

TEST_CASE("Listeners can be put aside for a while", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(kTwoSignals + R"(
    local heard, other, restore = {}, 0
    btk.listen_idle_ping(function() heard[#heard + 1] = minute() end)
    btk.listen_pause(function() print("pause is heard") end)
    in_minute(3, function(symbol)
      restore = btk.system.create_snapshot()
      btk.listen_schedule_ping(function() other = other + 1 if minute() == 42 then btk.set_strategy_paused(symbol, true) restore() end end)
    end)
    in_minute(60, function() print(#heard, heard[4], heard[5], other) end))");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK_THAT(outcome.text(), Contains("pause is heard"));
  CHECK_THAT(outcome.text(), Contains("13\t3\t52\t3"));  // minutes 0 to 3, the order until 51, 52 to 60
}

TEST_CASE("A graph computes each node once, and refuses one that needs itself", "[services]") {
  ScriptBench bench;
  const auto outcome = bench.run(kTwoSignals + R"(
    local calls = 0
    local g = btk.graph
    local price = g.source_node(function(symbol, when, current, exchange) calls = calls + 1 return current end, "price")
    local nothing = g.source_node(function() return nil end)
    local double = g.output_node(function(v) return v[1] * 2 end, price)
    local top = g.output_node(function(v) return v[1] + v[2] + (v[3] or v.n) end, price, double, nothing)
    in_minute(3, function()
      print(g.resolve(top), calls)
      local flat = g.serialize { top }
      for _, n in ipairs(flat) do print(n.id, n.type, n.description, n.node_ids and table.concat(n.node_ids, " ")) end
      local roots = g.deserialize(flat)
      print(#roots, g.resolve(roots[1]), #g.deep_flat { top, price })
      double.nodes[1] = top
      print((select(2, pcall(g.resolve, top)):gsub("^.-: ", "")))
    end))");
  CHECK(outcome.errors() == std::vector<std::string>{});
  CHECK(outcome.text() ==
        "303\t1\nnode-1\tsource_node\tprice\tnil\nnode-2\toutput_node\tnil\tnode-1\nnode-3\tsource_node\tnil\tnil\n"
        "node-4\toutput_node\tnil\tnode-1 node-2 node-3\n1\t303\t4\ngraph.resolve: the node needs itself");
  CHECK(bench.problem("\nbtk.graph.output_node(print, {})") ==
        "test.lua:2: graph.output_node needs nodes made by graph.source_node or graph.output_node, got table");
}
