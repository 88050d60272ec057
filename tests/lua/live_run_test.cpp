// Paper and live runs from a script's side: candles that grow, the present
// moment, what it is told, and what the host may ask of it.
#include "tests/lua/live_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

TEST_CASE("A paper run trades the minutes as they come, and says that it is one", "[live]") {
  LiveBench bench(ramp(10, 10, 3));
  bench.begin(R"(
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(symbol, when, price) if at(5) then return long(price) end end,
      callbacks = { on_open = function(_, row, _, _, backtest) print("open", row.backtest, backtest) end,
                    on_close = function(_, row, price, when, backtest) print("close", backtest, row.script_version) end } }
    btk.listen_signal_backtest(function() print("wrong channel") end)
    btk.listen_signal_live(function(r)
      if r.action == "opened" then
        local c = btk.get_context()
        print(r.action, r.backtest, btk.get_mode(), c.strategy_name, c.exchange_name, c.frame_name, r.frame_name)
        print(os.date("%H:%M:%S"), #r.signal.fills, r.signal.observed_at - btk.get_timestamp())
      end
    end))");
  bench.minutes(0, 30);
  CHECK(bench.text() ==
        "open\tnil\tfalse\nopened\tfalse\tpaper\ts\tm\tnil\tnil\n00:05:00\t1\t500\nclose\tfalse\t1");
  CHECK(bench.errors() == std::vector<std::string>{});
  const auto report = bench.script->finish();
  REQUIRE(report.signals.size() == 1);
  CHECK(report.signals[0].close_reason == CloseReason::take_profit);
  CHECK(report.frame_name == "");
  REQUIRE(report.signals[0].signal.fills.size() == 2);
  const Fill& bought = report.signals[0].signal.fills[0];
  CHECK(bought.action == "open");
  CHECK(*bought.price == Approx(100.1));
  CHECK(*bought.quantity == Approx(1.0));
  CHECK(*bought.fee == Approx(0.1001));
}

TEST_CASE("Candle lists grow with the session, keep what they were, and never show what is not closed", "[live]") {
  LiveBench bench([](int m) { return 100 + 0.001 * m; });
  bench.begin(R"(
    local kept, sums = {}, {}
    local function sum(list) local s = 0 for i = 1, #list do s = s + list[i].close * i end return s end
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol, when)
      for _, interval in ipairs { "1m", "5m", "1h" } do
        local list = btk.get_candles(symbol, interval, 10)
        local step = ({ ["1m"] = 60000, ["5m"] = 300000, ["1h"] = 3600000 })[interval]
        assert(list[10].timestamp + step <= when and list[10].timestamp + 2 * step > when, interval)
        assert(not pcall(function() return list[11] end))
        kept[#kept + 1] = list
        sums[#sums + 1] = sum(list)
      end
      if at(7000) then
        for i, list in ipairs(kept) do assert(sum(list) == sums[i]) end
        print("kept", #kept)
      end
    end })");
  bench.minutes(0, 7000);  // beyond the room that a series starts with
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == "kept\t21003");
  CHECK(bench.source->loads == 1);
}

TEST_CASE("A live series put together minute by minute is the one of a back-test, to the last bit", "[live]") {
  const Prices prices = [](int m) { return 100 + 3 * std::sin(m / 17.0) + 0.7 * std::sin(m * 1.3); };
  LiveBench bench(prices);
  bench.begin("btk.add_strategy { strategy_name = 's', interval = '1m' }");
  for (const Interval interval : {Interval::m3, Interval::m15, Interval::h4}) bench.script->run().series("BTCUSDT", interval);
  for (int m = 0; m < 4000; ++m) {
    bench.minute(m);
    if (m % 7 == 0) bench.script->run().series("BTCUSDT", Interval::m15);
  }
  for (const Interval interval : {Interval::m3, Interval::m15, Interval::h4}) {
    const CandleSeries& grown = bench.script->run().series("BTCUSDT", interval);
    const CandleSeries whole = bench.script->run().series("BTCUSDT", Interval::m1).resample(interval);
    REQUIRE(grown.size() == whole.size());
    CHECK(grown.first() == whole.first());
    CHECK(std::equal(grown.high().begin(), grown.high().end(), whole.high().begin()));
    CHECK(std::equal(grown.low().begin(), grown.low().end(), whole.low().begin()));
    CHECK(std::equal(grown.close().begin(), grown.close().end(), whole.close().begin()));
    CHECK(std::equal(grown.open().begin(), grown.open().end(), whole.open().begin()));
    CHECK(std::equal(grown.volume().begin(), grown.volume().end(), whole.volume().begin()));
  }
}

