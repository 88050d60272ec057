// Who runs what: runs that the script drives, runs that the host makes, and what
// both leave behind.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const std::string kSetup = R"(
    local function clock(t) return os.date("%H:%M", t / 1000) end
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(_, when, price)
      local t = os.date("%H:%M")
      if t == "00:00" then return long(price, { minute_estimated_time = 30 }) end
      if t == "01:00" then return long(99, { price_open = 99 }) end
    end }
    local names = { strategy_name = "s", exchange_name = "m", frame_name = "f" }
)";

std::vector<std::string> actions(const lua::RunReport& r) {
  std::vector<std::string> all;
  for (const FinishedSignal& s : r.signals) all.emplace_back(to_string(s.action));
  return all;
}

}  // namespace

TEST_CASE("backtest.run yields scheduled, opened, closed and cancelled as they happen", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    for r in btk.backtest.run("BTCUSDT", names) do
      print(r.action, r.signal.price_open, r.current_price, r.close_reason or r.reason, r.symbol, r.strategy_name, r.backtest)
    end
    print(btk.backtest.list()[1].status))");
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"opened\t100\t100\tnil\tBTCUSDT\ts\ttrue", "closed\t100\t100\ttime_expired\tBTCUSDT\ts\ttrue",
                                              "scheduled\t99\t100\tnil\tBTCUSDT\ts\ttrue", "cancelled\t99\t100\ttimeout\tBTCUSDT\ts\ttrue",
                                              "done"});
  CHECK(actions(out.report()) == std::vector<std::string>{"closed", "cancelled"});
}

TEST_CASE("A run of the script and one of the host decide the same", "[script]") {
  ScriptBench bench;
  const auto own = bench.run(kSetup + "for r in btk.backtest.run('BTCUSDT', names) do end");
  const auto hosted = bench.run(kSetup + "btk.backtest.background('BTCUSDT', names)");
  const auto planned = bench.run(kSetup);
  CHECK(own.report().run_hash == hosted.report().run_hash);
  CHECK(own.report().run_hash == planned.report().run_hash);
}

TEST_CASE("Results come after all that listens to ticks", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    local heard = 0
    btk.listen_signal(function(r) if r.action ~= "idle" then heard = heard + 1 end end)
    local yielded = 0
    for r in btk.backtest.run("BTCUSDT", names) do
      yielded = yielded + 1
      assert(heard == yielded)
    end
    print(yielded))");
  CHECK(out.problem == "");
  CHECK(out.text() == "4");
}

TEST_CASE("break leaves a run suspended; it goes on, stops, or is closed at the end of the chunk", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    local run = btk.backtest.run("BTCUSDT", names)
    for r in run do print(r.action) break end
    print(btk.backtest.list()[1].status)
    for r in run do print(r.action) break end
    print(run().action)
    run:stop()
    print(btk.backtest.list()[1].status, run())
    local other = btk.backtest.run("ETHUSDT", names)
    print(other().action)
    btk.listen_after_end(function(e) print("end", e.symbol) end)
    print("chunk over"))");
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"opened", "running", "closed", "scheduled", "stopped\tnil", "opened", "chunk over",
                                              "end\tETHUSDT"});
  REQUIRE(out.reports.size() == 2);
  CHECK(actions(out.reports[0]) == std::vector<std::string>{"closed", "cancelled"});
  CHECK(out.reports[0].signals[1].cancel_reason == CancelReason::user);
  CHECK(actions(out.reports[1]).empty());
}

TEST_CASE("The report of a run that was left ends where it was left, one that was not at the frame's end", "[script]") {
  ScriptBench bench;
  bench.prices = [](int m) { return 100 + 0.001 * m; };
  const auto out = bench.run(kSetup + R"(
    for r in btk.backtest.run("AUSDT", names) do if r.action == "closed" then break end end
    for _ in btk.backtest.run("BUSDT", names) do end)");
  REQUIRE(out.reports.size() == 2);
  const lua::RunReport &left = out.reports[0], &whole = out.reports[1];
  REQUIRE(left.signals.size() == 1);
  CHECK(left.left_at == kStart + 30 * kMinute);
  CHECK(left.frame_end == left.left_at);
  CHECK(left.candles == 31);
  CHECK(left.last_price == Approx(100.03));
  CHECK(whole.left_at == 0);
  CHECK(whole.frame_end == kStart + 180 * kMinute);
  CHECK(whole.candles == 181);
}

