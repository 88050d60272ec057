#include "yardsticks.h"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <string>

#include "process.h"
#include "tests/support/shared.h"

namespace btk::bench {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> find_sources() {
  auto found = test::find_shared_above(BTK_BENCH_FOLDER);  // wherever the build folder is
  try {
    if (!found || std::getenv("BTK_SHARED") != nullptr) found = test::shared();
  } catch (const std::runtime_error&) {  // no shared data on this machine
    return std::nullopt;
  }
  if (!fs::is_directory(*found / "bench")) return std::nullopt;
  return *found / "bench";
}

/// Compiles a source unless that was done before; false when it cannot be.
bool compile(const fs::path& source, const fs::path& program) {
  if (fs::exists(program) && fs::last_write_time(program) > fs::last_write_time(source)) return true;
  return run_process({BTK_BENCH_CXX, "-O2", "-std=c++20", "-w", source.string(), "-o", program.string(),
                      "-I/usr/include/luajit-2.1", "-lluajit-5.1", "-lpthread", "-rdynamic"},
                     program.parent_path())
             .status == 0;
}

/// The number in the first group of `pattern`.
std::optional<double> number(const ProcessResult& result, const char* pattern) {
  std::smatch found;
  if (result.status != 0 || !std::regex_search(result.output, found, std::regex(pattern))) return std::nullopt;
  return std::stod(found[1]);
}

std::optional<double> in_seconds(std::optional<double> milliseconds) {
  if (milliseconds) *milliseconds /= 1e3;
  return milliseconds;
}

}  // namespace

Yardsticks run_yardsticks(const fs::path& folder, bool quick) {
  Yardsticks y;
  const auto sources = find_sources();
  if (!sources) return y;
  fs::create_directories(folder);
  const fs::path year = folder / "year.csv";
  if (compile(*sources / "gen.cpp", folder / "gen") && !fs::exists(year)) {
    const ProcessResult made = run_process({(folder / "gen").string()}, folder);
    std::ofstream(year, std::ios::binary) << made.output;
  }
  if (!fs::exists(year)) return y;
  if (compile(*sources / "hot.cpp", folder / "hot")) {
    const auto out = run_process({(folder / "hot").string(), "year.csv", "7", "a  C++ window"}, folder);
    y.cpp_w1 = in_seconds(number(out, "C\\+\\+ window sums +([0-9.]+)"));
  }
  if (!quick && compile(*sources / "w2w3.cpp", folder / "w2w3")) {
    const auto out = run_process({(folder / "w2w3").string(), "year.csv", "5"}, folder);
    y.cpp_w2 = in_seconds(number(out, "C\\+\\+ windows +([0-9.]+)"));
  }
  const std::string script = (*sources / "plain_w1.lua").string();
  const auto lua = run_process({"luajit", script}, folder);
  y.lua_w1 = number(lua, "\"run_s\":([0-9.]+)");
  if (y.lua_w1) y.lua_w1_process = lua.cpu;
  if (!quick && y.lua_w1) {
    y.lua_w3_set = [script, folder] {
      auto seconds = number(run_process({"luajit", script}, folder, {"GRID=1"}), "\"run_s\":([0-9.]+)");
      if (seconds) *seconds /= kW3Sets;
      return seconds;
    };
  }
  const auto node = run_process({"node", (*sources / "plain_w1.mjs").string()}, folder);
  if (node.status == 0) y.node_w1_process = node.cpu;
  return y;
}

}  // namespace btk::bench