TEST_CASE("Missing minutes are filled flat and reported, or end the run where the exchange says so", "[live]") {
  LiveBench bench([](int m) { return 100 + m * 0.01; });
  bench.source->missing = {3, 4};
  const std::string strategy = "btk.add_strategy { strategy_name = 's', interval = '1m' }";
  bench.begin(strategy);
  bench.minutes(0, 5);
  CHECK(bench.script->candles_end() == kStart + 3 * kMinute);  // nothing is made up before a later candle shows the gap
  bench.minute(6);
  CHECK(bench.script->candles_end() == kStart + 6 * kMinute);
  const auto report = bench.script->finish();
  REQUIRE(report.gaps.size() == 1);
  CHECK(report.gaps[0].from == kStart + 3 * kMinute);
  CHECK(report.gaps[0].candles == 2);

  bench.head.replace(bench.head.find("driver ="), 0, "gaps = 'error', ");
  bench.begin(strategy);
  bench.minutes(0, 5);
  CHECK_THROWS_WITH(bench.minute(6), Contains("2 candles missing") && Contains("gaps = \"fill\""));
}

TEST_CASE("Candles that are not sound, or come out of order, are refused and change nothing", "[live]") {
  LiveBench bench;
  bench.begin("btk.add_strategy { strategy_name = 's', interval = '1m' }");
  bench.minutes(0, 3);
  const Timestamp end = bench.script->candles_end();
  Candle good = bench.source->candle("BTCUSDT", 3), bad = bench.source->candle("BTCUSDT", 4);
  bad.high = 1;
  CHECK_THROWS_WITH(bench.script->append_candles(std::vector<Candle>{good, bad}), Contains("high 1 is below low"));
  CHECK(bench.script->candles_end() == end);
  CHECK_THROWS_WITH(bench.script->append_candles(std::vector<Candle>{bench.source->candle("BTCUSDT", 5), good}),
                    Contains("after a later one"));
  CHECK(bench.script->candles_end() == end);
  bench.script->append_candles(std::vector<Candle>{bench.source->candle("BTCUSDT", 1), good});
  CHECK(bench.script->candles_end() == end + kMinute);
}

TEST_CASE("Another symbol's candles follow on demand, and everything that was seen is told", "[live]") {
  LiveBench bench;
  bench.source->prices["ETHUSDT"] = [](int m) { return 10 + m * 0.001; };
  bench.begin(R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, when)
      if not (at(2) or at(20)) then return end
      local eth = btk.get_candles("ETHUSDT", "1m", 3)
      assert(eth[3].timestamp == when - 60000)
      local longer = btk.get_candles("ETHUSDT", "5m", 2)
      assert(longer[2].timestamp + 300000 <= when and longer[2].timestamp + 600000 > when)
      print(#btk.get_candles("BTCUSDT", "1m", 2000))
    end })");
  auto seen = bench.script->take_seen();
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].symbol == "BTCUSDT");
  CHECK(seen[0].candles.size() == 1440);
  CHECK(seen[0].candles.back().timestamp == kStart - kMinute);
  bench.minutes(0, 20);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == "2000\n2000");
  seen = bench.script->take_seen();
  REQUIRE(seen.size() == 3);  // ETH at minute 2; BTC's further history; ETH's minutes after 2
  CHECK(seen[0].symbol == "ETHUSDT");
  CHECK(seen[0].candles.back().timestamp == kStart + 1 * kMinute);
  CHECK(seen[1].symbol == "BTCUSDT");
  CHECK(seen[1].candles.back().timestamp == kStart - kDay - kMinute);
  CHECK(seen[2].candles.front().timestamp == kStart + 2 * kMinute);
  CHECK(seen[2].candles.back().timestamp == kStart + 19 * kMinute);
  CHECK(bench.script->take_seen().empty());
}

