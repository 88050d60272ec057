// Hot reload: a run goes on in a new script state, and back when that fails.
#include "tests/lua/live_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

/// Holds a long from minute 2 on and tells its moves; `version` stands in what it prints.
std::string script(const std::string& version, const std::string& more = "") {
  return R"(
    local V, kept, count = ")" + version + R"(", {}, 0
    btk.add_strategy { strategy_name = "s", interval = "1m", actions = { "a" },
      get_signal = function(symbol, when, price)
        if when >= 1704067200000 + 120000 then return long(price, { minute_estimated_time = 100000 }) end end,
      callbacks = { on_active_ping = function() count = count + 1
        kept[#kept + 1] = btk.get_candles("BTCUSDT", "1m", 20)
        kept[#kept + 1] = btk.get_candles("BTCUSDT", "15m", 20) end } }
    btk.set_config { CC_MAX_SIGNAL_LIFETIME_MINUTES = 1000000 }
    btk.add_action { action_name = "a", handler = function(ctx) return {
      on_init = function() print(V .. " init") end, on_dispose = function() print(V .. " dispose " .. count) end } end }
    )" + more;
}
const std::string kHandOver = R"(
    return { on_save = function() return { count = count } end,
             on_restore = function(state, old) count = state.count print(V .. " restored " .. count .. " from " .. old) end,
             on_reload = function(symbol, old) print(V .. " reload " .. symbol) end })";

/// What the host does at a step boundary; the old script is given back.
std::unique_ptr<lua::Script> reload(LiveBench& bench, const std::string& text, int version) {
  auto fresh = bench.make(text);
  REQUIRE(lua::reload_refusal(*bench.script, *fresh, bench.planned()).empty());
  const std::string state = bench.script->save_state();
  const int old = bench.setup.script_version;
  bench.setup.script_version = version;
  fresh->adopt_run(bench.script->release_run(), bench.planned(), bench.setup);
  fresh->restore_state(state, old);
  std::swap(bench.script, fresh);
  return fresh;
}

}  // namespace

TEST_CASE("A reload hands over what the script saved; the position does not notice", "[live]") {
  LiveBench bench([](int m) { return 100 + 0.0001 * m; });
  bench.begin(script("v1", kHandOver));
  bench.minutes(0, 10);
  const Signal before = *bench.trader().pending();
  reload(bench, script("v2", kHandOver), 2).reset();
  bench.minutes(11, 20);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.lines == std::vector<std::string>{"v1 init", "v1 dispose 8", "v2 init", "v2 restored 8 from 1", "v2 reload BTCUSDT"});
  const Signal& after = *bench.trader().pending();
  CHECK(after.id == before.id);
  CHECK(after.price_stop_loss == before.price_stop_loss);
  CHECK(after.script_version == 1);
  CHECK(bench.trader().now().when == static_cast<double>(kStart + 19 * kMinute));
  bench.script->command("flatten");
  bench.minutes(21, 23);
  REQUIRE(bench.trader().pending() != nullptr);
  CHECK(bench.trader().pending()->script_version == 2);
}

TEST_CASE("A session with reloads of an unchanged script decides as one without", "[live]") {
  const Prices prices = [](int m) { return 100 + 3 * std::sin(m / 40.0); };
  const std::string text = "btk.add_strategy { strategy_name = 's', interval = '5m', get_signal = function(symbol, when, price) "
                           "  local c = btk.get_candles(symbol, '5m', 12) "
                           "  if c[12].close > c[1].close then return long(price, { price_take_profit = price * 1.01 }) end end }";
  LiveBench whole(prices), broken(prices);
  whole.begin(text);
  whole.minutes(0, 600);
  broken.begin(text);
  for (int m = 0; m <= 600; ++m) {
    broken.minute(m);
    if (m % 50 == 7) reload(broken, text, m).reset();
  }
  CHECK(whole.trader().finished().size() > 3);
  CHECK(broken.trader().decisions().text() == whole.trader().decisions().text());
}

