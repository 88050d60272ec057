// The winner of `btkhost optimize`: one that saw the future is found, and nothing
// is promoted that is not proven.
#include "host/prove/prove_generated.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <limits>

#include "engine/sha256.h"
#include "host/cli/optimize_promote.h"
#include "host/exchange/synthetic_walk.h"
#include "optimizer/sandboxed.h"

namespace btk::host {
namespace {

using optimizer::Attempt;
using optimizer::Outcome;

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01

Attempt attempt() {
  auto loaded = std::make_shared<lua::LoadedCandles>();
  loaded->series =
      synthetic_candles({.seed = 5, .start_price = 250}, "A", kStart - 8 * kDay, kStart + 2 * kDay);
  Attempt a;
  a.symbol = "A";
  a.strategy_name = "s";
  a.from = kStart;
  a.to = kStart + kDay;
  a.candles = std::move(loaded);
  return a;
}

// Buys every hour after which the price has risen `ahead` ms later; 0 looks at the candle that has just
// closed. `remember`: the first candle of its history counts, too.
Outcome decide(const Attempt& a, Timestamp ahead, bool remember = false) {
  Outcome outcome;
  const CandleSeries& s = a.candles->series;
  std::string text = "run\tA\ts\n";
  for (Timestamp when = a.from; when <= a.to && when <= s.end(); when += kHour) {
    const std::ptrdiff_t at = s.index_of(when + ahead - kMinute);
    if (at < 0 || at >= static_cast<std::ptrdiff_t>(s.size())) continue;
    const auto i = static_cast<std::size_t>(at);
    if (s.close()[i] <= s.open()[i]) continue;
    text += fmt::format("opened\t{}\tid={}{}\tposition=long\n", when, when,
                        remember ? fmt::format("-{}", s.first()) : "");
  }
  outcome.report.decisions = a.keep_decisions ? text : std::string();
  outcome.report.run_hash = sha256_hex(text);
  outcome.report.frame_start = a.from;
  outcome.report.frame_end = a.to;
  outcome.earliest = a.from - 2 * kDay;
  return outcome;
}

Proof proof_of(const optimizer::Evaluate& evaluate, unsigned threads = 1) {
  const Attempt a = attempt();
  const GeneratedWish wish{a, evaluate(a).report.run_hash, 0.1};
  ProofOptions options;
  options.threads = threads;
  return prove_generated(wish, evaluate, options, {}, {});
}

}  // namespace

TEST_CASE("A generated strategy that knows only the past is proven, on one thread and on many", "[prove]") {
  for (const unsigned threads : {1U, 3U}) {
    const Proof proof = proof_of([](const Attempt& a) { return decide(a, 0); }, threads);
    CHECK(proof.result == ProofResult::holds);
    CHECK(proof.truncations > 40);
    CHECK(proof.identical == proof.truncations);
    CHECK(proof.all_entries > 5);
    CHECK(proof.history == 2 * kDay);
    CHECK(proof.warmup.empty());
    CHECK(proof.warmup_gap.empty());
  }
}

TEST_CASE("A generated strategy that saw the future is caught, however little of it", "[prove]") {
  for (const Timestamp ahead : {kMinute, 5 * kMinute, kHour, 10 * kHour}) {
    const Proof proof = proof_of([ahead](const Attempt& a) { return decide(a, ahead); });
    INFO(ahead);
    CHECK(proof.result == ProofResult::saw_the_future);
    REQUIRE(proof.first);
    CHECK(proof.first->time >= kStart);
    CHECK(proof.identical < proof.truncations);
  }
}

TEST_CASE("A generated strategy that depends on its history is told", "[prove]") {
  const Proof proof = proof_of([](const Attempt& a) { return decide(a, 0, true); });
  CHECK(proof.result == ProofResult::holds);
  REQUIRE(proof.warmup.size() == 2);
  CHECK(proof.warmup.front().times == 2);
}

TEST_CASE("What cannot be repeated is not proven", "[prove]") {
  std::atomic<int> calls{0};
  const Proof other = proof_of([&](const Attempt& a) { return decide(a, calls++ == 0 ? 0 : kMinute); });
  CHECK(other.result == ProofResult::not_proven);
  CHECK_THAT(other.why, Catch::Contains("decided otherwise"));
  calls = 0;
  const Proof late = proof_of([&](const Attempt& a) {
    Outcome outcome = decide(a, 0);
    if (calls++ > 10) outcome.failure = "timeout: it took too long";
    return outcome;
  });
  CHECK(late.result == ProofResult::not_proven);
  CHECK_THAT(late.why, Catch::Contains("a repetition failed: timeout"));
  calls = 0;
  const Proof once = proof_of([&](const Attempt& a) {
    Outcome outcome = decide(a, 0);
    if (calls++ == 10) outcome.failure = "timeout: the machine stood still";
    return outcome;
  });
  CHECK(once.result == ProofResult::holds);
  const Attempt a = attempt();
  const Proof interrupted = prove_generated(
      {a, decide(a, 0).report.run_hash, 0.1}, [](const Attempt& x) { return decide(x, 0); }, {},
      [] { return true; }, {});
  CHECK(interrupted.result == ProofResult::not_proven);
}

TEST_CASE("A proof that cuts nothing proves nothing", "[prove]") {
  const Attempt a = attempt();
  const auto evaluate = [](const Attempt& x) { return decide(x, kHour); };
  ProofOptions options;
  options.moments = options.entries = 0;
  const Proof proof = prove_generated({a, evaluate(a).report.run_hash, 0.1}, evaluate, options, {}, {});
  CHECK(proof.result == ProofResult::not_proven);
  CHECK_THAT(proof.why, Catch::Contains("nothing was cut"));
}

TEST_CASE("How far a strategy looks back is learnt in the sandbox, and longer histories change nothing of it", "[prove]") {
  Attempt a = attempt();
  auto loaded = std::make_shared<lua::LoadedCandles>();
  loaded->series = synthetic_candles({.seed = 5, .start_price = 250, .volatility = 0.002}, "A", kStart - 20 * kDay, kStart + 2 * kDay);
  a.candles = loaded;
  a.exchange_name = a.frame_name = "here";
  a.name = "strategy.lua";
  a.text = R"(local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "15m", get_signal = function(symbol, when, price)
  if when / 60000 % 60 ~= 0 then return nil end
  local list = btk.get_candles(symbol, "1h", 60)
  if btk.ta.sma(list, 60) <= 0 then return nil end
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99, minute_estimated_time = 30 }
end }
)";
  optimizer::SandboxedSetup setup;
  setup.isolation = optimizer::Isolation::in_process;
  const optimizer::Evaluate evaluate = optimizer::sandboxed(setup);
  const Outcome real = evaluate(a);
  REQUIRE(real.failure.empty());
  REQUIRE(real.report.signals.size() > 5);
  ProofOptions options;
  options.moments = options.entries = 2;
  const Proof proof = prove_generated({a, real.report.run_hash, 0.1}, evaluate, options, {}, {});
  CHECK(proof.result == ProofResult::holds);
  CHECK(proof.history == 60 * kHour);
  CHECK(proof.warmup.empty());
  CHECK(proof.warmup_gap.empty());
}

