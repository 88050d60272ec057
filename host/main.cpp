// btkhost: back-tests trading strategies written in Lua.
//
// The first word names a command; the rest is that command's. Results go to
// stdout, everything else to stderr. Exit codes: 0 done, 1 a run failed or had
// script errors, 2 wrong usage or nothing to run, 130 interrupted.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "host/cli/commands.h"
#include "host/cli/console.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/usage_error.h"
#include "host/cli/version.h"
#include "optimizer/sandbox/child_main.h"

namespace {

using namespace btk::host;

std::string help_text() {
  std::string text = "btkhost: back-tests trading strategies written in Lua\n\nbtkhost <command> [options] [script.lua ...]\n\n";
  for (const Command& command : kCommands) text += fmt::format("  {:<11} {}\n", command.name, command.purpose);
  text += "\n  --version  prints the version\n  --help     this text; btkhost <command> --help tells more\n";
  return text + "\nExample: btkhost init my-strategy\n";
}

/// How the reference spells commands.
struct OldSpelling {
  std::string_view option, command;
};
constexpr OldSpelling kOldSpellings[] = {{"--backtest", "run"}, {"--paper", "paper"}, {"--live", "live"}, {"--walker", "walker"},
                                         {"--sweep", "sweep"}, {"--main", "exec"}, {"--dump", "dump"}, {"--flush", "flush"},
                                         {"--pnldebug", "pnldebug"}, {"--brokerdebug", "brokerdebug"}, {"--init", "init"}};

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (name == command.name || (!command.alias.empty() && name == command.alias)) return &command;
  }
  return nullptr;
}

[[noreturn]] void reject(const std::string& word) {
  std::vector<std::string_view> known;
  for (const Command& command : kCommands) {
    known.push_back(command.name);
    if (!command.alias.empty()) known.push_back(command.alias);
  }
  const bool option = word.starts_with("-");
  if (option) {
    known = {"--help", "--version"};
    for (const OldSpelling& old : kOldSpellings) known.push_back(old.option);
  }
  const std::string near = suggestion(word, known);
  throw UsageError(fmt::format("btkhost: unknown {} \"{}\"{}", option ? "option" : "command", word,
                               near.empty() ? fmt::format("; there are {}", fmt::join(known, ", ")) : near));
}

int answer(Words words, Console& console) {
  if (words.size() > 1 && words.front() == "help") {  // of a command
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  if (words.empty() || words.front() == "--help" || words.front() == "-h" || words.front() == "help") {
    console.print(help_text());
    return kDone;
  }
  if (words.front() == "--version") {
    console.print(fmt::format("btkhost {}\n", kVersion));
    return kDone;
  }
  if (const auto old = std::ranges::find(kOldSpellings, words.front(), &OldSpelling::option); old != std::end(kOldSpellings)) {
    console.note(fmt::format("hint: write \"btkhost {}\" instead of \"btkhost {}\"", old->command, old->option));
    words.front() = old->command;
  }
  const Command* command = find_command(words.front());
  if (command == nullptr) reject(words.front());
  words.erase(words.begin());
  return command->call(words, console);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && argv[1] == btk::optimizer::kSandboxChild) return btk::optimizer::sandbox_child();
  Console console(stdout, stderr);
  console.hide(std::make_shared<const Secrets>(Secrets::from_environment()));
  int code = kDone;
  try {
    code = answer(Words(argv + 1, argv + argc), console);
  } catch (const btk::InputError& e) {
    console.note(one_line(e.what()));
    code = kWrongUsage;
  } catch (const std::exception& e) {
    console.note(one_line(e.what()));
    code = was_interrupted() ? kInterrupted : kFailed;
  }
  if (!console.flush()) {
    console.note("btkhost: cannot write to stdout");
    return kFailed;
  }
  return code;
}