TEST_CASE("A script's own get_candles serves a live run, and hears that it is no back-test", "[live]") {
  LiveBench bench;
  bench.head = "local btk = require 'btk' local now = 0 "
      "local function at(minute) return btk.get_timestamp() == 1704067200000 + minute * 60000 end "
      "btk.add_exchange{ exchange_name = 'm', get_candles = function(symbol, interval, since, limit, backtest) "
      "  assert(backtest == false) local out = {} for i = 0, limit - 1 do local t = since + i * 60000 "
      "  if t ~= 1704067200000 + 3 * 60000 then "
      "  out[#out + 1] = { timestamp = t, open = 100, high = 101, low = 99, close = 100, volume = symbol == 'ETHUSDT' and 2 or 1 } end end "
      "  return out end } ";
  bench.begin(R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, when)
      if at(2) or at(8) then
        local list = btk.get_candles("ETHUSDT", "1m", 2)
        assert(list[2].timestamp == when - 60000 and list[2].volume == 2)
        print(#btk.get_candles("BTCUSDT", "1m", 1500))
      end
    end })");
  bench.hooks.now = kStart;
  for (int m = 0; m <= 8; ++m) {
    const auto fresh = bench.script->closed_candles(bench.script->candles_end(), kStart + m * kMinute);
    if (m == 5) CHECK(fresh.size() == 1);  // minute 3 never existed
    bench.minute(m);
  }
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == "1500\n1500");
}

TEST_CASE("A signal that comes too late is dropped, and said so; a replay drops it too", "[live]") {
  const std::string script = R"(
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, when, price) if at(2) or at(4) then return long(price) end end })";
  LiveBench bench;
  bench.begin(script);
  bench.minutes(0, 1);
  bench.source->now = kStart + 2 * kMinute;
  bench.script->append_candles(bench.script->closed_candles(bench.script->candles_end(), kStart + 2 * kMinute));
  bench.hooks.now = kStart + 3 * kMinute + 1;  // 60 s and a millisecond after
  bench.script->advance({kStart + 2 * kMinute, 1});
  CHECK(bench.trader().pending() == nullptr);
  const auto late = bench.hooks.of(lua::RunInput::Kind::late);
  REQUIRE(late.size() == 1);
  CHECK(late[0].minute == kStart + 2 * kMinute);
  CHECK(late[0].stage == 1);
  CHECK_THAT(bench.log.back(), Contains("too late"));
  bench.minutes(3, 4);
  CHECK(bench.trader().pending() != nullptr);

  LiveBench again;
  again.hooks.replay = true;
  again.hooks.inputs = bench.hooks.inputs;
  again.begin(script);
  again.minutes(0, 4);
  CHECK(again.trader().decisions().text() == bench.trader().decisions().text());
  CHECK(again.trader().pending() != nullptr);
}

TEST_CASE("The host's commands take effect and are recorded with the work under way", "[live]") {
  LiveBench bench;
  bench.begin(R"(
    btk.listen_pause(function(e) print("paused", e.paused) end)
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(_, _, price) print("asked") return long(price) end })");
  bench.script->command("pause");
  bench.minutes(0, 1);
  CHECK(bench.text() == "paused\ttrue");
  bench.script->command("resume");
  bench.minute(2);
  CHECK(bench.trader().pending() != nullptr);
  bench.script->command("block");
  bench.script->command("flatten");
  bench.minutes(3, 5);
  CHECK(bench.trader().pending() == nullptr);
  REQUIRE(bench.trader().finished().size() == 1);
  CHECK(bench.text() == "paused\ttrue\npaused\tfalse\nasked");
  const auto commands = bench.hooks.of(lua::RunInput::Kind::command);
  REQUIRE(commands.size() == 4);
  CHECK(commands[1].name == "resume");
  CHECK(commands[1].minute == kStart + kMinute);
  bench.script->command("stop");
  CHECK(bench.script->advance({kStart + 6 * kMinute, 1}));
  CHECK_THROWS_WITH(bench.script->command("explode"), Contains("there are stop, pause"));
}

