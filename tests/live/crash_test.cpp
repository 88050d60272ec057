// SIGKILL at any moment, and no signal is lost, none opened twice, nothing sold twice. BTK_LONG=1: at least 500 kills.
// BTK_SEED chooses other moments.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/live/crash_rig.h"

using namespace btk;
using namespace btk::test;

namespace {

bool long_mode() {
  const char* const given = std::getenv("BTK_LONG");
  return given != nullptr && *given == '1';
}

std::uint64_t seed() {
  const char* const given = std::getenv("BTK_SEED");
  return given != nullptr ? std::stoull(given) : 4;
}

void torment(CrashRig& rig, int rounds) {
  // Each round kills three times. Points of the journal are counted from each start, so that all of the first ones come.
  for (int round = 1; round <= rounds; ++round) {
    INFO("round " << round << ", BTK_SEED=" << seed());
    rig.kill_some_time();
    rig.kill_at_journal(long_mode() ? round : 1 + (round * 7) % 60);
    if (round % 4 == 0) rig.sleep_over();
    rig.kill_at_order(round % 2 == 0 ? "slow" : "drop_after");
    if (round % 5 == 0) rig.rest();
  }
  rig.rest();
  CHECK(rig.orders_sent() > static_cast<std::size_t>(rounds));
  rig.replay();
}

}  // namespace

TEST_CASE("a live session is killed at any moment and goes on", "[crash]") {
  CrashRig rig(seed(), false);
  torment(rig, long_mode() ? 134 : 12);
}

TEST_CASE("a live session with protective stops at the exchange is killed and goes on", "[crash]") {
  CrashRig rig(seed() + 1, true);
  torment(rig, long_mode() ? 34 : 5);
}
