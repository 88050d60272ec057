// btkhost paper and btkhost live: load the script, take up what was left, trade
// until somebody stops it, show what came of it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>

#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exchanges.h"
#include "host/cli/exit_code.h"
#include "host/cli/live_options.h"
#include "host/cli/live_program.h"
#include "host/cli/live_signals.h"
#include "host/cli/llm_setup.h"
#include "host/cli/log.h"
#include "host/cli/output_target.h"
#include "host/cli/outputs.h"
#include "host/cli/report_columns.h"
#include "host/cli/run_json.h"
#include "host/cli/script_files.h"
#include "host/cli/script_host.h"
#include "host/cli/script_setup.h"
#include "host/cli/summary.h"
#include "host/cli/usage_error.h"
#include "host/clock/clock.h"
#include "host/net/http_client.h"
#include "host/report/report_file.h"
#include "host/store/service_store.h"

namespace btk::host {
namespace {

/// An order on its way is not cut off by a detach at once: its answer is worth a moment.
class Patience {
 public:
  explicit Patience(const LiveSignals& signals) : signals_(signals) {}
  bool over() const {
    if (!signals_.detaching()) return false;
    const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
    std::int64_t first = 0;
    if (since_.compare_exchange_strong(first, now)) return false;
    return std::chrono::nanoseconds(now - first) > std::chrono::seconds(3);
  }

