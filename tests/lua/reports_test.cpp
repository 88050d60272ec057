// btk.schedule, btk.partial, ... and btk.heat: what a script reads of its runs.
#include "tests/lua/script_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

const std::string kSetup = R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(_, when, price)
      local t = os.date("%H:%M")
      if t == "00:00" then return long(price, { minute_estimated_time = 30 }) end
      if t == "01:00" then return long(99, { price_open = 99 }) end
    end }
    local names = { strategy_name = "s", exchange_name = "m", frame_name = "f" }
)";

}  // namespace

TEST_CASE("Event reports are there without being enabled, newest row first", "[script][reports]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    for _ in btk.backtest.run("BTCUSDT", names) do end
    local schedule = btk.schedule.get_data("BTCUSDT", names)
    print(schedule.total_events, schedule.total_scheduled, schedule.cancellation_rate, schedule.activation_rate)
    print(schedule.event_list[1].action, schedule.event_list[2].action, schedule.event_list[1].cancel_reason)
    local sync = btk.sync.get_data("BTCUSDT", names)
    print(sync.open_count, sync.close_count, sync.event_list[1].close_reason, sync.event_list[1].pnl.pnl_entries)
    btk.schedule.clear("BTCUSDT", names)
    print(btk.schedule.get_data("BTCUSDT", names).total_events, #btk.schedule.list()))");
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"2\t1\t100\t0", "cancelled\tscheduled\ttimeout", "1\t1\ttime_expired\t100",
                                              "0\t1"});
}

TEST_CASE("A rejection's row has the signal as listeners get it, and its fields", "[script][reports]") {
  ScriptBench bench;
  const auto out = bench.run(R"(
    btk.add_risk { risk_name = "r", validations = { function(q) return "no " .. q.current_signal.note end } }
    btk.add_strategy { strategy_name = "s", interval = "1h", risk_name = "r", get_signal = function(_, when, price)
      return long(price, { note = os.date("%H:%M"), cost = 70 })
    end }
    local function show(e)
      local s = e.current_signal
      return table.concat({ e.rejection_note, s.note, s.position, s.price_open, s.cost, s.minute_estimated_time, s.pnl.pnl_percentage, s.symbol }, " ")
    end
    local heard = {}
    btk.listen_risk(function(e) table.insert(heard, 1, show(e)) end)
    local names = { strategy_name = "s", exchange_name = "m", frame_name = "f" }
    for _ in btk.backtest.run("BTCUSDT", names) do end
    local list = btk.risk.get_data("BTCUSDT", names).event_list
    for i, row in ipairs(list) do assert(show(row) == heard[i] and row.price_open == row.current_signal.price_open, show(row)) end
    print(#list > 0 and #list == #heard, list[1].current_signal.note, list[1].note))");
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"true\t03:00\t03:00"});
}

TEST_CASE("Events are kept only for the reports that a script names, and change no decision", "[script][reports]") {
  ScriptBench bench;
  const auto plain = bench.run(kSetup + "for _ in btk.backtest.run('BTCUSDT', names) do end");
  CHECK(plain.report().events.empty());
  CHECK(plain.report().collected == 0);
  const auto asked = bench.run(kSetup + "for _ in btk.backtest.run('BTCUSDT', names) do end\n"
                                        "    local _ = btk.schedule, btk.max_drawdown, btk.highest_profit, btk.partial");
  CHECK_FALSE(asked.report().events.empty());
  CHECK(asked.report().run_hash == plain.report().run_hash);
  const auto backtest = bench.run(kSetup + R"(
    for _ in btk.backtest.run("BTCUSDT", names) do end
    print(btk.backtest.get_data("BTCUSDT", names).total_signals))");
  CHECK(backtest.report().collected == 0);
}

