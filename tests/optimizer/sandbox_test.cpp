// A sound generated file gives the same run in the host and in a child process;
// one that fails says why.
#include "tests/optimizer/sandbox_bench.h"

using namespace btk;
using namespace btk::optimizer;
using namespace btk::test;
using Catch::Matchers::Contains;

TEST_CASE("A sound file gives the same run in this process and in a child", "[sandbox][confined]") {
  const CandidateResult here = evaluate(bench_setup(Isolation::in_process), sound_strategy());
  const CandidateResult there = evaluate(bench_setup(Isolation::process), sound_strategy());
  INFO(here.failure.reason << " | " << there.failure.reason);
  REQUIRE(here.ok());
  REQUIRE(there.ok());
  CHECK(here.report.signals.size() > 5);
  CHECK(here.report.run_hash == there.report.run_hash);
  REQUIRE(here.report.signals.size() == there.report.signals.size());
  CHECK(here.report.stats.total_pnl == there.report.stats.total_pnl);
  CHECK(here.report.stats.sharpe_ratio == there.report.stats.sharpe_ratio);
  CHECK(there.report.signals.front().signal.note == "fast above slow");
  CHECK(there.report.frame_count == here.report.frame_count);
  CHECK(there.report.strategy_name == "s");
  CHECK(there.report.errors.empty());
}
