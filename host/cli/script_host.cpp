#include "host/cli/script_host.h"

#include "host/cli/env_file.h"
#include "host/cli/log.h"
#include "host/cli/script_setup.h"

namespace btk::host {
namespace {

// The environment comes first: the log and the exchanges may look at it.
std::shared_ptr<spdlog::logger> logger_of(const ScriptChoice& choice, Console& console) {
  if (!choice.log_file.empty()) console.log_to(choice.log_file);
  load_environment(choice.files, choice.env_override, console, choice.env_files);
  return make_logger(console, choice);
}

OpenOptions opening(spdlog::logger& logger, const Interrupt& interrupt) {
  OpenOptions options;
  options.log = [&logger](std::string_view level, std::string_view text) { log_line(logger, level, text); };
  options.stopped = [&interrupt] { return interrupt.requested(); };
  return options;
}

}  // namespace

std::shared_ptr<spdlog::logger> make_logger(Console& console, const ScriptChoice& choice) {
  return make_logger(console, choice.quiet && choice.log_level == "info" ? "warn" : choice.log_level);
}

ScriptHost::ScriptHost(const ScriptChoice& choice, Console& console)
    : console_(console), logger_(logger_of(choice, console)), interrupt_(console), exchanges_(opening(*logger_, interrupt_), logger_->should_log(spdlog::level::debug)) {}

lua::ScriptOptions ScriptHost::script_options(const ScriptChoice& choice) {
  return btk::host::script_options(choice, console_, exchanges_, *logger_);
}

}  // namespace btk::host
