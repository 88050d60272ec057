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
  if (word.ends_with(".lua")) throw UsageError(fmt::format("btkhost: unknown command \"{}\"; to run a script write btkhost run {}", word, word));
  const std::string near = suggestion(word, known);
  throw UsageError(fmt::format("btkhost: unknown {} \"{}\"{}", option ? "option" : "command", word,
                               near.empty() ? fmt::format("; there are {}", fmt::join(known, ", ")) : near));
}

// The reference's command is a switch that stands anywhere among the words. Put first, by today's name.
void take_old_spelling(Words& words, Console& console) {
  if (!words.front().ends_with(".lua") && !words.front().starts_with("-")) return;
  const auto is_old = [](const std::string& word) { return std::ranges::find(kOldSpellings, word, &OldSpelling::option) != std::end(kOldSpellings); };
  const auto given = std::ranges::find_if(words, is_old);
  if (given == words.end()) return;
  const OldSpelling& old = *std::ranges::find(kOldSpellings, *given, &OldSpelling::option);
  console.note(fmt::format("hint: write \"btkhost {}\" instead of \"btkhost {}\"", old.command, old.option));
  words.erase(given);
  if (std::erase(words, "--entry") > 0) console.note("hint: --entry is not needed any more: a script that starts runs itself is in charge");
  words.emplace(words.begin(), old.command);
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
  take_old_spelling(words, console);
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
  } catch (const std::exception& e) {
    code = tell_failure(e, console);
  }
  if (!console.flush()) {
    console.note("btkhost: cannot write to stdout");
    return kFailed;
  }
  return code;
}