TEST_CASE("A new run of the same names closes the suspended one", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    local first = btk.backtest.run("BTCUSDT", names)
    first()
    local n = 0
    for r in btk.backtest.run("BTCUSDT", names) do n = n + 1 end
    print(first(), n, #btk.backtest.list()))");
  CHECK(out.problem == "");
  CHECK(out.text() == "nil\t4\t1");
  CHECK(out.reports.size() == 2);
}

TEST_CASE("Two runs may be driven in turns", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    local a, b = btk.backtest.run("AUSDT", names), btk.backtest.run("BUSDT", names)
    while true do
      local x, y = a(), b()
      if not x then break end
      print(x.symbol, x.action, y.symbol, y.action)
    end)");
  CHECK(out.lines.size() == 4);
  CHECK(out.lines[1] == "AUSDT\tclosed\tBUSDT\tclosed");
  REQUIRE(out.reports.size() == 2);
  CHECK(out.reports[0].symbol == "AUSDT");
}

TEST_CASE("Queued runs are made by the host, announced in the main script, and readable there", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    local stop_b = btk.backtest.background("BUSDT", names)
    btk.backtest.background("AUSDT", names)
    stop_b()
    for _, r in ipairs(btk.backtest.list()) do print(r.symbol, r.strategy_name, r.status) end
    local shares = {}
    btk.listen_backtest_progress(function(e) shares[e.symbol] = e.progress .. " " .. e.processed_frames .. "/" .. e.total_frames end)
    btk.listen_done_backtest(function(e)
      local data = btk.backtest.get_data(e.symbol, names)
      print("done", e.symbol, e.strategy_name, e.backtest, shares[e.symbol], data.total_signals, #data.signal_list, data.signal_list[1].close_reason,
            btk.backtest.list()[2].status)
    end))");
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"BUSDT\ts\tstopped", "AUSDT\ts\tqueued", "done\tAUSDT\ts\ttrue\t1 181/181\t1\t1\ttime_expired\tdone"});
  CHECK(out.report().symbol == "AUSDT");
}

TEST_CASE("In a run of its own the main chunk's progress is heard tick by tick", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    local n, last = 0, -1
    btk.listen_backtest_progress(function(e)
      n = n + 1
      assert(e.progress >= last and e.total_frames == 181 and e.current_price == nil)
      last = e.progress
    end)
    btk.listen_done_backtest_once(function(e) return e.symbol == "BTCUSDT" end, function() print("done") end)
    for r in btk.backtest.run("BTCUSDT", names) do end
    print(n > 20, last))");
  CHECK(out.text() == "done\ntrue\t1");
}

TEST_CASE("An error in a listener of the main script is told, and the others are called", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    btk.listen_done_backtest(function() error("no") end)
    btk.listen_done_backtest(function() print("called") end))");
  CHECK(out.text() == "called");
  CHECK_THAT(out.problem, Catch::EndsWith("test.lua:10: no"));
}

TEST_CASE("A listener starts no run when the chunk has ended: it would never be made", "[script]") {
  for (const char* start : {"backtest.run", "backtest.background"}) {
    ScriptBench bench;
    const auto out = bench.run(kSetup + "btk.listen_done_backtest(function() btk." + start + "('BUSDT', names) end)");
    CHECK_THAT(out.problem, Contains(std::string(start) + ": the main chunk has ended"));
  }
}