TEST_CASE("A script may call the module something else and look reports up by their names", "[script][reports]") {
  ScriptBench bench;
  const auto alias = bench.run(kSetup + R"(
    local b = btk
    for _ in b.backtest.run("BTCUSDT", names) do end
    print(b.schedule.get_data("BTCUSDT", names).total_events, type(b.partial.get_data("BTCUSDT", names).total_profit)))");
  CHECK(alias.problem == "");
  CHECK(alias.lines == std::vector<std::string>{"2\tnumber"});
  const auto looked_up = bench.run(kSetup + R"(
    for _ in btk.backtest.run("BTCUSDT", names) do end
    for _, kind in ipairs { "schedule", 'partial', "breakeven", "risk", "performance", "strategy", "sync",
                            "highest_profit", "max_drawdown" } do
      local got = btk[kind].get_data("BTCUSDT", names)
      if type(got.total_events or got.total_rejections) ~= "number" then print("nothing about " .. kind) end
    end)");
  CHECK(looked_up.problem == "");
  CHECK(looked_up.lines.empty());
  const auto hidden = bench.run(kSetup + R"(
    for _ in btk.backtest.run("BTCUSDT", names) do end
    local S, key = btk.schedule, [[partial]]
    print(S.get_data("BTCUSDT", names).total_events, type(btk[key].get_data("BTCUSDT", names).total_profit),
          type(btk["sy" .. "nc"].get_data("BTCUSDT", names).total_events)))");
  CHECK(hidden.problem == "");
  CHECK(hidden.lines == std::vector<std::string>{"2\tnumber\tnumber"});
}

TEST_CASE("Durations that were not kept are an error in every function, never an empty report", "[script][reports]") {
  ScriptBench bench;
  for (const char* function : {"get_data", "get_report", "dump"}) {
    const auto out = bench.run(kSetup + R"(
      for _ in btk.backtest.run("BTCUSDT", names) do end
      local performance = btk["perf" .. "ormance"]
      performance.)" + function + R"(("BTCUSDT", names))");
    INFO(function);
    CHECK_THAT(out.problem, Contains("the durations of this run were not kept"));
  }
}

TEST_CASE("The heat map covers the symbols of an exchange and frame", "[script][reports]") {
  ScriptBench bench;
  const auto out = bench.run(kSetup + R"(
    for _, symbol in ipairs { "BTCUSDT", "ETHUSDT", "BTCUSDT" } do
      for _ in btk.backtest.run(symbol, names) do end
    end
    local heat = btk.heat.get_data(names)
    print(heat.total_symbols, heat.portfolio_total_trades, heat.symbols[1].symbol, heat.symbols[2].symbol))");
  CHECK(out.problem == "");
  REQUIRE(out.lines.size() == 1);
  CHECK_THAT(out.lines[0], Contains("2\t2\t"));
  const auto other = bench.run(kSetup + R"(
    for _ in btk.backtest.run("BTCUSDT", names) do end
    local wide = { exchange_name = "m", frame_name = "f" }
    print(btk.heat.get_data("BTCUSDT", names).total_symbols, btk.heat.get_data(wide).total_symbols, btk.heat.get_data("any", wide).total_symbols))");
  CHECK(other.text() == "1\t1\t1");
}

TEST_CASE("Columns of one's own are checked", "[script][reports]") {
  ScriptBench bench;
  const auto column = [](const std::string& key) { return "{ key = '" + key + "', label = 'L', format = tostring }"; };
  CHECK_THAT(bench.run("btk.set_columns { heat_columns = { " + column("a") + ", " + column("a") + " } }").problem,
             Contains("1. heat_columns: Duplicate key \"a\" at indexes 1, 2"));
  CHECK_THAT(bench.run("btk.set_columns { hat_columns = {} }").problem, Contains("no column list 'hat_columns'"));
  CHECK(bench.run("btk.set_columns { risk_columns = { " + column("a") + " } }\nprint(#btk.get_columns().risk_columns)").lines ==
        std::vector<std::string>{"1"});
}

