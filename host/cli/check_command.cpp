// btkhost check: is everything that a script registers sound?
#include "host/cli/commands.h"
#include "host/cli/parser.h"
#include "host/cli/script_host.h"
#include "host/cli/script_setup.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"

namespace btk::host {

int check_command(const Words& words, Console& console) {
  ScriptChoice choice;
  Parser parser("check", "Loads a script, checks everything it registers and prints it; runs nothing.",
                "btkhost check scripts/sma_cross.lua");
  ScriptWords script_words(parser.app(), choice);
  script_words.files("check").settings("engine setting CC_KEY=VALUE").unsafe().env_override();
  if (!parser.parse(words, console)) return 0;
  script_words.read();

  ScriptHost host(choice, console);
  lua::ScriptOptions setup = host.script_options(choice);
  lend_from_manifest(setup);
  lua::Script script(setup, lua::Script::Role::main);
  const Interrupt::Watch watch(host.interrupt(), script.isolate());
  load_or_refuse(script);
  const std::vector<std::string> lines = script.describe();
  if (lines.empty()) throw UsageError(fmt::format("{} registers nothing", choice.files.back().string()));
  for (const std::string& line : lines) console.print(line + "\n");
  return 0;
}

}  // namespace btk::host
