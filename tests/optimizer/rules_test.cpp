// Strategies that a model writes: what is looked at before they run, what goes
// back to the model, and contests between them.
#include <catch2/catch.hpp>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "lua/held_candles.h"
#include "optimizer/contest.h"
#include "optimizer/llm/client.h"
#include "optimizer/rules_scan.h"
#include "optimizer/rules_writer.h"
#include "optimizer/sandbox/candidate.h"
#include "optimizer/shuffle.h"
#include "tests/llm_server/server.h"

using namespace btk;
using namespace btk::optimizer;

namespace {

std::shared_ptr<const lua::LoadedCandles> market(std::size_t minutes = 2000) {
  auto loaded = std::make_shared<lua::LoadedCandles>();
  loaded->series = CandleSeries(Interval::m1, 0);
  double last = 100;
  for (std::size_t i = 0; i < minutes; ++i) {
    const double close = last * (1 + 0.001 * (static_cast<double>(i * 7919 % 13) - 6) / 6);
    loaded->series.push(last, std::max(last, close) * 1.0001, std::min(last, close) * 0.9999, close, static_cast<double>(1 + i % 5));
    last = close;
  }
  return loaded;
}

Outcome with_signals(std::vector<double> results, const std::string& hash) {
  Outcome outcome;
  for (const double result : results) {
    FinishedSignal s;
    s.signal.minute_estimated_time = 60;
    s.signal.pending_at = kMinute;
    s.close_timestamp = 2 * kMinute;
    s.pnl.pnl_percentage = result;
    outcome.report.signals.push_back(s);
  }
  outcome.report.run_hash = hash;
  return outcome;
}

}  // namespace

TEST_CASE("a body is looked at before it runs") {
  CHECK(rules_defect("local x = c.ta.rsi(c.candles('15m', 50), 14)\nif x < 30 then return { position = 'long' } end").empty());
  CHECK(rules_defect("return nil -- a comment without an end of line").empty());
  CHECK(rules_defect("local function f(...) return select('#', ...) end return math.max(f(1), 2) > 3 and nil or nil").empty());
  CHECK_THAT(rules_defect("local a = 1\nb = 2"), Catch::Contains("line 2: the global 'b' is written"));
  CHECK_THAT(rules_defect("local function f()\n  return os.execute('x')\nend"), Catch::Contains("line 2: 'os' is not there"));
  for (const char* name : {"io", "load", "loadstring", "setmetatable", "getmetatable", "getfenv", "setfenv", "rawset", "require", "debug", "ffi", "jit", "btk", "_G", "print"}) {
    CHECK_THAT(rules_defect(std::string("return ") + name), Catch::Contains(std::string("'") + name + "' is not there"));
  }
  CHECK_THAT(rules_defect("if price > then end"), Catch::Contains("line 1:"));
  CHECK_FALSE(rules_defect("return nil end, evil = function() ").empty());  // closes the function early
  CHECK_FALSE(rules_defect("end local x = (function()").empty());
  CHECK_FALSE(rules_defect("--[[ never closed").empty());
  CHECK_FALSE(rules_defect("return ...").empty());
  CHECK_FALSE(rules_defect("\x1bLJ compiled").empty());
  CHECK_THAT(rules_defect(""), Catch::Contains("empty"));
  CHECK_THAT(rules_defect("return '\xff'"), Catch::Contains("UTF-8"));
  CHECK_THAT(rules_defect(std::string(16385, ' ') + "return nil"), Catch::Contains("16384 are allowed"));
}

