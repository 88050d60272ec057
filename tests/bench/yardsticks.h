// The shared yardsticks (folder bench of the shared data), compiled and run
// beside the product: what a bare C++ loop, a plain LuaJIT script and a plain
// Node loop need on this machine. Absent when that folder, a compiler or the
// interpreter is not there.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

namespace btk::bench {

/// How many sets W3 has.
inline constexpr double kW3Sets = 100;

/// All in seconds.
struct Yardsticks {
  std::optional<double> cpp_w1, cpp_w2;                  ///< hot.cpp, w2w3.cpp
  std::optional<double> lua_w1;                          ///< plain_w1.lua, its own clock
  /// A set of W3 by plain_w1.lua; runs it, so that it can be measured in turn with something else. `quick`: nothing.
  std::function<std::optional<double>()> lua_w3_set = [] { return std::optional<double>(); };
  std::optional<double> node_w1_process;                 ///< plain_w1.mjs, CPU of the whole process
  std::optional<double> lua_w1_process;
};

/// `folder` is for the programs that are made; kept between calls. `quick` leaves out W3.
Yardsticks run_yardsticks(const std::filesystem::path& folder, bool quick);

}  // namespace btk::bench
