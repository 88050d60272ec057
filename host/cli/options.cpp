#include "host/cli/options.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "engine/config.h"
#include "engine/event_rows.h"
#include "host/cli/parser.h"
#include "host/cli/proof_options.h"
#include "host/cli/usage_error.h"
#include "host/report/report_page.h"

namespace btk::host {
namespace {

constexpr std::string_view kLogLevels[] = {"trace", "debug", "info", "warn", "error", "off"};
// md, csv, html, heat and the event reports.
std::vector<std::string_view> report_kinds() {
  std::vector<std::string_view> kinds{"md", "csv", "html", "heat", "performance"};
  kinds.insert(kinds.end(), event_report_names().begin(), event_report_names().end());
  return kinds;
}


}  // namespace

std::pair<std::string, std::string> read_setting(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(fmt::format("--set {}: write it as CC_KEY=VALUE, for instance CC_PERCENT_FEE=0.05", text));
  }
  std::pair<std::string, std::string> setting{text.substr(0, equals), text.substr(equals + 1)};
  Config scratch;
  try {
    set_from_text(scratch, setting.first, setting.second);
  } catch (const Error& e) {
    throw UsageError(fmt::format("--set: {}", e.what()));
  }
  return setting;
}

namespace {

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (end > at) parts.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

}  // namespace

std::filesystem::path required_page() {
  try {
    return report_page_template();
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

namespace {

void read_reports(const std::string& list, RunOptions& options) {
  options.markdown = options.csv = false;
  const std::vector<std::string_view> known = report_kinds();
  for (const std::string& kind : split(list)) {
    if (kind == "md") {
      options.markdown = true;
    } else if (kind == "csv") {
      options.csv = true;
    } else if (kind == "html") {
      options.page = required_page();
    } else if (std::ranges::count(known, kind) > 0) {
      if (std::ranges::count(options.kinds, kind) == 0) options.kinds.push_back(kind);
    } else {
      throw UsageError(fmt::format("--report: there is no report \"{}\"{}; there are {}", kind, suggestion(kind, known),
                                   fmt::join(known, ", ")));
    }
  }
}

// Spellings of the reference that mean nothing any more.
Words drop_old_spellings(Words words, Console& console) {
  const auto drop = [&](std::string_view old, std::string_view hint) {
    if (std::erase(words, old) > 0) console.note(fmt::format("hint: {} is not needed any more: {}", old, hint));
  };
  drop("--backtest", "the command is \"btkhost run\"");
  drop("--entry", "a script that starts runs itself is in charge");
  drop("--noFlush", "reports of other runs are never deleted");
  return words;
}

}  // namespace

Timestamp read_moment(const std::string& text, DayEdge edge, const std::string& option) {
  Timestamp ms = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (problem == std::errc() && end == text.data() + text.size()) return ms;
  if (const auto date = parse_date(text, edge)) return *date;
  throw UsageError(
      fmt::format("{} {}: not a date; write 2024-01-31, 2024-01-31T12:30:00Z or Unix milliseconds", option, text));
}

lua::ExplainWish read_window(const std::string& text) {
  const std::size_t dots = text.find("..");
  const std::string from = text.substr(0, dots), to = dots == std::string::npos ? from : text.substr(dots + 2);
  if (from.empty() || to.empty()) {
    throw UsageError(fmt::format("--explain {}: write FROM..TO, for instance 2024-01-05T08:00..2024-01-05T12:00", text));
  }
  lua::ExplainWish wish;
  wish.from = read_moment(from, DayEdge::first_minute, "--explain");
  wish.to = read_moment(to, DayEdge::last_minute, "--explain");
  if (wish.to < wish.from) throw UsageError(fmt::format("--explain {}: the end lies before the start", text));
  return wish;
}

std::vector<std::pair<std::string, std::string>> read_params(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::string>> params;
  for (const std::string& text : texts) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UsageError(fmt::format("--param {}: write it as NAME=VALUE, for instance fast=20", text));
    }
    const std::string name = text.substr(0, equals);
    if (std::ranges::count(params, name, [](const auto& p) { return p.first; }) > 0) {
      throw UsageError(fmt::format("--param {}: {} is given twice", text, name));
    }
    params.emplace_back(name, text.substr(equals + 1));
  }
  return params;
}

void check_log_level(const std::string& level) {
  if (std::find(std::begin(kLogLevels), std::end(kLogLevels), level) != std::end(kLogLevels)) return;
  throw UsageError(fmt::format("--log-level: there is no level \"{}\"{}; there are trace, debug, info, warn, error, off",
                               level, suggestion(level, kLogLevels)));
}

void check_files(const std::vector<std::filesystem::path>& files, std::string_view command) {
  if (files.empty()) throw UsageError(fmt::format("btkhost {}: script file is required", command));
  for (const auto& file : files) {
    const auto refuse = [&](const char* why) {
      throw UsageError(fmt::format("cannot open {}: {}", file.string(), why));
    };
    std::error_code ignored;
    if (std::filesystem::is_directory(file, ignored)) refuse(std::strerror(EISDIR));
    errno = 0;
    if (!std::ifstream(file)) refuse(std::strerror(errno != 0 ? errno : ENOENT));
  }
}

