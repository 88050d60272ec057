#include "host/ledger/ledger.h"

#include <catch2/catch.hpp>

#include "engine/error.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using btk::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

Trial trial(const std::string& params, std::vector<double> returns) {
  Trial t;
  t.key = {.family = "/there/cross.lua",
           .strategy_name = "cross",
           .script_hash = "abc",
           .params = params,
           .symbols = "BTCUSDT,ETHUSDT",
           .exchange = "files",
           .candles = "def",
           .settings = R"({"seed":1})",
           .from = 1704067200000,
           .to = 1704153540000};
  t.made_by = "sweep";
  t.made_at = 1750000000000;
  t.run_hash = "123";
  double when = 1704067200000;
  for (const double pnl : returns) {
    t.trades.push_back({.id = {},
                        .pending_at = when,
                        .close_timestamp = when + 60000,
                        .close_price = 100,
                        .pnl_percentage = pnl,
                        .peak_pnl = pnl + 1});
    when += 120000;
  }
  return t;
}

}  // namespace

TEST_CASE("a trial comes back from the ledger as it was put in, after reopening too", "[ledger]") {
  const TempFolder folder;
  const auto file = folder / "data/ledger.sqlite";
  Trial made = trial(R"({"fast":5})", {0.1, -0.25, 1e-17});
  made.script_errors = 3;
  made.first_error = "cross.lua:7: oops";
  made.refused = {2, 1704067200000, "the stop is too near"};
  CHECK(Ledger(file).add(made));
  Ledger ledger(file, Database::Mode::existing);
  const auto found = ledger.find(made.key);
  REQUIRE(found);
  CHECK(found->key.hash() == made.key.hash());
  CHECK(found->returns() == std::vector{0.1, -0.25, 1e-17});
  CHECK(found->trades[1].pending_at == 1704067320000);
  CHECK(found->trades[1].peak_pnl == 0.75);
  CHECK_FALSE(found->trades[1].fall_pnl);
  CHECK(found->made_by == "sweep");
  CHECK(found->run_hash == "123");
  CHECK(found->script_errors == 3);
  CHECK(found->first_error == "cross.lua:7: oops");
  CHECK(found->refused.count == 2);
  CHECK(found->refused.first_at == 1704067200000);
  CHECK(found->refused.first == "the stop is too near");
  CHECK(found->rejected.count == 0);
  CHECK(found->stats().total_pnl == made.stats().total_pnl);
}

TEST_CASE("a trial is made once: the ledger keeps the first", "[ledger]") {
  const TempFolder folder;
  Ledger ledger(folder / "ledger.sqlite");
  CHECK(ledger.add(trial("{}", {1})));
  CHECK_FALSE(ledger.add(trial("{}", {2})));
  CHECK(ledger.find(trial("{}", {}).key)->returns() == std::vector{1.0});
}

TEST_CASE("whatever a trial's trades depend on tells it from another", "[ledger]") {
  const TempFolder folder;
  Ledger ledger(folder / "ledger.sqlite");
  ledger.add(trial("{}", {1}));
  const auto unknown = [&](auto change) {
    TrialKey key = trial("{}", {}).key;
    change(key);
    return !ledger.find(key);
  };
  CHECK(unknown([](TrialKey& k) { k.script_hash = "edited"; }));
  CHECK(unknown([](TrialKey& k) { k.params = R"({"fast":5})"; }));
  CHECK(unknown([](TrialKey& k) { k.symbols = "BTCUSDT"; }));
  CHECK(unknown([](TrialKey& k) { k.candles = "other"; }));
  CHECK(unknown([](TrialKey& k) { k.settings = R"({"seed":2})"; }));
  CHECK(unknown([](TrialKey& k) { k.to += 60000; }));
  CHECK(unknown([](TrialKey& k) { k.exchange = "filesd", k.candles = "ef"; }));
}

TEST_CASE("a family has all trials of a strategy in order, those before an edit of its file too",
          "[ledger]") {
  const TempFolder folder;
  Ledger ledger(folder / "ledger.sqlite");
  Trial edited = trial("{}", {2}), other = trial("{}", {3}), elsewhere = trial("{}", {4});
  edited.key.script_hash = "edited";
  other.key.strategy_name = "other";
  elsewhere.key.family = "/elsewhere/cross.lua";
  Ledger backwards(folder / "backwards.sqlite");
  for (const Trial& t : {trial("{}", {1}), other, edited, elsewhere}) ledger.add(t);
  for (const Trial& t : {elsewhere, edited, other, trial("{}", {1})}) backwards.add(t);
  const auto all = ledger.trials("/there/cross.lua", "cross"), again = backwards.trials("/there/cross.lua", "cross");
  REQUIRE(all.size() == 2);
  REQUIRE(again.size() == 2);
  CHECK(all[0].returns() == again[0].returns());
  CHECK(all[0].returns()[0] + all[1].returns()[0] == 3);
  CHECK(ledger.trials("/there/cross.lua").size() == 3);
}

TEST_CASE("a trial without trades is a trial", "[ledger]") {
  const TempFolder folder;
  Ledger ledger(folder / "ledger.sqlite");
  ledger.add(trial("{}", {}));
  CHECK(ledger.find(trial("{}", {}).key)->trades.empty());
}

TEST_CASE("a ledger that cannot be used is refused in one sentence", "[ledger]") {
  const TempFolder folder;
  CHECK_THROWS_WITH(Ledger(folder / "none.sqlite", Database::Mode::existing), Contains("there is no ledger"));
  CHECK_THROWS_WITH(Ledger(folder.write("text.sqlite", "this is no database, whatever its name says it is")),
                    Contains("ledger") && Contains("is damaged or no SQLite file"));
}

TEST_CASE("the metrics beside a trial are those of its trades", "[ledger]") {
  const std::string text = metrics_json(trial("{}", {1, -0.5}).stats());
  CHECK_THAT(text,
             Contains(R"("total_signals":2)") && Contains(R"("total_pnl":0.5)") && !Contains("sharpe_ratio"));
}