TEST_CASE("Statistics of a run: get_data, the plain function, and a run that was not made", "[script]") {
  ScriptBench bench;
  bench.prices = [](int m) { return 100 + 2.5 * std::sin(m / 12.0); };
  const auto out = bench.run(R"(
    local names = { strategy_name = "s", exchange_name = "m", frame_name = "f" }
    btk.add_strategy { strategy_name = "s", get_signal = function(_, _, price) return long(price, { minute_estimated_time = 10 }) end }
    print(btk.backtest.get_data("BTCUSDT", names).total_signals)
    local closed = {}
    for r in btk.backtest.run("BTCUSDT", names) do if r.action == "closed" then closed[#closed + 1] = r end end
    local data, plain = btk.backtest.get_data("BTCUSDT", names), btk.stats.closed_signals(closed)
    for name, value in pairs(plain) do if name ~= "signal_list" then assert(data[name] == value, name) end end
    print(data.total_signals == #closed, #data.signal_list == #closed, data.signal_list[1].signal.id == closed[#closed].signal.id)
    print(data.win_rate > 0, data.sharpe_ratio ~= nil, data.annualized_sharpe_ratio, btk.stats.closed_signals(closed, { cap = 5 }).total_signals)
    print(pcall(btk.stats.closed_signals, closed, { cup = 1 }))
    print(pcall(btk.backtest.get_report, "BTCUSDT", names)))");
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 5);
  CHECK(out.lines[0] == "0");
  CHECK(out.lines[1] == "true\ttrue\ttrue");
  CHECK(out.lines[2] == "true\ttrue\tnil\t5");
  CHECK_THAT(out.lines[3], Contains("has no option 'cup'"));
  CHECK_THAT(out.lines[4], Contains("makes no Markdown reports"));
}

TEST_CASE("get_report and dump go through the host", "[script]") {
  ScriptBench bench;
  bench.options.kind_report = [](const lua::KindReport& r) {
    return "# " + r.strategy_name + " " + std::to_string(r.runs.back().signals.size());
  };
  bench.options.kind_dump = [](const lua::KindReport& r, const std::string& path) { return path.empty() ? r.symbol + ".md" : path; };
  const auto out = bench.run(kSetup + R"(
    for r in btk.backtest.run("BTCUSDT", names) do end
    print(btk.backtest.get_report("BTCUSDT", names), btk.backtest.dump("BTCUSDT", names), btk.backtest.dump("BTCUSDT", names, "x/y.md")))");
  CHECK(out.text() == "# s 2\tBTCUSDT.md\tx/y.md");
}

TEST_CASE("Runs on several exchanges in one script", "[script]") {
  ScriptBench bench;
  bench.options.open_exchange = [](const lua::ExchangeSchema& schema) {
    return std::make_shared<MemorySource>(schema.exchange_name == "m" ? flat : ramp(0, 10, 5));
  };
  const auto out = bench.run(kSetup + R"(
    btk.add_exchange { exchange_name = "other", driver = "synthetic" }
    for _, exchange in ipairs { "m", "other" } do
      for r in btk.backtest.run("BTCUSDT", { strategy_name = "s", exchange_name = exchange, frame_name = "f" }) do
        if r.action == "closed" then print(r.exchange_name, r.close_reason) break end
      end
    end)");
  CHECK(out.text() == "m\ttime_expired\nother\ttake_profit");
}

TEST_CASE("A run may be asked to stop by its names or from its own callbacks", "[script]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    local run = btk.backtest.run("BTCUSDT", names)
    print(run().action)
    btk.backtest.stop("BTCUSDT", names)
    print(run(), btk.backtest.list()[1].status)
    btk.listen_signal_opened(function(r) btk.stop_strategy(r.symbol) end)
    local n = 0
    for r in btk.backtest.run("BTCUSDT", names) do n = n + 1 end
    print(n))");
  CHECK(out.problem == "");
  CHECK(out.text() == "opened\nnil\tstopped\n2");
}

TEST_CASE("Commands and getters for a run by its names, while it is suspended or from its callbacks", "[script]") {
  ScriptBench bench;
  bench.prices = ramp(0, 60, 3);
  const auto out = bench.run(kSetup + R"(
    local bt = btk.backtest
    print(pcall(bt.get_pending_signal, "BTCUSDT", names))
    btk.listen_breakeven_available(function() print(bt.commit_breakeven("BTCUSDT", 101, names), bt.get_position_pnl_percent("BTCUSDT", 101, names) > 0.5) end)
    local run = bt.run("BTCUSDT", names)
    print(run().action, bt.get_pending_signal("BTCUSDT", names).price_open, bt.has_no_pending_signal("BTCUSDT", names))
    print(bt.commit_partial_profit("BTCUSDT", 40, 101, names), bt.get_total_percent_closed("BTCUSDT", names))
    print(bt.commit_average_buy("BTCUSDT", 99, names, 50), bt.get_position_levels("BTCUSDT", names)[2], bt.get_position_entry_overlap("BTCUSDT", 99.5, names))
    print(pcall(bt.commit_partial_profit, "BTCUSDT", 40, names))
    print(bt.commit_close_pending("BTCUSDT", names, { id = "x" }))
    print(run().close_id, btk.backtest.list()[1].status)
    print(pcall(btk.get_date)))");
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 8);
  CHECK_THAT(out.lines[0], Contains("backtest.get_pending_signal: no run of BTCUSDT with these names is under way"));
  CHECK(out.lines[1] == "opened\t100\tfalse");
  CHECK(out.lines[2] == "true\t40");
  CHECK(out.lines[3] == "true\t99\ttrue");
  CHECK_THAT(out.lines[4], Contains("backtest.commit_partial_profit: current_price must be a number, got table"));
  CHECK(out.lines[5] == "true");
  CHECK(out.lines[6] == "x\trunning");
  CHECK_THAT(out.lines[7], Contains("works inside a run"));
}

TEST_CASE("A run that cannot begin says why, and listen_exit hears it", "[script]") {
  ScriptBench bench;
  bench.options.symbols = {"MISSING"};
  const auto out = bench.run(kSetup + "btk.listen_exit(function(e) print(e.symbol, e.message) end)");
  CHECK_THAT(out.problem, Contains("has no candles of MISSING"));
  CHECK_THAT(out.text(), StartsWith("MISSING\t") && Contains("has no candles of MISSING"));
}
