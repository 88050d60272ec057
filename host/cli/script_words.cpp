#include "host/cli/script_words.h"

#include <fmt/format.h>

#include <charconv>

#include "host/cli/options.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

constexpr unsigned kMostThreads = 1024;

template <class Number>
std::optional<Number> whole_number(const std::string& text) {
  Number value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::uint64_t read_seed(const std::string& text) {
  const auto seed = whole_number<std::uint64_t>(text);
  if (!seed) throw UsageError(fmt::format("--seed {}: give a whole number from 0 to 18446744073709551615", text));
  return *seed;
}

ScriptWords& ScriptWords::files(std::string command, const std::string& what) {
  command_ = std::move(command);
  app_.add_option("script", files_, what);
  return *this;
}

ScriptWords& ScriptWords::symbols() {
  choice_.takes_symbols = true;
  symbol_option_ = app_.add_option("--symbols,--symbol", symbols_, "symbols, separated by commas (also: CC_SYMBOL_LIST)");
  return *this;
}

ScriptWords& ScriptWords::strategy() {
  app_.add_option("--strategy", choice_.strategy, "name of the strategy; default: the first registered");
  return *this;
}

ScriptWords& ScriptWords::exchange() {
  app_.add_option("--exchange", choice_.exchange, "name of the exchange; default: the first registered");
  return *this;
}

ScriptWords& ScriptWords::frame() {
  app_.add_option("--frame", choice_.frame, "name of the frame; default: the first registered");
  return *this;
}

ScriptWords& ScriptWords::range() {
  app_.add_option("--from", from_, "first moment instead of the frame's: ISO date or Unix ms");
  app_.add_option("--to", to_, "last moment instead of the frame's; a bare date means its whole day");
  return *this;
}

ScriptWords& ScriptWords::settings(const std::string& what) {
  app_.add_option("--set", settings_, what)->allow_extra_args(false);
  return *this;
}

ScriptWords& ScriptWords::params() {
  app_.add_option("--param", params_, "value NAME=VALUE of the strategy's params, instead of the first that it declares")->allow_extra_args(false);
  return *this;
}

ScriptWords& ScriptWords::seed(const std::string& what) {
  seed_option_ = app_.add_option("--seed", seed_, what);
  return *this;
}

ScriptWords& ScriptWords::threads(const std::string& names, const std::string& what) {
  thread_option_ = app_.add_option(names, threads_, what);
  return *this;
}

ScriptWords& ScriptWords::quiet(const std::string& what) {
  app_.add_flag("--quiet", choice_.quiet, what);
  return *this;
}

ScriptWords& ScriptWords::unsafe() {
  app_.add_flag("--unsafe", choice_.unsafe, "scripts may use io, os.execute, ffi, debug");
  return *this;
}

ScriptWords& ScriptWords::env_override() {
  app_.add_flag("--env-override", choice_.env_override, ".env files win over environment variables");
  app_.add_option("--env", env_files_, "file of NAME=VALUE lines that is read after the .env files; wins over them")->allow_extra_args(false);
  return *this;
}

ScriptWords& ScriptWords::log_level() {
  app_.add_option("--log-level", choice_.log_level, "trace, debug, info, warn, error, off; default info");
  app_.add_option("--log-file", choice_.log_file, "what is said on stderr is also added to this file, each entry with its time (UTC)");
  return *this;
}

void ScriptWords::read() {
  if (!command_.empty()) {
    choice_.files.assign(files_.begin(), files_.end());
    check_files(choice_.files, command_);
  }
  if (symbol_option_ != nullptr && symbol_option_->count() > 0) choice_.symbols = symbols_;
  read_range();
  for (const std::string& setting : settings_) choice_.settings.push_back(read_setting(setting));
  choice_.params = read_params(params_);
  read_given_seed();
  read_threads();
  choice_.env_files.assign(env_files_.begin(), env_files_.end());
  check_log_level(choice_.log_level);
}

void ScriptWords::read_range() {
  if (!from_.empty()) choice_.from = read_moment(from_, DayEdge::first_minute, "--from");
  if (!to_.empty()) choice_.to = read_moment(to_, DayEdge::last_minute, "--to");
  if (choice_.from && choice_.to && *choice_.to < *choice_.from) {
    throw UsageError(fmt::format("--to {} lies before --from {}", to_, from_));
  }
}

void ScriptWords::read_given_seed() {
  if (seed_given()) choice_.seed = read_seed(seed_);
}

void ScriptWords::read_threads() {
  if (thread_option_ == nullptr || thread_option_->count() == 0) return;
  const auto threads = whole_number<unsigned>(threads_);
  if (!threads || *threads < 1 || *threads > kMostThreads) {
    throw UsageError(fmt::format("{} {}: give a number from 1 to {}", thread_option_->get_name(), threads_, kMostThreads));
  }
  choice_.threads = *threads;
}

}  // namespace btk::host