 private:
  const LiveSignals& signals_;
  mutable std::atomic<std::int64_t> since_{0};  ///< when the detach was first seen
};

lua::ScriptOptions live_script_options(const LiveOptions& o, Console& console, Exchanges& exchanges, net::HttpClient& http,
                                       spdlog::logger& logger) {
  lua::ScriptOptions s = script_options(o, console, exchanges, logger);
  s.mode = o.mode;
  s.keep_decisions = true;
  s.keep_candles = o.page.has_value();
  s.http = [&http](const lua::HttpRequest& request) { return http.send(request); };
  if (!o.json) s.print = [&console](std::string_view line) { console.print(std::string(line) + "\n"); };
  add_reports(s, console, o.out, o.files.front(), o.mode);
  s.append_report = report_appender(o.out, console);
  s.services.passing = std::make_shared<lua::MemoryKeyValueStore>();
  if (o.journal == "memory" || o.journal == "dummy") {
    s.services.kept = std::make_shared<lua::MemoryKeyValueStore>();
  } else {
    s.services.kept = std::make_shared<ServiceStore>(o.out / "data" / (o.mode + "-services.sqlite"));
  }
  s.services.write = script_writer(console, o.out);
  return s;
}

OpenOptions open_options(const LiveOptions& o, Clock& clock, LiveSignals& signals, spdlog::logger& logger) {
  OpenOptions options;
  options.candle_store = o.out / "data" / "btk.sqlite";
  if (clock.name() != "wall") options.clock = [&clock] { return clock.now(); };
  options.log = [&logger](std::string_view level, std::string_view text) { log_line(logger, level, text); };
  // A trader waits for the answer: the first try again comes soon. What still fails then is asked for again by whoever
  // needs it: the candles of the minute until they are there.
  options.retry = {.attempts = 3, .delay_ms = 250, .growth = 3};
  options.stopped = [&signals] { return signals.detaching(); };
  return options;
}

void show_session(const LiveOptions& o, const std::vector<RunOutcome>& outcomes, const LiveProgram& program, Console& console) {
  if (o.json) {
    console.print(json_text(run_document(outcomes)) + "\n");
  } else {
    const bool color = console.out_is_terminal() && !o.no_color && std::getenv("NO_COLOR") == nullptr;
    console.print(summary_text(outcomes, {.capital = o.capital, .color = color}));
  }
  for (const auto& [symbol, row] : program.left_open()) {
    console.note(fmt::format("{}: {} {} at {} stays; the next start of this command takes it up", symbol,
                             row.pending_at > 0 ? "an open" : "a waiting", to_string(row.position),
                             row.price_open));
  }
  for (const std::string& line : remarks(outcomes)) console.note(line);
}

void write_session_files(const LiveOptions& o, const std::vector<RunOutcome>& outcomes, const OwnTable& own, Console& console) {
  auto written = write_reports(outcomes, o, o.mode, console, {}, own);
  if (o.page) written.push_back(write_page(outcomes, o.capital, *o.page, o.out, console));
  if (o.events) write_report_file(*o.events, console.mask(events_text(outcomes)), "--events");
  if (!o.quiet && !o.json) {
    for (const auto& path : written) console.note(fmt::format("Saved: {}", path.string()));
  }
}

/// A session that ends because it was asked to has done what was wanted, whatever its scripts logged meanwhile: a service
/// manager that starts what failed again must leave it down.
bool any_failed(const std::vector<RunOutcome>& outcomes) {
  return std::ranges::any_of(outcomes, [](const RunOutcome& outcome) { return !outcome.failure.empty(); });
}

std::unique_ptr<Clock> clock_or_refuse(const std::string& text) {
  try {
    return make_clock(text);
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

bool announce(lua::Script& script, const std::vector<RunOutcome>& outcomes, Console& console) {
  bool well = true;
  for (const RunOutcome& outcome : outcomes) {
    script.keep_report(outcome.report);
    try {
      script.announce_done_live(outcome.report);
    } catch (const Error& e) {
      console.note(fmt::format("script error in listen_done_live: {}", e.what()));
      well = false;
    }
  }
  return well;
}

std::vector<RunOutcome> trade_or_warn(LiveProgram& program, const std::vector<lua::PlannedRun>& planned) {
  try {
    return program.trade(planned);
  } catch (const Error&) {
    program.tell_unwatched();
    throw;
  }
}

int trade(const std::string& mode, const Words& words, Console& console) {
  auto options = read_live_options(mode, words, console);
  if (!options) return 0;
  if (options->events) check_file_target("--events", *options->events);
  check_targets(*options, mode);
  LiveOptions& o = *options;
  if (!o.log_file.empty()) console.log_to(o.log_file);
  load_environment(o.files, o.env_override, console, o.env_files);
  const auto logger = make_logger(console, o);
  const char* clock_wanted = std::getenv("BTK_CLOCK");
  const std::unique_ptr<Clock> clock =
      clock_or_refuse(o.clock.empty() && clock_wanted != nullptr ? clock_wanted : o.clock);
  if (o.until && *o.until < clock->now()) {
    const std::string late = fmt::format("--to {} lies before now, {}", format_minute(*o.until), format_minute(clock->now()));
    if (clock->name() == "wall") throw UsageError(fmt::format("btkhost {}: {}: the session would end at once", mode, late));
    logger->warn("{}: only minutes that an earlier session has left are worked on", late);
  }
  LiveSignals signals(console);
  const Patience patience(signals);
  net::HttpClient http({.stopped = [&patience] { return patience.over(); }});
  Exchanges exchanges(open_options(o, *clock, signals, *logger));
  lua::ScriptOptions setup = live_script_options(o, console, exchanges, http, *logger);
  setup.llm = llm_of_environment(o.files.front(), o.out, console, [&patience] { return patience.over(); }, false);
  LiveProgram program(o, setup, *clock, signals, console, *logger);
  setup.chunk_runs = &program;
  lua::Script script(setup, lua::Script::Role::main);
  program.use(script);
  std::vector<lua::PlannedRun> planned;
  try {
    load_or_refuse(script);
    planned = plan_or_refuse(script, &lua::Script::plan_live);
  } catch (const Error& e) {
    if (!program.leave_chunk_run(e.what())) {
      program.tell_unwatched();
      throw;
    }
  }

  std::vector<RunOutcome> outcomes = program.run_of_chunk();  // the script has heard of these
  bool announced = true;
  if (!planned.empty()) {
    const auto more = trade_or_warn(program, planned);
    announced = announce(script, more, console);
    outcomes.insert(outcomes.end(), more.begin(), more.end());
  }
  show_session(o, outcomes, program, console);
  ScriptTables tables(script, console);
  write_session_files(o, outcomes, tables.maker(), console);
  if (!o.quiet) console.note(fmt::format("{} trading finished", mode == "paper" ? "Paper" : "Live"));
  if (signals.exit_code() != 0) return signals.exit_code();
  for (const RunOutcome& outcome : outcomes) {
    if (outcome.not_loaded) return kWrongUsage;
  }
  if (signals.draining() || signals.detaching()) return any_failed(outcomes) ? kFailed : 0;
  return announced && tables.well() ? exit_code(outcomes) : kFailed;
}

}  // namespace

int paper_command(const Words& words, Console& console) { return trade("paper", words, console); }
int live_command(const Words& words, Console& console) { return trade("live", words, console); }

}  // namespace btk::host
