// btkhost flush: reports of earlier runs go away. Candles, state and what language
// models said stay. The last reports that were removed are kept in .previous.
#include <algorithm>
#include <system_error>

#include "engine/event_rows.h"
#include "host/cli/commands.h"
#include "host/cli/parser.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKept = ".previous";

// Below the output folder. "data" (candles, state) is not among them. In "strategy" lie the reports of that kind and, in
// folders, what language models said: only the files are removed.
constexpr const char* kShared = "strategy";

std::vector<std::string> folders() {
  std::vector<std::string> all{"backtest", "walker",      "paper", "live",     "html", "heat",
                               "report",   "performance", "log",   "markdown", "agent"};
  for (const std::string_view kind : event_report_names()) all.emplace_back(kind);
  return all;
}

// The output folder of a script is `dump` beside it.
std::vector<fs::path> places(const std::vector<std::string>& files, const std::string& out) {
  if (files.empty()) return {out};
  std::vector<fs::path> all;
  for (const std::string& file : files) {
    const fs::path place = fs::path(file).parent_path() / "dump";
    if (std::find(all.begin(), all.end(), place) == all.end()) all.push_back(place);
  }
  return all;
}

[[noreturn]] void cannot_remove(const fs::path& what, const std::error_code& problem) {
  throw Error(fmt::format("cannot remove {}: {}", what.string(), problem.message()));
}

bool has_files(const fs::path& folder) {
  std::error_code ignored;
  return std::ranges::any_of(fs::directory_iterator(folder, ignored), [](const auto& entry) { return entry.is_regular_file(); });
}

void move_files(const fs::path& from, const fs::path& to, Console& console) {
  std::error_code problem;
  fs::create_directories(to, problem);
  if (problem) cannot_remove(to, problem);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  for (const fs::path& file : files) {
    fs::rename(file, to / file.filename(), problem);
    if (problem) cannot_remove(file, problem);
    console.print(fmt::format("Removed: {}\n", file.string()));
  }
}

std::size_t flush(const fs::path& place, Console& console) {
  std::error_code problem;
  std::vector<std::string> there;
  for (const std::string& name : folders()) {
    if (!fs::is_directory(fs::symlink_status(place / name, problem))) continue;
    if (name != kShared || has_files(place / name)) there.push_back(name);
  }
  if (there.empty()) return 0;
  const fs::path kept = place / kKept;
  fs::remove_all(kept, problem);
  if (problem) cannot_remove(kept, problem);
  fs::create_directories(kept, problem);
  if (problem) cannot_remove(kept, problem);
  for (const std::string& name : there) {
    if (name == kShared) {
      move_files(place / name, kept / name, console);
      continue;
    }
    fs::rename(place / name, kept / name, problem);
    if (problem) cannot_remove(place / name, problem);
    console.print(fmt::format("Removed: {}\n", (place / name).string()));
  }
  return there.size();
}

}  // namespace

int flush_command(const Words& words, Console& console) {
  Parser parser("flush",
                "Removes the reports of earlier runs below --out, or below `dump` beside each script. "
                "Candles, state and what "
                "language models said stay. What was removed last is kept in .previous.",
                "btkhost flush --out dump");
  std::vector<std::string> files;
  std::string out = "dump";
  auto* script_option = parser.app().add_option("script", files, "Lua files whose folders are meant");
  auto* out_option = parser.app().add_option("--out", out, "folder of the reports; default ./dump");
  if (!parser.parse(words, console)) return 0;
  if (script_option->count() > 0 && out_option->count() > 0) {
    throw UsageError("btkhost flush: give scripts or --out, not both");
  }
  if (!files.empty()) check_files({files.begin(), files.end()}, "flush");
  std::size_t removed = 0;
  for (const fs::path& place : places(files, out)) removed += flush(place, console);
  if (removed == 0) console.note("there are no reports to remove");
  return 0;
}

}  // namespace btk::host
