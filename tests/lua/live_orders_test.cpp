// Gates, checks and vetoes of a live run: who is asked, what counts as which
// verdict, what the journal has before an order is sent, and that a replay of what
// was recorded decides the same.
#include "tests/lua/live_bench.h"

#include "lua/paper_broker.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

/// Opens at minute 2; what `broker` holds are the broker's hooks.
std::string script(const std::string& broker, const std::string& more = "", const std::string& fields = "{}") {
  return R"(
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(symbol, when, price) if at(2) then return long(price, )" + fields + R"() end end }
    btk.use_broker { )" + broker + R"( }
    btk.broker.enable()
)" + more;
}

/// The session again, from what was recorded, without a broker.
std::string replayed(const LiveBench& bench, const std::string& text, int minutes, Prices prices = flat) {
  LiveBench again(std::move(prices));
  again.use_live_broker();
  again.hooks.replay = true;
  again.hooks.inputs = bench.hooks.inputs;
  again.begin(text);
  again.minutes(0, minutes);
  CHECK(again.hooks.written.empty());
  CHECK(again.hooks.inputs.empty());
  return again.script->run().trader().decisions().text();
}

std::vector<Verdict> verdicts(const LiveBench& bench) {
  std::vector<Verdict> all;
  for (const auto& input : bench.hooks.of(lua::RunInput::Kind::verdict)) all.push_back(input.answer.verdict);
  return all;
}

}  // namespace

TEST_CASE("A broker hears of an order after the journal, and its fill stands beside the model", "[live]") {
  const std::string text = script(R"(
    wait_for_init = function() print("init") end,
    on_order_open_commit = function(o)
      print(o.action, o.type, o.attempt, o.backtest, o.signal_id == o.signal.id, o.current_price, o.cost, o.quantity, o.position)
      return { price = 100.2, quantity = 0.99, fee = 0.1, order_id = 77 }
    end,
    on_order_active_check = function(o) if at(3) then print("check", o.type, o.attempt) end end,
    on_order_close_commit = function(o) print(o.action, o.close_reason, o.quantity) end,
    on_signal_pending_open = function(e) print("told", e.action) end,
    on_signal_pending_close = function(e) print("told", e.action) end)",
    "btk.listen_order_fill(function(e) print('fill', e.fill and e.fill.price) end)", "{ minute_estimated_time = 5 }");
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(text);
  CHECK(bench.script->broker_enabled());
  bench.minutes(0, 12);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.lines == std::vector<std::string>{"init", "signal-open\tactive\t0\tfalse\ttrue\t100\t100\t1\tlong", "fill\t100.2",
                                                "told\topened", "check\tactive\t0", "signal-close\ttime_expired\t1", "fill\tnil",
                                                "told\tclosed"});
  const std::string id = bench.trader().finished().at(0).signal.id;
  REQUIRE(bench.hooks.written.size() > 2);
  CHECK(bench.hooks.written.front() == "open " + id + " 0");
  CHECK(bench.hooks.written.back() == "close " + id + " 0");
  const auto& fills = bench.trader().finished().at(0).signal.fills;
  REQUIRE(fills.size() == 1);
  CHECK(*fills[0].price == 100.2);
  CHECK(fills[0].order_id == "77");
  CHECK(bench.trader().finished().at(0).signal.price_open == 100);
  CHECK(replayed(bench, text, 12) == bench.trader().decisions().text());
}

TEST_CASE("Rejected is for good, anything else is asked again with the same id", "[live]") {
  const std::string text = script(R"(
    on_order_open_commit = function(o)
      print(o.attempt, o.signal_id)
      if o.attempt == 0 then error("connection reset") end
      if o.attempt == 1 then error(btk.order_deleted("not for gates")) end
      error(btk.order_rejected("no money"))
    end)", "btk.listen_order_reject(function(e) print(e.message) end) "
           "btk.listen_error(function(e) print('error', (e.message:gsub('^.*%.lua:%d+: ', ''))) end)");
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(text);
  bench.minutes(0, 8);
  CHECK(bench.errors() == std::vector<std::string>{});
  REQUIRE(bench.lines.size() == 6);
  CHECK(bench.lines[1] == "error\tconnection reset");
  CHECK(bench.lines[3] == "error\tnot for gates");
  CHECK(bench.lines[0].substr(1) == bench.lines[2].substr(1));
  CHECK(bench.lines[5] == "no money");
  CHECK_THAT(bench.log.back(), Contains("warn: BTCUSDT on_order_open_commit: refused, so signal") && Contains("is dropped: no money"));
  CHECK(verdicts(bench) == std::vector<Verdict>{Verdict::unknown, Verdict::unknown, Verdict::rejected});
  CHECK_THAT(bench.hooks.of(lua::RunInput::Kind::verdict)[0].answer.why, Contains("test.lua:") && Contains("connection reset"));
  CHECK(bench.trader().pending() == nullptr);
  CHECK(replayed(bench, text, 8) == bench.trader().decisions().text());
}

