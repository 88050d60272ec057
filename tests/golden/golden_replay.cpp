// golden_replay FILE_OR_DIR... [--lua] [--show NAME] [--data DIR]
//
// Replays recorded scenarios of the reference through the engine, with --lua by a
// script through the public Lua API, and compares everything that was recorded.
// Prints the failing scenarios, a line per family (file) and the total; --show
// prints the first difference of the scenario NAME in full. --data names the
// folder of candle files; without it, the `data` beside the `golden` folder that
// holds the scenarios. Without files the shared folder's are taken. Exit code 1
// when something differs or nothing was replayed, 2 for wrong usage or unreadable
// files.
#include <fmt/format.h>

#include <sstream>

#include "engine/error.h"
#include "tests/golden/golden_replay_compare.h"
#include "tests/golden/golden_replay_files.h"
#include "tests/golden/golden_replay_lua.h"
#include "tests/golden/golden_replay_play.h"
#include "tests/golden/golden_replay_scenario.h"
#include "tests/support/shared.h"

namespace {

namespace fs = std::filesystem;
using btk::golden::Json;

struct Options {
  std::vector<fs::path> places;
  std::string show;
  std::optional<fs::path> data;
  bool lua = false;
};

struct Tally {
  std::size_t passed = 0, failed = 0;
};

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--show" || argument == "--data") {
      if (++i == argc) return std::nullopt;
      if (argument == "--show") {
        options.show = argv[i];
      } else {
        options.data = argv[i];
      }
    } else if (argument == "--lua") {
      options.lua = true;
    } else if (argument.starts_with("-")) {
      return std::nullopt;
    } else {
      options.places.emplace_back(argument);
    }
  }
  if (options.places.empty()) {
    const fs::path golden = btk::test::shared() / "golden";
    options.places = {golden / "scenarios", golden / "real"};
  }
  return options;
}

class Replay {
 public:
  explicit Replay(Options options) : options_(std::move(options)) {}

  /// Exit code.
  int run() {
    for (const fs::path& file : btk::golden::scenario_files(options_.places)) replay_file(file);
    Tally total;
    for (const auto& [family, tally] : families_) {
      fmt::print("{}: {}/{}\n", family, tally.passed, tally.passed + tally.failed);
      total.passed += tally.passed;
      total.failed += tally.failed;
    }
    if (!options_.show.empty() && !shown_) fmt::print("no scenario is named {}\n", options_.show);
    fmt::print("{} passed, {} failed\n", total.passed, total.failed);
    return total.failed == 0 && total.passed > 0 ? 0 : 1;
  }

 private:
  void replay_file(const fs::path& file) {
    std::istringstream lines(btk::golden::read_text(file));
    std::string line;
    for (std::size_t number = 1; std::getline(lines, line); ++number) {
      if (line.empty()) continue;
      try {
        replay(btk::golden::read_scenario(Json::parse(line), candle_files(file)),
               families_[btk::golden::family_of(file)]);
      } catch (const Json::parse_error& problem) {
        throw btk::Error(
            fmt::format("{}:{} is no JSON from column {} on", file.string(), number, problem.byte));
      } catch (const std::exception& problem) {
        throw btk::Error(fmt::format("{}:{} is no scenario that can be replayed: {}", file.string(), number,
                                     problem.what()));
      }
    }
  }

  void replay(const btk::golden::Scenario& scenario, Tally& tally) {
    const auto play = options_.lua ? btk::golden::play_in_lua : btk::golden::play;
    const auto difference = btk::golden::first_difference(scenario.expected, play(scenario));
    ++(difference ? tally.failed : tally.passed);
    if (difference) fmt::print("FAIL {} {}\n", scenario.name, difference->brief());
    if (scenario.name != options_.show) return;
    shown_ = true;
    fmt::print("{} {}\n", scenario.name, difference ? difference->full() : "has no difference");
  }

  btk::golden::CandleFiles candle_files(const fs::path& scenarios) {
    return [this, scenarios](const std::string& name, btk::Timestamp from, btk::Timestamp to) {
      const auto folder = options_.data ? options_.data : btk::golden::data_beside_golden(scenarios);
      if (!folder)
        throw btk::Error(fmt::format("the candles of {} are named, not listed; say with --data where {} lies",
                                     scenarios.string(), name));
      return folders_.try_emplace(*folder, *folder).first->second.candles(name, from, to);
    };
  }

  Options options_;
  std::map<std::string, Tally> families_;
  std::map<fs::path, btk::golden::CandleFolder> folders_;
  bool shown_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    auto options = read_options(argc, argv);
    if (!options) {
      fmt::print(stderr, "usage: golden_replay FILE_OR_DIR... [--lua] [--show NAME] [--data DIR]\n");
      return 2;
    }
    return Replay(std::move(*options)).run();
  } catch (const std::exception& problem) {
    fmt::print(stderr, "golden_replay: {}\n", problem.what());
    return 2;
  }
}
