#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "host/cli/usage_error.h"
#include "host/journal/data_lock.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using btk::test::TempFolder;

TEST_CASE("a data folder that is in use is refused with the process that uses it", "[journal]") {
  const TempFolder folder;
  const auto out = folder / "dump";
  CHECK(data_lock_holder(out).empty());
  {
    const DataLock first(out, "btkhost paper");
    const std::string holder = "process " + std::to_string(::getpid()) + " (btkhost paper)";
    CHECK(data_lock_holder(out) == holder);
    CHECK_THROWS_WITH(DataLock(out, "btkhost live"), out.string() + "/ is in use by " + holder);
    CHECK_THROWS_AS(DataLock(out, "btkhost live"), UsageError);
    CHECK(data_lock_holder(out) == holder);  // asking and being refused change nothing
  }
  CHECK(data_lock_holder(out).empty());
  CHECK_NOTHROW(DataLock(out, "btkhost live"));
}

TEST_CASE("the lock of a killed process is taken over", "[journal]") {
  const TempFolder folder;
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const DataLock lock(folder.path(), "btkhost live");
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK_THROWS_WITH(DataLock(folder.path(), "btkhost live"),
                    Catch::Contains("is in use by process " + std::to_string(child) + " (btkhost live)"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  CHECK(data_lock_holder(folder.path()).empty());
  CHECK_NOTHROW(DataLock(folder.path(), "btkhost live"));
}

TEST_CASE("a data folder that cannot be made is one clear sentence", "[journal]") {
  const TempFolder folder;
  const auto file = folder.write("file", "x");
  CHECK_THROWS_WITH(DataLock(file, "btkhost paper"), Catch::StartsWith("cannot write state: " + file.string()));
}
