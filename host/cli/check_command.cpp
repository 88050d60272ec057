// btkhost check: is everything that a script registers sound?
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exchanges.h"
#include "host/cli/interrupt.h"
#include "host/cli/log.h"
#include "host/cli/script_setup.h"
#include "host/cli/usage_error.h"

namespace btk::host {

int check_command(const Words& words, Console& console) {
  const auto options = read_check_options(words, console);
  if (!options) return 0;
  load_environment(options->files, options->env_override, console);
  const auto logger = make_logger(console, "info");
  Exchanges exchanges;
  lua::ScriptOptions setup;
  setup.files = options->files;
  setup.settings = environment_settings();
  setup.settings.insert(setup.settings.end(), options->settings.begin(), options->settings.end());
  setup.unsafe = options->unsafe;
  setup.open_exchange = [&](const lua::ExchangeSchema& schema) { return exchanges.open(schema); };
  setup.print = [&](std::string_view line) { console.note(line); };
  setup.log = [&](std::string_view level, std::string_view text) { log_line(*logger, level, text); };

  lend_from_manifest(setup);

  Interrupt interrupt(console);
  lua::Script script(setup, lua::Script::Role::main);
  const Interrupt::Watch watch(interrupt, script.isolate());
  load_or_refuse(script);
  const std::vector<std::string> lines = script.describe();
  if (lines.empty()) throw UsageError(fmt::format("{} registers nothing", options->files.back().string()));
  for (const std::string& line : lines) console.print(line + "\n");
  return 0;
}

}  // namespace btk::host