std::optional<RunOptions> read_run_options(Words words, Console& console) {
  RunOptions o;
  Parser parser("run", "Back-tests a script: one run per symbol, a summary on stdout, reports in --out.",
                "btkhost run scripts/sma_cross.lua --symbols BTCUSDT,ETHUSDT --from 2024-02-01 --to 2024-02-29");
  CLI::App& app = parser.app();
  std::string from, to, symbols, events, explain, report = "md,csv", out = o.out.string();
  std::vector<std::string> files, settings, params;
  int threads = 0;
  bool no_report = false, locals = false;
  app.add_option("script", files, "Lua files, loaded in order into one registry");
  auto* symbol_option = app.add_option("--symbols,--symbol", symbols, "symbols, separated by commas (also: CC_SYMBOL_LIST)");
  app.add_option("--strategy", o.strategy, "name of the strategy; default: the first registered");
  app.add_option("--exchange", o.exchange, "name of the exchange; default: the first registered");
  app.add_option("--frame", o.frame, "name of the frame; default: the first registered");
  app.add_option("--from", from, "first moment instead of the frame's: ISO date or Unix ms");
  app.add_option("--to", to, "last moment instead of the frame's; a bare date means its whole day");
  app.add_option("--set", settings, "engine setting CC_KEY=VALUE; wins over the script and the environment")
      ->allow_extra_args(false);
  app.add_option("--param", params, "value NAME=VALUE of the strategy's params, instead of the first that it declares")
      ->allow_extra_args(false);
  app.add_option("--seed", o.seed, "where random numbers and ids start; default 1");
  auto* thread_option = app.add_option("--threads", threads, "runs at the same time; default: one per core");
  app.add_flag("--json", o.json, "one JSON document on stdout instead of the summary");
  auto* event_option = app.add_option("--events", events, "file for the decisions that the run hash is made of");
  auto* explain_option = app.add_option("--explain", explain, "FROM..TO: tells minute by minute why there was no trade");
  app.add_flag("--locals", locals, "with --explain: the script's locals where get_signal returned nil (slower)");
  app.add_option("--out", out, "folder of the reports; default ./dump");
  app.add_option("--report", report, "which reports: md, csv (default both), html (one page with charts), heat, schedule, partial, breakeven, risk, strategy, sync, "
                 "highest_profit, max_drawdown, performance");
  app.add_flag("--no-report", no_report, "writes no reports");
  app.add_option("--capital", o.capital, "starting capital of the summary's money lines; default 10000");
  app.add_flag("--prove", o.prove, "repeats every run with the future cut off and replaced: no decision may change");
  add_proof_options(app, o.proof);
  app.add_flag("--quiet", o.quiet, "no progress, only warnings and errors on stderr");
  app.add_flag("--no-color", o.no_color, "no colours in the summary");
  app.add_flag("--unsafe", o.unsafe, "scripts may use io, os.execute, ffi, debug");
  app.add_flag("--env-override", o.env_override, ".env files win over environment variables");
  app.add_flag("--fail-fast", o.fail_fast, "a run that fails stops the others");
  app.add_option("--log-level", o.log_level, "trace, debug, info, warn, error, off; default info");
  if (!parser.parse(drop_old_spellings(std::move(words), console), console)) return std::nullopt;

  o.files.assign(files.begin(), files.end());
  check_files(o.files, "run");
  if (symbol_option->count() > 0) o.symbols = symbols;
  if (!from.empty()) o.from = read_moment(from, DayEdge::first_minute, "--from");
  if (!to.empty()) o.to = read_moment(to, DayEdge::last_minute, "--to");
  if (o.from && o.to && *o.to < *o.from) {
    throw UsageError(fmt::format("--to {} lies before --from {}", to, from));
  }
  for (const std::string& setting : settings) o.settings.push_back(read_setting(setting));
  o.params = read_params(params);
  if (thread_option->count() > 0 && (threads < 1 || threads > 1024)) {
    throw UsageError(fmt::format("--threads {}: give a number from 1 to 1024", threads));
  }
  o.threads = static_cast<unsigned>(threads);
  o.proof.threads = o.threads;
  o.proof.seed = o.seed;
  if (event_option->count() > 0) o.events = events;
  if (explain_option->count() > 0) o.explain = read_window(explain);
  if (locals && !o.explain) throw UsageError("--locals belongs to --explain FROM..TO");
  if (o.explain && o.json) throw UsageError("--explain prints a table on stdout, --json a document; give one of them");
  if (o.explain) o.explain->locals = locals;
  o.out = out;
  read_reports(no_report ? "" : report, o);
  if (!(o.capital > 0) || !std::isfinite(o.capital)) throw UsageError("--capital: give an amount above zero");
  check_log_level(o.log_level);
  return o;
}

std::optional<CheckOptions> read_check_options(Words words, Console& console) {
  CheckOptions o;
  Parser parser("check", "Loads a script, checks everything it registers and prints it; runs nothing.",
                "btkhost check scripts/sma_cross.lua");
  std::vector<std::string> files, settings;
  parser.app().add_option("script", files, "Lua files, loaded in order into one registry");
  parser.app().add_option("--set", settings, "engine setting CC_KEY=VALUE")->allow_extra_args(false);
  parser.app().add_flag("--unsafe", o.unsafe, "scripts may use io, os.execute, ffi, debug");
  parser.app().add_flag("--env-override", o.env_override, ".env files win over environment variables");
  if (!parser.parse(std::move(words), console)) return std::nullopt;
  o.files.assign(files.begin(), files.end());
  check_files(o.files, "check");
  for (const std::string& setting : settings) o.settings.push_back(read_setting(setting));
  return o;
}

}  // namespace btk::host