TEST_CASE("A refused close is an error that the log tells: the books close, the exchange may still hold it", "[live]") {
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(script("on_order_close_commit = function() error(btk.order_rejected('margin is locked')) end", "", "{ minute_estimated_time = 3 }"));
  bench.minutes(0, 8);
  REQUIRE(bench.trader().finished().size() == 1);
  CHECK_THAT(bench.log.back(), Contains("error: BTCUSDT on_order_close_commit: refused: margin is locked; signal " +
                                        bench.trader().finished()[0].signal.id + " is closed in the books"));
}

TEST_CASE("On paper an order that the exchange would refuse is told, too", "[live]") {
  LiveBench bench;
  bench.source->symbol_rules.min_notional = 500;
  bench.begin(script(""));
  bench.minutes(0, 3);
  CHECK(bench.trader().pending() == nullptr);
  CHECK_THAT(bench.log.back(), Contains("warn: BTCUSDT on_order_open_commit: refused, so signal") && Contains("is less than the exchange takes"));
}

TEST_CASE("A check that finds the position gone closes it; other errors of a check are no verdict", "[live]") {
  const std::string text = script(R"(
    on_order_active_check = function(o)
      if at(4) then error(btk.order_rejected("wrong kind")) end
      if at(5) then error({ code = 418 }) end
      if at(7) then error(btk.order_deleted("closed by hand")) end
    end)", "btk.listen_order_stop(function(e) print(e.reason, e.message, e.type) end) "
           "btk.listen_order_continue(function(e) print('on', e.attempt) end)");
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(text);
  bench.minutes(0, 9);
  CHECK(bench.lines == std::vector<std::string>{"on\t0", "on\t0", "on\t1", "on\t2", "on\t0", "deleted\tclosed by hand\tactive"});
  REQUIRE(bench.trader().finished().size() == 1);
  CHECK(bench.trader().finished()[0].close_reason == CloseReason::closed);
  CHECK(replayed(bench, text, 9) == bench.trader().decisions().text());
}

TEST_CASE("Listeners and action handlers have a say before an order is sent, none afterwards", "[live]") {
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(script(R"(
    on_order_open_commit = function(o) print("broker", o.attempt) if o.attempt == 1 then error("time-out") end end)",
    R"(
    btk.listen_sync(function(e) print("first", e.attempt) if e.attempt ~= 1 then error("not yet") end end)
    btk.listen_sync(function(e) print("second") if e.attempt == 0 then error(btk.order_rejected("never")) end end)
    btk.add_action { action_name = "a", handler = { on_order_sync = function(e) print("action") end } }
    btk.override_strategy { strategy_name = "s", actions = { "a" } })"));
  bench.minutes(0, 4);
  // The first error decides (no verdict); on the second try all agree and the order is sent; the third cannot be refused.
  CHECK(bench.lines == std::vector<std::string>{"first\t0", "second", "first\t1", "second", "action", "broker\t1", "first\t2",
                                                "second", "broker\t2"});
  CHECK(bench.trader().pending() != nullptr);
  CHECK(bench.hooks.written.size() == 2);
}