namespace {

// What the host would say: two usual columns, and as report the table that it was given.
void make_reports(ScriptBench& bench) {
  bench.options.kind_report = [](const lua::KindReport& wish) { return wish.kind + "\n" + wish.table; };
  bench.options.usual_columns = [](const lua::KindReport& wish) {
    std::vector<lua::UsualColumn> columns{{"signalId", "Signal ID"}, {"note", "Note", false}};
    for (const lua::RunReport& run : wish.runs) {
      for (auto s = run.signals.rbegin(); s != run.signals.rend(); ++s) {
        if (s->action != Action::closed) continue;
        columns[0].cells.push_back("id of " + s->signal.note);
        columns[1].cells.push_back(s->signal.note);
      }
    }
    return columns;
  };
}

const std::string kTwice = R"(
    btk.add_strategy { strategy_name = "s", interval = "1h", get_signal = function(_, when, price)
      local t = os.date("%H:%M")
      if t == "00:00" or t == "01:00" then return long(price, { minute_estimated_time = 30, note = t }) end
    end }
    local names = { strategy_name = "s", exchange_name = "m", frame_name = "f" }
    local half = { key = "half", label = "Half", format = function(row, index) return index .. ":" .. row.pnl.pnl_entries / 2 end }
    local function run() for _ in btk.backtest.run("BTCUSDT", names) do end end
)";

}  // namespace

TEST_CASE("A back-test's table has the columns that a script chooses: usual ones by key, and its own", "[script][reports][columns]") {
  ScriptBench bench;
  make_reports(bench);
  const auto out = bench.run(kTwice + R"(
    run()
    print(btk.backtest.get_report("BTCUSDT", names))
    print(btk.backtest.get_report("BTCUSDT", names, { "note", half }))
    btk.set_columns { backtest_columns = { half, "signalId" } }
    print(btk.backtest.get_report("BTCUSDT", names))
    print(btk.get_columns().backtest_columns[2], btk.get_default_columns().backtest_columns[1]))");
  CHECK(out.problem == "");
  CHECK(out.lines == std::vector<std::string>{"backtest\n", "backtest\n| Note | Half |\n| --- | --- |\n| 01:00 | 1:50 |\n| 00:00 | 2:50 |",
                                              "backtest\n| Half | Signal ID |\n| --- | --- |\n| 1:50 | id of 01:00 |\n| 2:50 | id of 00:00 |",
                                              "signalId\tsignalId"});
}

TEST_CASE("A table in one's own columns has as many rows as the usual one", "[script][reports][columns]") {
  ScriptBench bench;
  make_reports(bench);
  const auto out = bench.run("btk.set_config { CC_MAX_BACKTEST_MARKDOWN_ROWS = 1 }" + kTwice +
                             "run() print(btk.backtest.get_report('BTCUSDT', names, { half }))");
  CHECK(out.problem == "");
  CHECK(out.text() == "backtest\n| Half |\n| --- |\n| 1:50 |");
}

TEST_CASE("A column that a report does not have is told with the nearest one", "[script][reports][columns]") {
  ScriptBench bench;
  CHECK_THAT(bench.run("btk.set_columns { live_columns = { 'signalld' } }").problem, Contains("Strategy not specified"));  // nobody makes reports here
  make_reports(bench);
  CHECK_THAT(bench.run("btk.set_columns { live_columns = { 'signalld' } }").problem,
             Contains("live_columns: column 1 \"signalld\" is none of the report's own (did you mean 'signalId'?)"));
  CHECK_THAT(bench.run("btk.set_columns({ live_columns = { 'signalld' } }, true)").problem, Contains("Strategy not specified"));
  CHECK_THAT(bench.run("btk.set_columns { risk_columns = { 'note', 'note' } }").problem, Contains("Duplicate key \"note\" at indexes 1, 2"));
  CHECK_THAT(bench.run("btk.set_columns { walker_strategy_colums = {} }").problem, Contains("did you mean 'walker_strategy_columns'?"));
}

