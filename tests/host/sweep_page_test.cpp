#include "host/cli/sweep_page.h"

#include <catch2/catch.hpp>

#include "host/prove/proof_text.h"
#include "host/report/evidence_text.h"
#include "host/sweep/sweep_report.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01 00:00

// Three trials of `fast` (a range) and `side` (a choice); `size` is fixed.
struct Search {
  ParamSpace space{{{"fast", {5.0, 10.0}, true}, {"side", {std::string("long"), std::string("both")}, false}, {"size", {3.0}, false}}};
  ParamSweepResult result{.space = space, .strategy_name = "cross", .exchange_name = "files", .frame_name = "q1", .symbols = {"A"},
                          .from = kStart, .to = kStart + 10 * kDay, .search = SearchKind::grid, .wanted = 4, .seed = 1,
                          .metric = "avg_pnl", .family = {}, .trials = {}, .failures = {}};

  Search() {
    add(0, {1});
    add(3, {1.0 / 3, 3});
    add(1, {});
  }
  void add(std::uint64_t point, const std::vector<double>& pnl) {
    SweepTrial tried{point, {}, {}};
    for (std::size_t i = 0; i < pnl.size(); ++i) {
      const auto at = static_cast<double>(kStart + static_cast<Timestamp>(i + 1) * kDay);
      tried.trial.trades.push_back({.id = {}, .pending_at = at, .close_timestamp = at + 60000, .close_price = 1, .pnl_percentage = pnl[i]});
    }
    tried.trial.run_hash = std::to_string(point);
    tried.stats = tried.trial.stats();
    result.trials.push_back(std::move(tried));
  }
  BestRuns best() {
    BestRuns runs{.label = "fast=10 side=both", .runs = {}, .outcomes = {}};
    RunOutcome outcome;
    outcome.report.symbol = "A";
    outcome.report.strategy_name = "cross";
    outcome.report.frame_start = kStart;
    outcome.report.frame_end = kStart + 10 * kDay;
    runs.outcomes.push_back(std::move(outcome));
    return runs;
  }
};

Proof caught() {
  Proof proof;
  proof.symbol = "A";
  proof.strategy_name = "cross";
  proof.result = ProofResult::saw_the_future;
  proof.truncations = 4, proof.identical = 3, proof.moments = 2, proof.entries = 1, proof.all_entries = 9;
  proof.first = Difference{kStart + kHour, "opened 1", "nothing"};
  proof.moment = kStart + 2 * kHour;
  return proof;
}

}  // namespace

TEST_CASE("the page of a sweep holds the trials, best first, by the names and in the order of the parameters", "[sweep][page]") {
  Search search;
  const auto o = sweep_page_document(search.result, search.best(), {}, {"1 of 4 trials: oops"}, 1000);
  CHECK(o["kind"] == "sweep");
  CHECK(o["title"] == "cross");
  const auto& trials = o["trials"];
  CHECK(trials["parameters"].dump() == R"(["fast","side"])");
  CHECK(trials["values"].dump() == R"([[5.0,10.0],["long","both"]])");
  CHECK(trials["metrics"][0] == "avg_pnl");
  CHECK(trials["metrics"].size() == 6);
  REQUIRE(trials["rows"].size() == 3);
  CHECK(trials["rows"][0].dump() == R"([10.0,"both",1.66667,3.33333,null,100.0,0.0,2.0])");
  CHECK(trials["rows"][1][2] == 1.0);
  CHECK(trials["rows"][2][2] == nullptr);  // without trades there is no average
  CHECK(o["search"]["best"] == "fast=10 side=both");
  CHECK(o["search"]["command"] == "btkhost run ... --param fast=10 --param side=both");
  CHECK(o["remarks"].back() == "1 of 4 trials: oops");
  CHECK(o["runs"].size() == 1);
}

TEST_CASE("the page's verdict is the one over all trials, not that of the best run alone", "[sweep][page]") {
  Search search;
  const auto without = sweep_page_document(search.result, search.best(), {}, {}, 1000);
  CHECK_FALSE(without["scopes"][0].contains("verdict"));
  search.result.evidence = Evidence{};
  search.result.evidence->verdict = HonestVerdict::worth_paper_trading;
  search.result.evidence->reasons = {"of 96 trials"};
  const auto with = sweep_page_document(search.result, search.best(), {caught()}, {}, 1000);
  CHECK(with["scopes"][0]["verdict"]["word"] == "worth paper trading");
  CHECK(with["scopes"][0]["verdict"]["reasons"][0] == "of 96 trials");
  REQUIRE(with["proofs"].size() == 1);
  CHECK(with["proofs"][0]["result"] == "saw the future");
}

TEST_CASE("a search without a best point has a page of what it tried", "[sweep][page]") {
  Search search;
  search.result.metric = "sharpe_ratio";  // needs ten trades
  const auto o = sweep_page_document(search.result, {}, {}, {}, 1000);
  CHECK(o["search"]["best"] == nullptr);
  CHECK(o["scopes"].empty());
  CHECK(o["trials"]["rows"].size() == 3);
}

TEST_CASE("a walk-forward names what it chose by the parameters, everywhere", "[sweep][page]") {
  Search search;
  Evidence evidence;
  evidence.walk_forward = WalkForward{};
  FoldResult chosen, none;
  chosen.chosen = 1;  // the second that was tried
  evidence.walk_forward->folds = {chosen, none};
  search.result.evidence = evidence;
  CHECK_THAT(sweep_markdown(search.result, 20), Contains("| fast=10 side=both |") && Contains("| none |") && !Contains("#2"));
  const auto document = sweep_document(search.result, {});
  CHECK(document["honest"]["walk_forward"]["folds"][0]["chosen"].dump() == R"({"fast":10.0,"side":"both","size":3.0})");
  CHECK(document["honest"]["walk_forward"]["folds"][1]["chosen"] == nullptr);
  const auto page = sweep_page_document(search.result, search.best(), {}, {}, 1000);
  CHECK(page["walk_forward"]["folds"][0]["chosen"] == "fast=10 side=both");
}

TEST_CASE("a proof in a report says which decision saw the future, and nothing that differs between equal runs", "[prove]") {
  Proof proof = caught();
  const std::string text = proof_markdown(proof);
  CHECK_THAT(text, Contains("- 3 of 4 truncations identical (2 random moments, 1 of 9 entries)\n"));
  CHECK_THAT(text, Contains("- A DECISION SAW THE FUTURE: 2024-01-01 01:00, with the candles from 2024-01-01 02:00 on replaced"));
  CHECK_THAT(text, Contains("  - expected: `opened 1`\n  - got: `nothing`\n"));
  proof.seconds = 3, proof.run_seconds = 1;
  CHECK(proof_markdown(proof) == text);
}
