#include <catch2/catch.hpp>

#include <csignal>

#include "host/cli/exchanges.h"
#include "host/cli/run_json.h"
#include "host/cli/run_pool.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;

namespace {

const std::string kHead = R"(
local btk = require "btk"
btk.add_exchange { exchange_name = "e", driver = "synthetic", seed = 3, volatility = 0.002 }
btk.add_frame { frame_name = "f", interval = "1m", start_date = "2024-01-01", end_date = "2024-01-05" }
local function long(price)
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 240 }
end
)";

const std::string kPlain = kHead + R"(
btk.add_strategy { strategy_name = "s", interval = "15m", get_signal = function(symbol, when, price) return long(price) end }
)";

const std::string kOneAtATime = kHead + R"(
btk.add_risk { risk_name = "one", validations = { function(check)
  if check.active_position_count > 0 then return "another one is open" end
end } }
btk.add_strategy { strategy_name = "s", interval = "15m", risk_name = "one",
  get_signal = function(symbol, when, price) return long(price) end }
)";

// Series that two of the strategies have in common, and one that each has alone; also of longer candles and of another symbol.
// After a day every third goes on with a longer history than the others have.
const std::string kSeries = kHead + R"(
local minutes, fives, other = btk.series("1m"), btk.series("5m"), btk.series("15m", "B")
for i = 1, 6 do
  btk.add_strategy { strategy_name = "s" .. i, interval = "5m", get_signal = function(symbol, when, price)
    local slow = minutes:ema(40 + i % 2)
    if i % 3 == 0 and when > 1704153600000 then assert(#btk.get_candles(symbol, "1m", 9000) == 9000) end
    if minutes:sma(5 + i)[0] > slow[0] and fives.close[0] > fives:sma(3)[1] and other:rsi(5)[0] > 30 then return long(price) end
  end }
end
)";

struct Bench {
  test::TempFolder folder;
  std::FILE* sink = std::tmpfile();
  Console console{sink, sink};
  Interrupt interrupt{console};
  Exchanges exchanges;

  /// All strategies of a script on one symbol.
  std::vector<RunOutcome> run_strategies(const std::string& script, const std::vector<std::string>& names, unsigned threads) {
    const lua::ScriptOptions options = options_for(script, {"A"});
    std::vector<lua::PlannedRun> runs;
    for (const std::string& name : names) runs.push_back({"A", name, "e", "f", {}});
    return RunPool({.threads = threads}, interrupt).run(options, runs, [](const PoolProgress&) {});
  }

  std::vector<RunOutcome> run(const std::string& script, const std::vector<std::string>& symbols, unsigned threads,
                              bool fail_fast = false, const std::function<void()>& meanwhile = {}) {
    const lua::ScriptOptions options = options_for(script, symbols);
    lua::Script main(options, lua::Script::Role::main);
    main.load();
    RunPool pool({.threads = threads, .fail_fast = fail_fast}, interrupt);
    return pool.run(options, main.plan(), [&](const PoolProgress&) {
      if (meanwhile) meanwhile();
    });
  }

 private:
  lua::ScriptOptions options_for(const std::string& script, const std::vector<std::string>& symbols) {
    lua::ScriptOptions options;
    options.files = {folder.write("s.lua", script)};
    options.symbols = symbols;
    options.memory_cap = std::size_t{64} << 20;
    options.open_exchange = [this](const lua::ExchangeSchema& schema) { return exchanges.open(schema); };
    options.print = [](std::string_view) {};
    return options;
  }
};

lua::PlannedRun planned(std::vector<std::string> risks) { return {"S", "s", "e", "f", std::move(risks)}; }

}  // namespace

TEST_CASE("Runs that share a risk profile, also through others, form one group", "[pool]") {
  using Groups = std::vector<std::vector<std::size_t>>;
  CHECK(lock_step_groups({planned({}), planned({})}) == Groups{{0}, {1}});
  CHECK(lock_step_groups({planned({"a"}), planned({}), planned({"a"})}) == Groups{{0, 2}, {1}});
  CHECK(lock_step_groups({planned({"a"}), planned({"b"}), planned({"a", "b"})}) == Groups{{0, 1, 2}});
}

TEST_CASE("Results are the same on one thread and on several, in list order", "[pool]") {
  Bench bench;
  const std::vector<std::string> symbols{"A", "B", "C"};
  const auto one = bench.run(kPlain, symbols, 1), three = bench.run(kPlain, symbols, 3);
  CHECK(json_text(run_document(one)) == json_text(run_document(three)));
  REQUIRE(one.size() == 3);
  CHECK(one[1].report.symbol == "B");
  CHECK(one[1].report.run_hash == bench.run(kPlain, {"B"}, 1)[0].report.run_hash);
  CHECK(one[0].report.signals.size() > 5);
}

TEST_CASE("Runs that share candles and series give what each gives alone, on any number of threads", "[pool]") {
  Bench bench;
  const std::vector<std::string> names{"s1", "s2", "s3", "s4", "s5", "s6"};
  const auto one = bench.run_strategies(kSeries, names, 1), three = bench.run_strategies(kSeries, names, 3);
  REQUIRE(one.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    INFO(names[i] << " " << one[i].failure);
    CHECK(one[i].failure.empty());
    CHECK(one[i].report.errors.empty());
    CHECK(one[i].report.signals.size() > 3);
    CHECK(three[i].report.run_hash == one[i].report.run_hash);
    CHECK(bench.run_strategies(kSeries, {names[i]}, 1)[0].report.run_hash == one[i].report.run_hash);
  }
  CHECK(one[0].report.run_hash != one[2].report.run_hash);
}

