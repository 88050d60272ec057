// The options of `btkhost paper` and `btkhost live`. All readers throw UsageError
// with one sentence.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/time.h"
#include "host/cli/console.h"
#include "host/cli/options.h"
#include "host/cli/report_choice.h"
#include "host/cli/script_choice.h"
#include "host/service/limits.h"

namespace btk::host {

struct LiveOptions : ScriptChoice, ReportChoice {
  std::string mode = "paper";  ///< "paper" or "live"
  std::string clock;                    ///< empty: BTK_CLOCK, else the wall clock
  std::optional<Timestamp> until;       ///< --to: detach when the session's clock has reached it
  bool broker = false;                  ///< the script's broker is asked
  std::string journal;                  ///< sqlite, json, memory, dummy, lua; empty: lua with btk.use_persist, else sqlite
  bool watch = false, flatten = false;
  bool yes = false;                     ///< nobody is asked whether real orders are meant
  Limits limits;                        ///< kill switches
  bool json = false, no_color = false;
  std::optional<std::filesystem::path> events;
};

/// Nothing when help was asked for and printed. `mode` is "paper" or "live".
std::optional<LiveOptions> read_live_options(const std::string& mode, Words words, Console& console);

}  // namespace btk::host
