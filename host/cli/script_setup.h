// What commands that load scripts have in common.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <spdlog/logger.h>

#include "host/cli/console.h"
#include "host/cli/exchanges.h"
#include "host/cli/script_choice.h"
#include "lua/script.h"

namespace btk::host {

using Settings = std::vector<std::pair<std::string, std::string>>;

/// Engine settings from environment variables named as a CC_ key, then those given, which win. Throws UsageError for a
/// value that does not read.
Settings with_environment(const Settings& given);

/// Options of a script, filled with what the choice says; what it prints goes to stderr. The rest is the command's.
/// Everything given outlives the script.
lua::ScriptOptions script_options(const ScriptChoice& choice, Console& console, Exchanges& exchanges, spdlog::logger& logger);

/// Executes the script's files; what goes wrong there is a UsageError ("strategy.lua:12: ...").
void load_or_refuse(lua::Script& script);

/// What the host shall run: `plan` is script.plan() or plan_live(). Throws UsageError for what cannot be run, a bad symbol among it.
std::vector<lua::PlannedRun> plan_or_refuse(lua::Script& script, std::vector<lua::PlannedRun> (lua::Script::*plan)() = &lua::Script::plan);

/// Options of a generated file in this process (optimizer-cli.md 1.13): its profile, a processor budget for each call, a cap of
/// memory, LuaJIT's compiler off. How long it may run in all is the user's affair.
void hold_generated(lua::ScriptOptions& options);

/// A generated strategy alone has no exchange and no frame: those of its manifest are lent to it, test frame first
/// (OPT-54), with the settings that it was tried under, and its symbol when none is named. Such a file is held, and so is the entry of a set. Other files: nothing happens.
void lend_from_manifest(lua::ScriptOptions& options);

/// What btk.backtest.get_report, .dump and their like do: reports go to `out`, those with a path of the script's own beside
/// `script`. `mode`: "backtest", "paper" or "live". The console must outlive the script.
void add_reports(lua::ScriptOptions& options, Console& console, const std::filesystem::path& out, const std::filesystem::path& script,
                 const std::string& mode = "backtest");

}  // namespace btk::host