TEST_CASE("A child process that tells impossible times harms nothing", "[prove]") {
  const Proof proof = proof_of([](const Attempt& a) {
    Outcome outcome = decide(a, 0);
    if (a.keep_decisions)
      outcome.report.decisions += fmt::format("opened\t{}\tid=x\n", std::numeric_limits<Timestamp>::max());
    outcome.report.frame_start = std::numeric_limits<Timestamp>::min();
    outcome.report.frame_end = std::numeric_limits<Timestamp>::max();
    outcome.earliest = std::numeric_limits<Timestamp>::min();
    return outcome;
  });
  CHECK(proof.result == ProofResult::holds);
  CHECK(proof.history == 8 * kDay);  // no candle is older
}

TEST_CASE("Only what is proven is promoted", "[prove]") {
  optimizer::ContestResult contest;
  contest.walk = std::make_shared<lua::Walk>();
  contest.walk->ranking = WalkerRanking("total_pnl");
  const PromotionRules rules{.metric = "total_pnl", .min_trades = 2, .prove = true};
  Proof proof;
  proof.result = ProofResult::holds;
  CHECK_THAT(promotion_refusal(rules, contest, proof), Catch::Contains("no strategy has a value"));

  auto report = std::make_shared<lua::RunReport>();
  for (int i = 0; i < 3; ++i) {
    FinishedSignal s;
    s.signal.pending_at = kStart + i * kHour;
    s.close_timestamp = kStart + (i + 1) * kHour;
    s.pnl.pnl_percentage = 1;
    report->signals.push_back(s);
  }
  contest.walk->add("s", report);
  CHECK(promotion_refusal(rules, contest, proof).empty());
  CHECK_THAT(promotion_refusal({.metric = "total_pnl", .min_trades = 4}, contest, proof),
             Catch::Contains("fewer than --min-trades 4"));

  CHECK_THAT(promotion_refusal(rules, contest, std::nullopt), Catch::Contains("there is no proof"));
  proof.result = ProofResult::not_proven;
  proof.why = "the proof was interrupted";
  CHECK_THAT(promotion_refusal(rules, contest, proof),
             Catch::Contains("could not be proven: the proof was interrupted; --no-prove"));
  proof.result = ProofResult::saw_the_future;
  proof.first = Difference{kStart, "opened 1", "nothing"};
  CHECK_THAT(promotion_refusal(rules, contest, proof), Catch::Contains("saw the future"));
  CHECK(promotion_refusal({.metric = "total_pnl", .min_trades = 2, .prove = false}, contest, std::nullopt)
            .empty());
}

}  // namespace btk::host