TEST_CASE("What a risk check sees is recorded, and a replay sees the same", "[live]") {
  const std::string script = R"(
    btk.add_risk { risk_name = "one", validations = { function(q) if q.active_position_count >= 1 then return "full" end end } }
    btk.add_strategy { strategy_name = "s", interval = "1m", risk_name = "one",
      get_signal = function(_, _, price) if at(2) or at(3) then return long(price) end end })";
  LiveBench bench;
  bench.setup.risk = std::make_shared<RiskBook>();
  bench.setup.step = std::make_shared<std::mutex>();
  RiskPosition other;
  other.owner = {"s", "m", "ETHUSDT"};
  bench.begin(script);
  bench.minutes(0, 1);
  bench.setup.risk->put("one", other);
  bench.minute(2);
  CHECK(bench.trader().pending() == nullptr);
  bench.setup.risk->release("one", other.owner);
  bench.minute(3);
  CHECK(bench.trader().pending() != nullptr);
  const auto seen = bench.hooks.of(lua::RunInput::Kind::risk);
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].positions.size() == 1);
  CHECK(seen[1].positions.empty());

  LiveBench again;
  again.hooks.replay = true;
  again.hooks.inputs = bench.hooks.inputs;
  again.begin(script);
  again.minutes(0, 3);
  CHECK(again.trader().decisions().text() == bench.trader().decisions().text());
  CHECK(again.hooks.inputs.empty());
}

TEST_CASE("Order book, trades and formats come from the exchange's driver", "[live]") {
  LiveBench bench;
  bench.source->symbol_rules = {.tick_size = 0.05, .step_size = 0.001};
  bench.begin(R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function(symbol)
      if not at(1) then return end
      local book = btk.get_order_book(symbol, 7)
      print(book.bids[1].price, book.bids[1].quantity, book.asks[1].price)
      local trades = btk.get_aggregated_trades(symbol)
      print(#trades, trades[1].price, trades[1].qty, trades[1].is_buyer_maker)
      print(btk.format_price(symbol, 100.126), btk.format_quantity(symbol, 0.0129999), btk.format_quantity(symbol, 0.3))
    end })");
  bench.minutes(0, 1);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == "99\t7\t101\n1\t100.5\t2\ttrue\n100.15\t0.012\t0.300");
}

TEST_CASE("A script that only registers runs live without a frame; background names its own runs", "[live]") {
  LiveBench bench;
  const auto plan = [&](const std::string& text) {
    bench.options.files = {bench.folder.write("test.lua", bench.head + text)};
    lua::Script main(bench.options, lua::Script::Role::main);
    main.load();
    return main.plan_live();
  };
  const std::string strategy = "btk.add_strategy { strategy_name = 's', interval = '1m' } ";
  bench.options.symbols = {"AUSDT", "BUSDT"};
  auto runs = plan(strategy);
  REQUIRE(runs.size() == 2);
  CHECK(runs[1].symbol == "BUSDT");
  CHECK(runs[1].frame_name.empty());
  runs = plan(strategy + "btk.live.background('ETHUSDT', { strategy_name = 's', exchange_name = 'm' }) "
                         "btk.live.background('XUSDT', { strategy_name = 's', exchange_name = 'm' })() "
                         "print(btk.live.list()[1].status)");
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].symbol == "ETHUSDT");
  CHECK(bench.text() == "queued");
  CHECK_THROWS_WITH(plan(strategy + "btk.live.background('A', { strategy_name = 's', exchange_name = 'm', frame_name = 'f' })"),
                    Contains("unknown field 'frame_name'"));
  CHECK_THROWS_WITH(plan(strategy + "btk.backtest.run('A', {})"), Contains("not in a paper or live session"));
}

