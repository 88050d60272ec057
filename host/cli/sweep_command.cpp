// btkhost sweep: a strategy's parameters (--params), or exits for trade ideas.
#include "host/cli/commands.h"
#include "host/cli/sweep_options.h"

namespace btk::host {

int sweep_command(const Words& words, Console& console) {
  const auto options = read_sweep_options(words, console);
  if (!options) return 0;
  return options->params ? param_sweep_command(*options, console) : idea_sweep_command(*options, console);
}

}  // namespace btk::host