TEST_CASE("Nothing is sent while the journal cannot be written or the broker is not ready", "[live]") {
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(script(R"(
    wait_for_init = function() if at(4) or at(2) then error("no network") end print("ready") end,
    on_order_open_commit = function(o) print("sent", o.attempt) end)"));
  bench.hooks.broken_journal = false;
  bench.minutes(0, 2);
  CHECK(bench.hooks.written.empty());
  bench.hooks.broken_journal = true;
  bench.minute(3);
  CHECK(bench.text() == "ready");
  CHECK_THAT(bench.hooks.of(lua::RunInput::Kind::verdict).back().answer.why, Contains("no space"));
  bench.hooks.broken_journal = false;
  bench.minute(4);
  CHECK(bench.text() == "ready\nsent\t2");
  CHECK(bench.trader().pending() != nullptr);
}

TEST_CASE("Without a broker, or with a disabled one, gates confirm as the model says", "[live]") {
  LiveBench bench;
  const std::string text = script("on_order_open_commit = function() print('asked') end");
  bench.begin(text);  // paper
  bench.minutes(0, 3);
  CHECK(bench.trader().pending() != nullptr);
  CHECK(bench.text() == "");
  CHECK(bench.hooks.inputs.empty());

  LiveBench live;
  live.use_live_broker();
  live.begin(text + "btk.broker.disable()");
  CHECK(!live.script->broker_enabled());
  live.minutes(0, 3);
  CHECK(live.trader().pending() != nullptr);
  CHECK(live.text() == "");
}

TEST_CASE("The paper broker refuses what is too small for the exchange", "[live]") {
  LiveBench bench;
  bench.source->symbol_rules = {.tick_size = 0.01, .step_size = 0.3, .min_quantity = 0.3, .min_notional = 200};
  bench.begin(script("", "btk.listen_order_reject(function(e) print(e.message) end)"));
  bench.minutes(0, 4);
  CHECK(bench.trader().pending() == nullptr);
  CHECK_THAT(bench.text(), Contains("minimum value 200"));
  REQUIRE(verdicts(bench) == std::vector<Verdict>{Verdict::rejected});

  bench.source->symbol_rules.min_notional = 50;
  bench.begin(script(""));
  bench.minutes(5, 5);
  lua::SymbolRules rules = bench.source->symbol_rules;
  OrderQuery query;
  query.price = 100;
  query.signal.cost = 100;
  query.signal.entries.push_back({100, 100, 0});
  const OrderAnswer answer = lua::simulated_answer(query, Config{}, rules);
  CHECK(*answer.fill->quantity == Approx(0.9));  // down to the step
}

TEST_CASE("On paper the fills of a position with average buys and partial closes balance", "[live]") {
  LiveBench bench;
  bench.begin(R"(
    btk.set_config { CC_ENABLE_PPPL_EVERYWHERE = true, CC_ENABLE_DCA_EVERYWHERE = true }
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(_, _, price) if at(5) then return long(price, { cost = 1000, minute_estimated_time = 20 }) end end,
      callbacks = { on_active_ping = function(symbol)
        if at(8) then btk.commit_average_buy(symbol, 500) end
        if at(12) then btk.commit_partial_loss(symbol, 40) end
      end } })");
  bench.minutes(0, 40);
  CHECK(bench.errors() == std::vector<std::string>{});
  REQUIRE(bench.trader().finished().size() == 1);
  double held = 0;
  std::vector<std::string> actions;
  for (const Fill& fill : bench.trader().finished()[0].signal.fills) {
    actions.push_back(fill.action);
    held += *fill.quantity * (fill.action == "open" || fill.action == "average-buy" ? 1 : -1);
    CHECK(*fill.fee > 0);
  }
  CHECK(actions == std::vector<std::string>{"open", "average-buy", "partial-loss", "close"});
  CHECK(held == Approx(0).margin(1e-9));
}

TEST_CASE("A broken fill does not undo a confirmation", "[live]") {
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(script("on_order_open_commit = function() return { price = 'much', quantity = 2 } end"));
  bench.minutes(0, 3);
  REQUIRE(bench.trader().pending() != nullptr);
  REQUIRE(bench.trader().pending()->fills.size() == 1);
  CHECK(!bench.trader().pending()->fills[0].price);
  CHECK(*bench.trader().pending()->fills[0].quantity == 2);
  REQUIRE(bench.errors().size() == 1);
  CHECK_THAT(bench.errors()[0], Contains("price") && Contains("much"));
}