TEST_CASE("A shared limit holds over all symbols, minute by minute, whatever the thread count", "[pool]") {
  Bench bench;
  const auto outcomes = bench.run(kOneAtATime, {"A", "B", "C"}, 1);
  CHECK(json_text(run_document(outcomes)) == json_text(run_document(bench.run(kOneAtATime, {"A", "B", "C"}, 4))));
  std::vector<std::pair<Timestamp, Timestamp>> held;
  for (const RunOutcome& o : outcomes) {
    CHECK(o.failure.empty());
    for (const FinishedSignal& f : o.report.signals) held.emplace_back(f.signal.pending_at, f.close_timestamp);
  }
  std::sort(held.begin(), held.end());
  REQUIRE(held.size() > 5);
  for (std::size_t i = 1; i < held.size(); ++i) CHECK(held[i].first >= held[i - 1].second);
}

TEST_CASE("A run that eats all memory fails alone, with a reason", "[pool]") {
  Bench bench;
  const auto outcomes = bench.run(kHead + R"(
btk.add_strategy { strategy_name = "s", get_signal = function(symbol, when, price)
  local hoard = {}
  while symbol == "GREEDY" do hoard[#hoard + 1] = ("x"):rep(1000) .. #hoard end
end })",
                                  {"GREEDY", "B"}, 2);
  CHECK_THAT(outcomes[0].failure, Contains("memory"));
  CHECK(outcomes[1].failure.empty());
  CHECK(outcomes[1].report.candles == 5 * 1440);
}

TEST_CASE("With fail_fast a failure stops what has not begun", "[pool]") {
  Bench bench;
  const std::string script = kHead + R"(
btk.override_exchange { exchange_name = "e", seed = 4 }
btk.add_exchange { exchange_name = "files", driver = "csv", path = "{symbol}.csv" }
btk.add_strategy { strategy_name = "s", get_signal = function() end }
btk.backtest.background("MISSING", { strategy_name = "s", exchange_name = "files", frame_name = "f" })
btk.backtest.background("B", { strategy_name = "s", exchange_name = "e", frame_name = "f" })
)";
  const auto patient = bench.run(script, {}, 1);
  CHECK_FALSE(patient[0].failure.empty());
  CHECK_FALSE(patient[1].report.interrupted);
  const auto hasty = bench.run(script, {}, 1, true);
  CHECK(hasty[1].report.interrupted);
}

TEST_CASE("An interrupt ends a script that hangs, and keeps what the others did", "[pool]") {
  Bench bench;
  const auto began = std::chrono::steady_clock::now();
  bool sent = false;
  const auto outcomes = bench.run(kHead + R"(
btk.add_strategy { strategy_name = "s", interval = "15m", get_signal = function(symbol, when, price)
  if symbol == "STUCK" then while true do end end
  return long(price)
end })",
                                  {"B", "STUCK"}, 2, false, [&] {
                                    if (!sent) std::raise(SIGINT);
                                    sent = true;
                                  });
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(5));
  CHECK(outcomes[1].report.interrupted);
  CHECK(outcomes[0].report.signals.size() > 5);
  CHECK(bench.interrupt.requested());
}

// What services keep decides about trades here: a slot's job gives the level, a counter the distance.
const std::string kServices = R"(
btk.cron.register { name = "shared", interval = "1h", handler = function(info) btk.kv.update("jobs", function(n) return (n or 0) + 1 end) end }
btk.add_strategy { strategy_name = "s", interval = "15m", RISK get_signal = function(symbol, when, price)
  local n = btk.kv.update("calls", function(n) return (n or 0) + 1 end)
  if n % 7 ~= 0 then return nil end
  return { position = "long", price_take_profit = price * (1.01 + 0.001 * (btk.kv.get("jobs", 0) % 5)), price_stop_loss = price * 0.99,
           minute_estimated_time = 60, note = symbol .. " " .. n .. " " .. btk.kv.get("jobs", 0) }
end }
)";

std::vector<std::string> notes_of(const std::vector<RunOutcome>& outcomes) {
  std::vector<std::string> notes;
  for (const RunOutcome& outcome : outcomes) {
    CHECK(outcome.failure.empty());
    CHECK(outcome.report.errors.empty());
    for (const auto& finished : outcome.report.signals) notes.push_back(finished.signal.note);
  }
  return notes;
}

TEST_CASE("What services keep in a back-test does not depend on the number of threads", "[cli][services]") {
  Bench bench;
  const std::vector<std::string> symbols{"AUSDT", "BUSDT", "CUSDT"};
  std::string alone = kHead + kServices, together = alone;
  alone.replace(alone.find("RISK"), 4, "");
  together.replace(together.find("RISK"), 4, "risk_name = 'free', ");
  together.insert(kHead.size(), "btk.add_risk { risk_name = 'free', validations = {} } ");
  const auto one = bench.run(alone, symbols, 1), many = bench.run(alone, symbols, 3);
  CHECK(combined_hash(one) == combined_hash(many));
  CHECK(notes_of(one) == notes_of(many));
  CHECK(notes_of(one).front() == "AUSDT 7 2");  // each symbol counts for itself
  // Runs that keep step share one store: three calls per quarter of an hour, one job per hour.
  const auto in_step = bench.run(together, symbols, 1), again = bench.run(together, symbols, 3);
  CHECK(combined_hash(in_step) == combined_hash(again));
  CHECK(notes_of(in_step) == notes_of(again));
  const auto notes = notes_of(in_step);
  CHECK(std::find(notes.begin(), notes.end(), "AUSDT 7 1") != notes.end());
}