TEST_CASE("what fails in a dry run goes back to the model with its line") {
  llm_server::LlmServer server;
  ClientOptions options;
  options.url = server.url();
  options.retry.delay_ms = 1;
  Client client(options);
  lua::RulesWish wish{.symbol = "BTCUSDT", .strategy_name = "s", .interval = "5m", .messages = {}, .strategy = "buy low", .from = 0,
                      .to = 1000 * kMinute, .head = "one\ntwo\n", .tail = "\nend", .mask = {}};
  std::vector<Outcome> script;
  std::vector<std::string> tried;
  RulesWriter writer(client, [&](const Attempt& attempt) {
    tried.push_back(attempt.text);
    Outcome next = script.empty() ? with_signals({1}, "same") : script.front();
    if (!script.empty()) script.erase(script.begin());
    return next;
  }, [](const std::string&, Timestamp, Timestamp) { return market(); });

  SECTION("an error names the line of the body") {
    Outcome bad;
    bad.report.errors.push_back({"get_signal", "attempt to index a nil value", "strategy.lua", 5, "", 1, 0});
    script = {bad};
    const auto rules = writer.write(wish);
    CHECK(rules.failure.empty());
    CHECK(rules.attempts.size() == 2);
    CHECK_THAT(server.asked().at(1).body, Catch::Contains("in a dry run: line 3: attempt to index a nil value"));
    CHECK(tried.front().starts_with("one\ntwo\n"));
  }
  SECTION("different signals over the same candles") {
    script = {with_signals({1}, "one"), with_signals({1}, "two")};
    CHECK(writer.write(wish).failure.empty());
    CHECK_THAT(server.asked().at(1).body, Catch::Contains("gave different signals"));
  }
  SECTION("what the sandbox could not do is no defect of the answer") {
    Outcome broken;
    broken.kind = to_string(FailureKind::sandbox);
    broken.failure = "sandbox: a child process for a generated file cannot be started: no descriptor is left";
    const bool at_once = GENERATE(true, false);
    script = at_once ? std::vector{broken} : std::vector{with_signals({1}, "same"), broken};
    CHECK_THROWS_WITH(writer.write(wish), Catch::Contains("cannot be started: no descriptor is left"));
    CHECK(server.asked().size() == 1);
  }
  SECTION("a second dry run that fails says why") {
    Outcome late;
    late.kind = to_string(FailureKind::timeout);
    late.failure = "timeout: one call of it used more than 0.2 s of processor time";
    script = {with_signals({1}, "same"), late};
    CHECK(writer.write(wish).failure.empty());
    CHECK_THAT(server.asked().at(1).body, Catch::Contains("in a second dry run: timeout: one call of it"));
  }
  SECTION("a single signal that lives too long is told") {
    Outcome mixed = with_signals({1, 1}, "same");
    mixed.report.signals[1].signal.minute_estimated_time = 1000;
    script = {mixed, mixed, mixed};
    CHECK(writer.write(wish).failure.empty());
    CHECK_THAT(server.asked().at(1).body, Catch::Contains("minute_estimated_time must be from 1 to 360 in every signal; one has 1000"));
  }
  SECTION("no signal at all, three times: the range has failed") {
    for (int i = 0; i < 9; ++i) script.push_back(with_signals({}, "same"));
    const auto rules = writer.write(wish);
    CHECK_THAT(rules.failure, Catch::Contains("no usable answer in 3 attempts: it gives no signal"));
    CHECK(rules.body.empty());
    CHECK(rules.attempts.size() == 3);
  }
  SECTION("a look at what is not there is refused before anything runs") {
    server.add({.reply = nlohmann::json{{"title", "t"}, {"rationale", "r"}, {"lua", "return os.execute('x')"}}.dump(), .count = 1});
    CHECK(writer.write(wish).attempts.size() == 2);
    CHECK(tried.size() == 3);
    CHECK_THAT(server.asked().at(1).body, Catch::Contains("'os' is not there"));
  }
  SECTION("masked: the model sees no symbol") {
    wish.mask = lua::LlmMask{.symbol = "BTCUSDT", .now = 0, .price = 100};
    wish.messages = {{"user", "BTCUSDT at RSI 70 on 2022-01-01"}};
    writer.write(wish);
    CHECK_THAT(server.asked().at(0).body, !Catch::Contains("BTC") && Catch::Contains("ASSET at RSI 70 on "));
  }
}

TEST_CASE("a shuffled market has the minutes of the range in another order, and everything before it as it was") {
  const auto real = market();
  const Timestamp from = 500 * kMinute, to = 1500 * kMinute;
  const lua::LoadedCandles a = shuffled(*real, from, to, 1), b = shuffled(*real, from, to, 1), c = shuffled(*real, from, to, 2);
  REQUIRE(a.series.size() == 1500);  // what comes after the range is in none of the new market
  CHECK(std::ranges::equal(a.series.close(), b.series.close()));
  CHECK_FALSE(std::ranges::equal(a.series.close(), c.series.close()));
  CHECK(std::ranges::equal(a.series.close().first(500), real->series.close().first(500)));
  CHECK(std::ranges::equal(a.series.volume().first(500), real->series.volume().first(500)));
  CHECK_FALSE(std::ranges::equal(a.series.close(), real->series.close().first(1500)));
  CHECK(a.series.close().back() == Approx(real->series.close()[1499]));
  const auto steps = [](const CandleSeries& s) {
    std::vector<double> out;
    for (std::size_t i = 500; i < 1500; ++i) out.push_back(s.close()[i] / s.close()[i - 1]);
    std::ranges::sort(out);
    return out;
  };
  const auto before = steps(real->series), after = steps(a.series);
  for (std::size_t i = 0; i < before.size(); ++i) REQUIRE(after[i] == Approx(before[i]).epsilon(1e-9));
  for (std::size_t i = 0; i < a.series.size(); ++i) REQUIRE(is_sound(a.series.at(i)));

  CHECK(shuffled(*real, 0, 9000 * kMinute, 1).series.size() == 2000);  // a range wider than the market
  CHECK(shuffled(*real, 3000 * kMinute, 9000 * kMinute, 1).series.size() == 2000);
}

