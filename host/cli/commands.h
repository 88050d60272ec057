// The commands of the program, one source file each. A command gets the words
// after its name and returns the exit code: 0 done, 1 a run failed or had script
// errors, 130 interrupted. Wrong usage is thrown as UsageError (2).
#pragma once

#include <span>
#include <string_view>

#include "host/cli/console.h"
#include "host/cli/options.h"

namespace btk::host {

int run_command(const Words& words, Console& console);
int walker_command(const Words& words, Console& console);
int optimize_command(const Words& words, Console& console);
int sweep_command(const Words& words, Console& console);
int paper_command(const Words& words, Console& console);
int live_command(const Words& words, Console& console);
int dump_command(const Words& words, Console& console);
int pnldebug_command(const Words& words, Console& console);
int brokerdebug_command(const Words& words, Console& console);
int flush_command(const Words& words, Console& console);
int report_command(const Words& words, Console& console);
int replay_command(const Words& words, Console& console);
int check_command(const Words& words, Console& console);
int definitions_command(const Words& words, Console& console);
int init_command(const Words& words, Console& console);
int exec_command(const Words& words, Console& console);
int eval_command(const Words& words, Console& console);
int ta_command(const Words& words, Console& console);
int completion_command(const Words& words, Console& console);
int test_command(const Words& words, Console& console);
int cache_command(const Words& words, Console& console);
// Of a running paper or live session: control_commands.cpp.
int status_command(const Words& words, Console& console);
int stop_command(const Words& words, Console& console);
int pause_command(const Words& words, Console& console);
int resume_command(const Words& words, Console& console);
int flatten_command(const Words& words, Console& console);

struct Command {
  std::string_view name, alias;
  std::string_view purpose;
  int (*call)(const Words& words, Console& console);
};

inline constexpr Command kCommands[] = {
    {"init", "", "makes a project that runs, tests and paper-trades at once", init_command},
    {"run", "backtest", "back-tests a script over its frame", run_command},
    {"walker", "", "back-tests several strategies side by side and ranks them", walker_command},
    {"optimize", "", "has a language model write strategies, tries them and ranks them", optimize_command},
    {"sweep", "", "tries a strategy's parameters, or exits for trade ideas, and ranks them", sweep_command},
    {"paper", "", "trades a script on live prices with simulated money", paper_command},
    {"live", "", "trades a script for real", live_command},
    {"replay", "", "runs a recorded session again and compares", replay_command},
    {"check", "", "loads a script and prints what it registers", check_command},
    {"test", "", "runs scripted tests", test_command},
    {"cache", "", "candles on disk: warm, check, list, prune", cache_command},
    {"report", "", "prints the report of a stored session again", report_command},
    {"dump", "", "prints candles of an exchange", dump_command},
    {"pnldebug", "", "follows a position minute by minute", pnldebug_command},
    {"brokerdebug", "", "sends one order to the broker of a script", brokerdebug_command},
    {"flush", "", "removes the reports of earlier runs", flush_command},
    {"definitions", "", "definitions of the script API for editors", definitions_command},
    {"exec", "", "executes a script that only uses the library", exec_command},
    {"eval", "", "executes a line of Lua", eval_command},
    {"ta", "", "prints the columns of an indicator script", ta_command},
    {"completion", "", "completion of these commands for bash or zsh", completion_command},
    {"status", "", "shows what a running session does", status_command},
    {"stop", "", "asks a running session to end", stop_command},
    {"pause", "", "keeps a running session from entering", pause_command},
    {"resume", "", "ends a pause", resume_command},
    {"flatten", "", "closes everything that a running session holds, at once", flatten_command},
};

}  // namespace btk::host
