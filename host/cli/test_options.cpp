#include "host/cli/test_options.h"

#include <algorithm>
#include <cmath>

#include "host/cli/parser.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

bool is_test_name(const std::string& name) {
  return name.ends_with("_test.lua") || (name.starts_with("test_") && name.ends_with(".lua"));
}

}  // namespace

std::optional<TestOptions> read_test_options(Words words, Console& console) {
  TestOptions o;
  Parser parser("test", "Runs scripted tests: every *_test.lua and test_*.lua below the paths, each file in a fresh state.",
                "btkhost test scripts --filter \"sma cross\"");
  CLI::App& app = parser.app();
  std::vector<std::string> paths, settings;
  std::string junit, seed;
  int jobs = 0;
  double seconds = 60;
  app.add_option("path", paths, "files or folders; default: tests and scripts, as far as they are there");
  app.add_option("--filter", o.filter, "only tests whose name, with the names of the blocks around it, has this in it");
  app.add_flag("--list", o.list, "prints the tests and runs none");
  auto* seed_option = app.add_option("--seed", seed, "where random numbers start; default 1");
  auto* job_option = app.add_option("--jobs", jobs, "files at the same time; default: one per core");
  app.add_option("--timeout", seconds, "seconds that one test may take; default 60");
  auto* junit_option = app.add_option("--junit", junit, "file for the results in JUnit's XML");
  app.add_flag("--coverage", o.coverage, "which lines of the scripts were executed; slower, since nothing is compiled");
  app.add_flag("--watch", o.watch, "runs again whenever a file changes, until Ctrl-C");
  app.add_option("--set", settings, "engine setting CC_KEY=VALUE")->allow_extra_args(false);
  app.add_flag("--quiet", o.quiet, "only failing tests and the counts");
  app.add_flag("--unsafe", o.unsafe, "scripts may use io, os.execute, ffi, debug");
  app.add_flag("--env-override", o.env_override, ".env files win over environment variables");
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  if (job_option->count() > 0 && (jobs < 1 || jobs > 1024)) throw UsageError(fmt::format("--jobs {}: give a number from 1 to 1024", jobs));
  o.jobs = static_cast<unsigned>(jobs);
  if (seed_option->count() > 0) o.seed = read_seed(seed);
  if (!(seconds > 0) || !(seconds <= 86400)) throw UsageError("--timeout: give seconds above zero, at most a day");
  o.limit = std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds * 1000)));
  if (junit_option->count() > 0) o.junit = junit;
  if (o.list && o.watch) throw UsageError("btkhost test: give --list or --watch, not both");
  for (const std::string& setting : settings) o.settings.push_back(read_setting(setting));
  o.paths.assign(paths.begin(), paths.end());
  for (const fs::path& path : o.paths) {
    if (!fs::exists(path)) throw UsageError(fmt::format("cannot open {}: there is no such file or folder", path.string()));
  }
  if (o.paths.empty()) {
    for (const char* usual : {"tests", "scripts"}) {
      if (fs::is_directory(usual)) o.paths.emplace_back(usual);
    }
    if (o.paths.empty()) throw Error("btkhost test: there is no folder tests or scripts here; name the files or folders with tests");
  }
  return o;
}

std::vector<fs::path> find_test_files(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(path, fs::directory_options::skip_permission_denied)) {
      if (entry.is_regular_file() && is_test_name(entry.path().filename().string())) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  std::vector<fs::path> once;
  for (const fs::path& file : files) {
    if (std::find(once.begin(), once.end(), file) == once.end()) once.push_back(file);
  }
  return once;
}

}  // namespace btk::host