TEST_CASE("btk.live tells the trades so far and takes commands for the run that is named", "[live]") {
  LiveBench bench(ramp(6, 10, 1.2));
  bench.begin(R"(
    local names = { strategy_name = "s", exchange_name = "m" }
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price) if at(2) then return long(price, { minute_estimated_time = 4 }) end
        if at(20) then
          local data = btk.live.get_data("BTCUSDT", names)
          print(data.total_signals, data.signal_list[1].backtest, data.total_closed, data.total_events == #data.event_list)
          local seen = {}
          for i, e in ipairs(data.event_list) do seen[i] = e.action end
          print(table.concat(seen, " "))
          local closed, opened = data.event_list[1], data.event_list[3]
          print(closed.close_reason, closed.duration, closed.symbol, opened.position, opened.price_take_profit > opened.price_open)
        end end }
    btk.listen_active_ping(function(e)
      print(btk.live.get_position_pnl_percent("BTCUSDT", names) < 0, btk.live.commit_close_pending("BTCUSDT", names)) end))");
  bench.minutes(0, 20);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == "true\ttrue\n1\tfalse\t1\ttrue\nclosed active opened idle\nclosed\t1\tBTCUSDT\tlong\ttrue");
}

TEST_CASE("A session tells what each minute came to while something is held: active or waiting", "[live]") {
  LiveBench bench(flat);
  bench.begin(R"(
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price)
        if at(2) then return long(price, { minute_estimated_time = 3 }) end
        if at(10) then return long(99, { price_open = 99 }) end
      end,
      callbacks = { on_tick = function(_, r) if r.action == "active" or r.action == "waiting" then print("on_tick", r.action) end end } }
    local function told(r)
      print(r.action, os.date("!%H:%M", r.created_at / 1000), type(r.percent_tp), type(r.percent_sl), type(r.pnl.pnl_percentage),
            r.signal.price_open)
    end
    btk.listen_signal_active(told)
    btk.listen_signal_waiting(told)
    btk.listen_active_ping(function() print("ping") end)
    btk.listen_schedule_ping(function() print("schedule ping") end))");
  bench.minutes(0, 12);
  CHECK(bench.errors() == std::vector<std::string>{});
  std::string wanted;
  for (const char* at : {"00:02", "00:03", "00:04"}) {
    wanted += std::string("ping\non_tick\tactive\nactive\t") + at + "\tnumber\tnumber\tnumber\t100\n";
  }
  for (const char* at : {"00:10", "00:11"}) {
    wanted += std::string("schedule ping\non_tick\twaiting\nwaiting\t") + at + "\tnumber\tnumber\tnumber\t99\n";
  }
  CHECK(bench.text() + "\n" == wanted);
}

TEST_CASE("A session measures its ticks", "[live]") {
  LiveBench bench(flat);
  bench.begin(R"(
    btk.add_strategy { strategy_name = "s", interval = "1m", get_signal = function() end }
    btk.listen_performance(function(e)
      print(e.metric_type, e.duration >= 0, os.date("!%H:%M", e.timestamp / 1000), e.previous_timestamp and e.timestamp - e.previous_timestamp)
    end))");
  bench.minutes(0, 2);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == "live_tick\ttrue\t00:00\tnil\nlive_tick\ttrue\t00:01\t60000\nlive_tick\ttrue\t00:02\t60000");
}

TEST_CASE("After a restart what is held goes on, and the strategy is shown it once", "[live]") {
  const std::string script = R"(
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price) if at(2) then return long(price) end end,
      callbacks = { on_active = function(_, row, price) print("active", row.id ~= nil, price) end,
                    on_close = function() print("closed") end } })";
  LiveBench bench(ramp(40, 5, 3));
  bench.begin(script);
  bench.minutes(0, 10);
  CHECK(bench.text() == "");
  bench.setup.state = bench.trader().state();
  bench.setup.decisions = bench.trader().decisions().text();
  bench.setup.start = kStart + 30 * kMinute;
  bench.script.reset();
  bench.source->now = kStart + 30 * kMinute;
  bench.begin(script);
  CHECK(bench.text() == "active\ttrue\t100");
  bench.minutes(30, 60);
  CHECK(bench.text() == "active\ttrue\t100\nclosed");
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK_THAT(bench.trader().decisions().text(), Contains("opened") && Contains("closed"));

  LiveBench whole(ramp(40, 5, 3));
  whole.begin(script);
  whole.minutes(0, 60);
  CHECK(whole.trader().decisions().text() == bench.trader().decisions().text());
}