TEST_CASE("a contest ranks in the order of the list, on one thread and on many; a failing strategy harms nobody") {
  const std::vector<Entrant> entrants{{"a", "x/a.lua", "A", 0, 500 * kMinute}, {"bad", "x/bad.lua", "B", 0, 500 * kMinute}, {"c", "x/c.lua", "C", 0, 500 * kMinute}};
  ContestSetup setup;
  setup.symbol = "BTCUSDT";
  setup.metric = "total_pnl";
  setup.from = 500 * kMinute;
  setup.to = 1000 * kMinute;
  setup.eval_train = true;
  setup.controls = 2;
  setup.candles = [shared = market()](const std::string&, Timestamp, Timestamp) { return shared; };
  setup.evaluate = [](const Attempt& attempt) {
    if (attempt.name == "bad.lua") {
      Outcome outcome;
      outcome.kind = "timeout";
      outcome.failure = "timeout: it took too long";
      return outcome;
    }
    const bool train = attempt.from == 0;
    return with_signals(attempt.text == "A" ? std::vector<double>{1, 2} : std::vector<double>{train ? 9.0 : 0.5}, attempt.text + (train ? "train" : "test"));
  };
  for (const unsigned threads : {1U, 3U}) {
    setup.threads = threads;
    const ContestResult result = run_contest(entrants, setup);
    REQUIRE(result.rows.size() == 3);
    REQUIRE(result.walk->ranking.best() != nullptr);
    CHECK(result.walk->ranking.best()->strategy_name == "a");
    CHECK(result.rows[0].test->metric == 3.0);
    CHECK(result.rows[1].failure == "timeout: it took too long");
    CHECK_FALSE(result.rows[1].test);
    CHECK(result.rows[2].test->metric == 0.5);
    CHECK(result.rows[2].train->metric == 9.0);
    CHECK(result.controls == std::vector<std::optional<double>>{3.0, 3.0});
    CHECK(result.untried_controls == 0);
  }

  // What was tried on the test range is told before anything else is: an interrupt in the controls loses none of it.
  std::vector<std::string> order;
  const auto plain = setup.evaluate;
  setup.evaluate = [&](const Attempt& attempt) {
    order.push_back(attempt.name);
    return plain(attempt);
  };
  setup.tried = [&](ContestResult& so_far) { order.push_back(std::to_string(so_far.rows.size()) + " tried"); };
  setup.threads = 1;
  setup.controls = 1;
  setup.eval_train = false;
  run_contest(entrants, setup);
  CHECK(order == std::vector<std::string>{"a.lua", "bad.lua", "c.lua", "3 tried", "a.lua", "bad.lua", "c.lua"});
  setup.evaluate = plain;
  setup.tried = nullptr;
  setup.controls = 2;

  // A market on which the budget ends says nothing, and is not taken for one without a find.
  const auto usual = setup.evaluate;
  const auto real = setup.candles;
  std::shared_ptr<const lua::LoadedCandles> market_itself;
  setup.candles = [&](const std::string& symbol, Timestamp from, Timestamp to) { return market_itself = real(symbol, from, to); };
  setup.eval_train = false;
  setup.threads = 1;
  int tries = 0;
  setup.evaluate = [&](const Attempt& attempt) {
    Outcome outcome = usual(attempt);
    if (attempt.candles != market_itself && ++tries > 3) {
      outcome.kind = "budget";
      outcome.failure = "the budget was spent";
    }
    return outcome;
  };
  const ContestResult spent = run_contest(entrants, setup);
  CHECK(spent.controls == std::vector<std::optional<double>>{3.0});
  CHECK(spent.untried_controls == 1);
  CHECK(spent.control_failure == "the budget was spent");
}