TEST_CASE("A broker may refuse a command before anything changes; a replay refuses it too", "[live]") {
  const std::string text = script(R"(
    on_partial_profit_commit = function(o)
      print(o.action, o.percent_to_close, o.cost, string.format("%.4f", o.quantity), o.signal.total_partials)
      if at(14) then error("exchange is closed") end
      return { price = o.current_price, quantity = o.quantity, order_id = "p1" }
    end,
    on_trailing_stop_commit = function(o) print(o.action, string.format("%.2f", o.new_price_stop_loss)) end,
    on_average_buy_commit = function(o) print("never: the engine would not take it") end,
    on_breakeven_commit = function(o) error(btk.order_rejected("not now")) end)", R"(
    btk.listen_active_ping(function(e)
      if at(13) or at(15) then print("commit", btk.commit_partial_profit("BTCUSDT", 40)) end
      if at(16) then
        print(btk.commit_trailing_stop("BTCUSDT", -1.5), btk.commit_average_buy("BTCUSDT"))
        print(btk.commit_breakeven("BTCUSDT"))
      end
    end))");
  // The ping of the candle that opens at minute m is at m; so at(14) is never true inside it: minute 13 is refused below.
  std::string refused = text;
  refused.replace(refused.find("at(14)"), 6, "at(13)");
  const Prices prices = ramp(5, 5, 1.5);
  LiveBench bench(prices);
  bench.use_live_broker();
  bench.begin(refused);
  bench.minutes(0, 20);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.lines == std::vector<std::string>{"partial-profit\t40\t40\t0.4000\t0", "commit\tfalse\texchange is closed",
                                                "partial-profit\t40\t40\t0.4000\t0", "commit\ttrue", "trailing-stop\t99.50",
                                                "true\tfalse", "false\tnot now"});
  const auto vetoes = bench.hooks.of(lua::RunInput::Kind::veto);
  REQUIRE(vetoes.size() == 2);
  CHECK(vetoes[0].name == "on_partial_profit_commit");
  CHECK(vetoes[0].minute == kStart + 14 * kMinute);
  CHECK(vetoes[0].stage == 0);
  REQUIRE(bench.trader().pending() != nullptr);
  CHECK(bench.trader().pending()->partials.size() == 1);
  CHECK(bench.trader().pending()->fills.back().action == "partial-profit");
  CHECK(replayed(bench, refused, 20, prices) == bench.trader().decisions().text());
}

TEST_CASE("An average buy for a minute long gone is refused before a broker hears of it; a replay refuses it too", "[live]") {
  const std::string text = script("on_average_buy_commit = function(o) print('bought', o.current_price) end", R"(
    btk.set_config { CC_ENABLE_DCA_EVERYWHERE = true }
    btk.listen_active_ping(function(e)
      if at(4) or at(8) or at(30) then print(btk.commit_average_buy("BTCUSDT", 50)) end
    end))");
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(text);
  bench.minutes(0, 6);
  // It was away until minute 31: what was to happen meanwhile is worked on now.
  const Timestamp now = kStart + 31 * kMinute + 500;
  bench.source->now = bench.hooks.now = now;
  bench.script->append_candles(bench.script->closed_candles(bench.script->candles_end(), align(now, kMinute)));
  bench.script->advance({align(now, kMinute), 1});
  CHECK(bench.errors() == std::vector<std::string>{});
  REQUIRE(bench.lines.size() == 5);
  CHECK(bench.lines[0] == "bought\t100");
  CHECK(bench.lines[1] == "true");
  CHECK_THAT(bench.lines[2], Contains("false\t") && Contains("CC_MAX_ENTRY_DELAY_SECONDS"));
  CHECK(bench.lines[3] == "bought\t100");  // of the minute that has just ended
  CHECK_THAT(bench.log.back(), Contains("warn: BTCUSDT: no average buy: "));
  REQUIRE(bench.trader().pending() != nullptr);
  CHECK(bench.trader().pending()->entries.size() == 3);
  CHECK(replayed(bench, text, 31) == bench.trader().decisions().text());
}

