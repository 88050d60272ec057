// What scripts under test have besides: t.run makes further isolates in the middle of a test, and whoever stops the test has
// to stop those too; lines that were executed are counted in all of them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "lua/isolate.h"
#include "lua/line_coverage.h"

namespace btk::lua {

struct TestServices {
  /// Makes an isolate stoppable while the answer lives (time limit, Ctrl-C). May be empty.
  std::function<std::shared_ptr<void>(Isolate&)> guard;
  /// Counts lines; empty: nobody wants to know. One per test file, used by one thread.
  std::shared_ptr<LineCoverage> coverage;
  /// Files that runs of the tests have read, by the name that messages show. Written by the thread of the test file.
  mutable std::map<std::string, std::filesystem::path> files;
};

}  // namespace btk::lua