TEST_CASE("a strategy that looks back further than the candles of a contest gets them, as a run of its file would") {
  const auto all = market();
  const auto since = [&](Timestamp from) { return lua::part(*all, from, all->series.end()); };
  std::vector<std::pair<std::string, Timestamp>> tried;
  ContestSetup setup;
  setup.symbol = "BTCUSDT";
  setup.metric = "total_pnl";
  setup.from = 1000 * kMinute;
  setup.to = 1500 * kMinute;
  setup.candles = [&](const std::string&, Timestamp from, Timestamp) { return since(from - 100 * kMinute); };
  setup.history = [&](const std::string&, Timestamp from, Timestamp) { return since(std::max<Timestamp>(from, 200 * kMinute)); };
  // A text names the moments that the strategy asks for, one after the other as it gets them.
  setup.evaluate = [&](const Attempt& attempt) {
    const Timestamp first = attempt.candles->series.first();
    tried.emplace_back(attempt.text, first);
    Outcome outcome = with_signals({1.0 + static_cast<double>(attempt.text == "far")}, attempt.text);
    if (attempt.text == "near") outcome.earliest = 950 * kMinute;
    if (attempt.text == "far") outcome.earliest = 600 * kMinute;
    if (attempt.text == "step by step") outcome.earliest = first > 700 * kMinute ? 700 * kMinute : 500 * kMinute;
    if (attempt.text == "and again") outcome.earliest = first - 10 * kMinute;
    if (attempt.text == "before there was a market") outcome.earliest = 1;
    return outcome;
  };
  const auto only = [&](const std::string& text) {
    tried.clear();
    return run_contest({{"it", "x/it.lua", text, 0, 0}}, setup);
  };
  using Tries = std::vector<std::pair<std::string, Timestamp>>;

  only("near");
  CHECK(tried == Tries{{"near", 900 * kMinute}});
  const ContestResult far = only("far");
  CHECK(tried == Tries{{"far", 900 * kMinute}, {"far", 600 * kMinute}});
  CHECK(far.rows[0].candles->series.first() == 600 * kMinute);
  CHECK(far.rows[0].test->metric == 2.0);
  only("step by step");
  CHECK(tried == Tries{{"step by step", 900 * kMinute}, {"step by step", 700 * kMinute}, {"step by step", 500 * kMinute}});
  only("and again");  // the last time it gets all there is
  CHECK(tried == Tries{{"and again", 900 * kMinute}, {"and again", 890 * kMinute}, {"and again", 880 * kMinute}, {"and again", 200 * kMinute}});
  only("before there was a market");
  CHECK(tried == Tries{{"before there was a market", 900 * kMinute}, {"before there was a market", 200 * kMinute}});

  // Others are not tried again for it; shuffled markets have the longest history that was asked for.
  tried.clear();
  setup.controls = 1;
  const ContestResult both = run_contest({{"a", "x/a.lua", "near", 0, 0}, {"b", "x/b.lua", "far", 0, 0}}, setup);
  CHECK(tried == Tries{{"near", 900 * kMinute}, {"far", 900 * kMinute}, {"far", 600 * kMinute}, {"near", 600 * kMinute}, {"far", 600 * kMinute}});
  CHECK(both.rows[0].candles->series.first() == 900 * kMinute);
  CHECK(both.walk->ranking.best()->strategy_name == "b");

  // A shuffled market that makes one look back further is shuffled anew, with that history, for all.
  tried.clear();
  const Evaluate usual = setup.evaluate;
  setup.evaluate = [&](const Attempt& attempt) {
    Outcome outcome = usual(attempt);
    if (!std::ranges::equal(attempt.candles->series.close().last(500), all->series.close().last(500)) && attempt.text == "near") outcome.earliest = 300 * kMinute;
    return outcome;
  };
  const ContestResult shuffled_further = run_contest({{"a", "x/a.lua", "near", 0, 0}}, setup);
  CHECK(tried == Tries{{"near", 900 * kMinute}, {"near", 900 * kMinute}, {"near", 300 * kMinute}});
  CHECK(shuffled_further.controls == std::vector<std::optional<double>>{1.0});
  CHECK(shuffled_further.rows[0].candles->series.first() == 900 * kMinute);
  setup.evaluate = usual;

  tried.clear();
  setup.controls = 0;
  setup.eval_train = true;
  run_contest({{"b", "x/b.lua", "far", 800 * kMinute, 900 * kMinute}}, setup);
  CHECK(tried == Tries{{"far", 900 * kMinute}, {"far", 600 * kMinute}, {"far", 700 * kMinute}, {"far", 600 * kMinute}});

  // Candles that cannot be loaded fail who asked for them, and nobody else; an interrupt keeps what is finished.
  setup.eval_train = false;
  const HistoryOf there = setup.history;
  setup.history = [](const std::string&, Timestamp, Timestamp) -> std::shared_ptr<const lua::LoadedCandles> { throw Error("a hole"); };
  const ContestResult broken = run_contest({{"a", "x/a.lua", "near", 0, 0}, {"b", "x/b.lua", "far", 0, 0}}, setup);
  CHECK(broken.rows[0].test);
  CHECK_FALSE(broken.rows[1].test);
  CHECK_THAT(broken.rows[1].failure, Catch::Contains("looks back further") && Catch::Contains("a hole"));
  setup.history = there;
  tried.clear();
  setup.stopped = [&] { return tried.size() >= 2; };
  const ContestResult stopped = run_contest({{"a", "x/a.lua", "near", 0, 0}, {"b", "x/b.lua", "far", 0, 0}}, setup);
  CHECK(stopped.rows[0].test);
  CHECK(stopped.rows[1].kind == "interrupted");
}