TEST_CASE("Commands that a broker's hook gives are inputs: a replay gives them without the broker", "[live]") {
  const std::string text = script(R"(
    on_order_active_check = function(o) if at(5) then print("stop filled", btk.commit_create_stop_loss("BTCUSDT", "x1", "at the exchange")) end end,
    on_signal_pending_close = function() btk.commit_create_signal("BTCUSDT", long(100, { note = "again" })) end,
    on_trailing_stop_commit = function() btk.commit_signal_notify("BTCUSDT", "moving") end)", R"(
    btk.listen_active_ping(function() if at(4) then btk.commit_trailing_stop("BTCUSDT", -0.5) end end))");
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(text);
  bench.minutes(0, 9);
  CHECK(bench.errors() == std::vector<std::string>{});
  CHECK(bench.text() == "stop filled\ttrue");
  REQUIRE(bench.trader().finished().size() == 1);
  CHECK(bench.trader().finished()[0].close_reason == CloseReason::stop_loss);
  REQUIRE(bench.trader().pending() != nullptr);
  CHECK(bench.trader().pending()->note == "again");
  const auto deeds = bench.hooks.of(lua::RunInput::Kind::deed);
  REQUIRE(deeds.size() == 3);  // trying a command first is not one
  CHECK(deeds[1].name == "on_order_active_check");
  CHECK_THAT(deeds[1].answer.why, Contains("create_stop_loss") && Contains("at the exchange"));
  CHECK(replayed(bench, text, 9) == bench.trader().decisions().text());
}

TEST_CASE("Signals that ended in earlier sessions are among the finished ones, behind those of this session", "[live]") {
  LiveBench bench;
  bench.use_live_broker();
  for (const char* id : {"oldest", "older"}) {
    FinishedSignal& f = bench.setup.earlier.emplace_back();
    f.signal.id = id;
    f.action = Action::closed;
  }
  const std::string text = script("", R"(
    btk.listen_idle_ping(function()
      if not at(9) then return end
      for _, n in ipairs { 1, 2, 10 } do
        local all, ids = btk.get_finished_signals("BTCUSDT", n), {}
        for i, f in ipairs(all) do ids[i] = f.signal.id end
        print(#all, ids[1] == "new", table.concat(ids, " ", 2))
      end
    end))", "{ id = 'new', minute_estimated_time = 3 }");
  bench.begin(text);
  bench.minutes(0, 9);
  CHECK(bench.lines == std::vector<std::string>{"1\ttrue\t", "2\ttrue\tolder", "3\ttrue\tolder oldest"});
  CHECK(bench.script->finish().signals.size() == 1);  // a report is about its session
}

TEST_CASE("Errors of the hooks that only hear are script errors and change nothing", "[live]") {
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(script("on_signal_pending_open = function() error('oops') end, on_signal_active_ping = function() print('ping') end"));
  bench.minutes(0, 3);
  CHECK(bench.trader().pending() != nullptr);
  CHECK(bench.text() == "ping");
  CHECK(bench.errors() == std::vector<std::string>{"on_signal_pending_open: oops"});
}

TEST_CASE("A hook that hangs is stopped, counts as no verdict, and the run goes on", "[live]") {
  LiveBench bench;
  bench.options.guarded = true;
  bench.options.settings = {{"CC_MAX_SIGNAL_GENERATION_SECONDS", "1"}};
  bench.use_live_broker();
  bench.begin(script("on_order_open_commit = function(o) if o.attempt == 0 then while true do end end end"));
  bench.minutes(0, 3);
  CHECK(verdicts(bench).at(0) == Verdict::unknown);
  CHECK(verdicts(bench).at(1) == Verdict::confirmed);
  CHECK(bench.trader().pending() != nullptr);
}

TEST_CASE("After a crash an order that may have been sent is the broker's to judge", "[live]") {
  const std::string text = script(R"(
    on_order_open_commit = function(o) print("broker", o.attempt) if o.attempt < 2 then error("time-out") end end)",
    "local n = 0 btk.listen_sync(function() n = n + 1 if BROKEN then error(btk.order_rejected('no')) end end)");
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(text);
  bench.minutes(0, 2);
  bench.setup.state = bench.trader().state();
  bench.setup.decisions = bench.trader().decisions().text();
  bench.script.reset();
  std::string refusing = text;
  refusing.replace(refusing.find("if BROKEN"), 9, "if true  ");
  bench.setup.start = kStart + 3 * kMinute;
  bench.begin(refusing);
  bench.minutes(3, 4);
  CHECK(bench.text() == "broker\t0\nbroker\t1\nbroker\t2");
  CHECK(bench.trader().pending() != nullptr);
}