TEST_CASE("A new version that fails gives the run back, with the old one's lists still valid", "[live]") {
  LiveBench bench([](int m) { return 100 + 0.0001 * m; });
  bench.begin(script("v1", R"(
    btk.listen_active_ping(function()
      if at(6019) then for _, list in ipairs(kept) do assert(#list == 20 and list[1].close > 90 and list:closes()[20] > 90) end print("all valid") end
    end))"));
  bench.minutes(0, 40);
  auto old = reload(bench, script("v2", "btk.listen_active_ping(function() error('bad') end)"), 2);
  bench.minutes(41, 6000);  // meanwhile the series outgrows its room
  CHECK(bench.errors().size() == 1);
  std::unique_ptr<lua::Script> failed = std::move(bench.script);
  bench.setup.script_version = 1;
  old->adopt_run(failed->release_run(), bench.planned(), bench.setup);
  failed.reset();
  bench.script = std::move(old);
  bench.minutes(6001, 6021);
  CHECK(std::count(bench.lines.begin(), bench.lines.end(), "all valid") == 1);
  CHECK(bench.lines[3] == "v2 dispose 5960");
  CHECK(bench.lines[4] == "v1 init");
}

TEST_CASE("200 reloads under an open position: no tick is skipped and memory does not grow", "[live]") {
  LiveBench bench([](int m) { return 100 + 0.0001 * m; });
  bench.begin(script("v"));
  bench.minutes(0, 5);
  const std::string id = bench.trader().pending()->id;
  std::size_t most = 0, at_ten = 0;
  for (int i = 0; i < 200; ++i) {
    reload(bench, script("v"), 2 + i).reset();
    bench.minute(6 + i);
    CHECK(bench.trader().now().when == static_cast<double>(kStart + (5 + i) * kMinute));
    most = std::max(most, bench.script->isolate().memory_used());
    if (i == 10) at_ten = most;
  }
  CHECK(bench.trader().pending()->id == id);
  CHECK(most < at_ten * 3 / 2);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.lines.size() == 401);
}

TEST_CASE("What a reload may not change is refused in one sentence", "[live]") {
  LiveBench bench;
  const std::string text = "btk.add_strategy { strategy_name = 's', interval = '5m' }";
  bench.begin(text);
  const auto refusal = [&](const std::string& other) {
    return lua::reload_refusal(*bench.script, *bench.make(other), bench.planned());
  };
  CHECK(refusal(text + " -- a comment") == "");
  CHECK(refusal("btk.add_strategy { strategy_name = 's', interval = '1m' }") ==
        "strategy \"s\" would change its interval from 5m to 1m; stop and start for that");
  CHECK(refusal("btk.add_strategy { strategy_name = 't', interval = '5m' }") ==
        "strategy \"s\" trades BTCUSDT and is no longer registered");
  CHECK_THAT(refusal(text + " btk.override_exchange { exchange_name = 'm', driver = 'binance' }"),
             Contains("exchange \"m\" would change from driver synthetic to driver binance"));
  CHECK_THAT(refusal(text + " btk.override_exchange { exchange_name = 'm', driver = 'csv', path = 'a.csv' }"), Contains("to driver csv a.csv"));
  CHECK_THROWS_WITH(bench.make("btk.add_strategy { strategy_nam = 's' }"), Contains("test.lua:1:") && Contains("strategy_name"));
  bench.minutes(0, 3);  // the old one goes on
}

TEST_CASE("A hand-over that fails is a script error, and the run goes on without it", "[live]") {
  LiveBench bench;
  bench.begin(script("v1", "return { on_save = function() return { f = print } end }"));
  bench.minutes(0, 4);
  CHECK(bench.script->save_state() == "");
  REQUIRE(bench.errors().size() == 1);
  CHECK_THAT(bench.errors()[0], Contains("on_save"));
  bench.script->restore_state(R"({"1":{"n":1}})", 1);  // no on_restore: nothing happens
}

TEST_CASE("The main script hears of reloads and of runs that are over", "[live]") {
  LiveBench bench;
  bench.options.files = {bench.folder.write("test.lua", bench.head + R"(
    btk.add_strategy { strategy_name = "s", interval = "1m" }
    btk.listen_reload(function(e) print(e.file, e.ok, e.error, e.version, #e.symbols) end)
    btk.listen_done_live(function(e) print(e.symbol, e.backtest, e.frame_name) end))")};
  lua::Script main(bench.options, lua::Script::Role::main);
  main.load();
  main.announce_reload({"s.lua", "s.lua:14: broken", {"A", "B"}, false, 3});
  lua::RunReport report;
  report.symbol = "BTCUSDT", report.strategy_name = "s", report.exchange_name = "m";
  main.announce_done_live(report);
  CHECK(bench.lines == std::vector<std::string>{"s.lua\tfalse\ts.lua:14: broken\t3\t2", "BTCUSDT\tfalse\tnil"});
}