TEST_CASE("What is wrong with columns is told, in the same order every time", "[script][reports][columns]") {
  ScriptBench bench;
  make_reports(bench);
  const auto problem = [&](const std::string& call) { return bench.run(call).problem; };
  CHECK_THAT(problem("btk.set_columns { heat_columns = { { key = 'a', label = 'A', format = tostring, is_visble = print, isVisible = print, lable = '' } } }"),
             Contains("1. heat_columns: column 1 has no field 'isVisible' (did you mean 'is_visible'?)\n"
                      "  2. heat_columns: column 1 has no field 'is_visble' (did you mean 'is_visible'?)\n"
                      "  3. heat_columns: column 1 has no field 'lable' (did you mean 'label'?)"));
  CHECK_THAT(problem("btk.set_columns { heat_columns = { { key = 'a', label = 'A', format = tostring, colour = 1 } } }"),
             Contains("has no field 'colour'; it has key, label, format, is_visible"));
  CHECK_THAT(problem("btk.set_columns { sync_columns = 1, risk_columns = 2, partial_columns = 3, heat_columns = 4, live_columns = 5 }"),
             Contains("1. heat_columns must be a list of columns, got number\n  2. live_columns must be a list of columns, got number\n"
                      "  3. partial_columns must be a list of columns, got number\n  4. risk_columns must be a list of columns, got number\n"
                      "  5. sync_columns must be a list of columns, got number"));
  const auto unchecked = problem("btk.set_columns({ backtest_columns = 7 }, true)");
  CHECK_THAT(unchecked, Contains("backtest_columns must be a list of columns, got number"));
  CHECK_THAT(unchecked, Contains("test.lua:1: "));
}

TEST_CASE("Cells and labels of a script's own columns, and cells of the program's beside them, fit a table's line", "[script][reports][columns]") {
  ScriptBench bench;
  make_reports(bench);
  bench.options.usual_columns = [](const lua::KindReport&) { return std::vector<lua::UsualColumn>{{"few", "Few", true, {"first|a\nb\\|c"}}}; };
  const auto out = bench.run(kTwice + R"(
    run()
    local function column(key, label, format) return { key = key, label = label, format = format } end
    print(btk.backtest.get_report("BTCUSDT", names, { "few", column("a", "A|B\nC", function(_, i) if i == 1 then return "a|b\r\n c\\|d" end end),
                                                      column("n", "N", function(_, i) return i == 1 and 0 / 0 or -1 / 0 end),
                                                      column("e", "E", function(_, i) return i == 2 and "" end) })))");
  CHECK(out.problem == "");
  CHECK(out.text() == "backtest\n| Few | A\\|B C | N | E |\n| --- | --- | --- | --- |\n| first\\|a b\\\\|c | a\\|b c\\|d | N/A | false |\n| N/A | N/A | N/A |  |");
}

TEST_CASE("A comparison's tables have the columns that a script chooses", "[script][walker][columns]") {
  ScriptBench bench;
  bench.prices = ramp(0, 120, 3);
  bench.options.walker_report = [](const lua::Walk&, const lua::WalkTables& own) { return own.strategies + "\n" + own.trades; };
  bench.options.walker_columns = [](const lua::Walk& walk, bool trades) {
    std::vector<lua::UsualColumn> columns{{trades ? "symbol" : "rank", "Usual"}};
    for (std::size_t i = 0; i < walk.reports.size(); ++i) columns[0].cells.push_back(std::to_string(i + 1));
    return columns;
  };
  const auto out = bench.run(R"(
    for i, take in ipairs { 1.01, 0, 1.02 } do
      btk.add_strategy { strategy_name = "s" .. i, interval = "1h", get_signal = function(symbol, when, price)
        if take > 0 and os.date("%H:%M") == "00:00" then return long(price, { price_take_profit = price * take, minute_estimated_time = 120 }) end
      end }
    end
    btk.add_walker { walker_name = "w", exchange_name = "m", frame_name = "f", metric = "total_pnl", strategies = { "s1", "s2", "s3" } }
    local function column(key, format) return { key = key, label = key, format = format } end
    btk.set_columns { walker_strategy_columns = { "rank", column("name", function(r) return r.strategy_name end) },
                      walker_pnl_columns = { column("trade", function(t) return t.strategy_name .. " " .. t.position .. " " .. t.close_reason end) } }
    for _ in btk.walker.run("BTCUSDT", { walker_name = "w" }) do end
    print(btk.walker.get_report("BTCUSDT", { walker_name = "w" })))");
  CHECK(out.problem == "");
  CHECK(out.text() == "| Usual | name |\n| --- | --- |\n| 1 | s3 |\n| 2 | s1 |\n| 3 | s2 |\n"
                      "| trade |\n| --- |\n| s3 long take_profit |\n| s1 long take_profit |");
}
