// A store that cannot be written: nothing is sent that it does not know of, and the next start goes on.
#include <catch2/catch.hpp>

#include "tests/live/crash_rig.h"

using namespace btk::test;

TEST_CASE("a live session on a full disk ends before it sends what it could not write", "[crash]") {
  CrashRig rig(31, false);
  rig.rest();
  for (const std::uint64_t kilobytes : {40, 90, 160, 400, 1000}) {
    INFO(kilobytes << " KB");
    rig.run_out_of_disk(kilobytes * 1024);
    rig.rest();
  }
  rig.replay();
}

TEST_CASE("a live session whose store is read-only does not begin", "[crash]") {
  CrashRig rig(32, false);
  rig.kill_some_time();
  rig.rest();
  rig.run_read_only();
  rig.rest();
  rig.replay();
}
