#include "engine/stats_performance.h"

#include <catch2/catch.hpp>

namespace btk {

TEST_CASE("performance: the example of the specification") {
  std::vector<Measure> measures;
  Timestamp time = 0;
  std::optional<Timestamp> before;
  for (const double duration : {5.0, 1.0, 9.0, 3.0, 7.0}) {
    measures.push_back({"live_tick", duration, time, before});
    before = time;
    time += 60'000;
  }
  const PerformanceStats stats = performance_stats(measures);
  REQUIRE(stats.metrics.size() == 1);
  CHECK(stats.total_events == 5);
  CHECK(stats.total_duration == 25);
  const MetricStats& m = stats.metrics.front();
  CHECK(m.avg_duration == 5);
  CHECK(m.std_dev == 3.1622776601683795);
  CHECK(m.median == 5);
  CHECK(m.p95 == Approx(8.6));
  CHECK(m.p99 == Approx(8.92));
  CHECK(m.min_duration == 1);
  CHECK(m.max_duration == 9);
  CHECK(m.avg_wait_time == 60'000);
}

TEST_CASE(
    "performance: metrics in the order of their newest measurement; one alone has no deviation and no wait") {
  const PerformanceStats stats =
      performance_stats(std::vector<Measure>{{"a", 1, 0, {}}, {"b", 2, 1, 0}, {"a", 3, 5, 1}});
  REQUIRE(stats.metrics.size() == 2);
  CHECK(stats.metrics[0].metric == "a");
  CHECK(stats.metrics[0].min_wait_time == 4);
  CHECK(stats.metrics[1].std_dev == 0);
  CHECK(stats.metrics[1].median == 2);
  CHECK(performance_stats({}).metrics.empty());
  CHECK(interpolated_percentile({}, 50) == 0);
}

}  // namespace btk
