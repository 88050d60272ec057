#include "host/cli/live_options.h"

#include <algorithm>
#include <array>

#include "host/cli/parser.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

constexpr std::array<std::string_view, 5> kJournals = {"sqlite", "json", "memory", "dummy", "lua"};

Words drop_mode_option(Words words, const std::string& mode, Console& console) {
  if (std::erase(words, "--" + mode) > 0) {
    console.note(fmt::format("hint: --{} is not needed any more: the command is \"btkhost {}\"", mode, mode));
  }
  return words;
}

}  // namespace

std::optional<LiveOptions> read_live_options(const std::string& mode, Words words, Console& console) {
  LiveOptions o;
  o.mode = mode;
  o.broker = mode == "live";
  const bool paper = mode == "paper";
  Parser parser(mode,
                paper ? "Trades a script on live prices with simulated money: one trader per symbol, state kept in --out."
                      : "Trades a script for real through the broker that it registers; state is kept in --out.",
                paper ? "btkhost paper scripts/sma_cross.lua --symbols BTCUSDT"
                      : "btkhost live scripts/live_sma.lua --symbols BTCUSDT --max-daily-loss 200");
  CLI::App& app = parser.app();
  std::string events, until, out = o.out.string(), daily_loss, exposure, report = "md,csv";
  bool no_report = false, no_broker = false, flatten_on_loss = false, no_watch = false;
  ScriptWords script(app, o);
  script.files(mode).symbols().strategy().exchange().settings().params().seed();
  app.add_option("--clock", o.clock, "wall, linear:WALL_MS,SIM_MS,SPEED or http://HOST:PORT/PATH (also: BTK_CLOCK)");
  app.add_option("--to", until, "detaches when the clock reaches this moment; default: runs until it is stopped");
  if (paper) {
    app.add_flag("--broker", o.broker, "asks the script's broker instead of the simulated one: REAL orders, with a real broker");
  } else {
    app.add_flag("--no-broker", no_broker, "runs without a broker: every order is taken as done at the model's price");
  }
  app.add_flag("--yes", o.yes, "does not ask, at a terminal, whether real orders are meant");
  app.add_option("--journal", o.journal, "where state is kept: sqlite, json, lua (the script's btk.use_persist), memory, dummy; default: lua if there is one, else sqlite");
  auto* watch = app.add_flag("--watch", o.watch, paper ? "takes over a changed script while it runs; the default without --broker" : "takes over a changed script while it runs");
  app.add_flag("--no-watch", no_watch, "leaves a changed script alone until the next start, or SIGHUP");
  app.add_flag("--flatten", o.flatten, "closes everything that is open at once, then leaves");
  app.add_option("--max-daily-loss", daily_loss, "no new entries on a day (UTC) that has lost this much: an amount or 5%");
  app.add_flag("--flatten-on-loss", flatten_on_loss, "closes everything as well when --max-daily-loss is reached");
  app.add_option("--max-exposure", exposure, "no entry that would bring the open positions' cost above this amount");
  app.add_flag("--json", o.json, "one JSON document on stdout at the end instead of the summary");
  auto* event_option = app.add_option("--events", events, "file for the decisions that the run hash is made of");
  app.add_option("--out", out, "folder of state and reports; default ./dump");
  app.add_option("--report", report, "which reports at the end: md, csv (default both), json, jsonl, html (one page with charts)");
  app.add_flag("--no-report", no_report, "writes no reports");
  app.add_option("--capital", o.capital, "starting capital of money lines and percentages; default 10000");
  script.quiet("only warnings and errors on stderr");
  app.add_flag("--no-color", o.no_color, "no colours in the summary");
  script.unsafe().env_override().log_level();
  if (!parser.parse(drop_mode_option(std::move(words), mode, console), console)) return std::nullopt;

  script.read();
  if (no_broker) o.broker = false;
  if (watch->count() > 0 && no_watch) throw UsageError("--watch and --no-watch: give one of them");
  // Real orders are not to change hands because somebody saved a file.
  if (watch->count() == 0) o.watch = paper && !o.broker && !no_watch;
  if (!until.empty()) o.until = read_moment(until, DayEdge::last_minute, "--to");
  if (event_option->count() > 0) o.events = events;
  if (flatten_on_loss && daily_loss.empty()) throw UsageError("--flatten-on-loss needs --max-daily-loss");
  o.out = out;
  read_reports(no_report ? "" : report, "a session", {}, o);
  check_capital(o.capital);
  o.limits = read_limits(daily_loss, exposure, o.capital);
  o.limits.flatten = flatten_on_loss;
  if (!o.journal.empty() && std::find(kJournals.begin(), kJournals.end(), o.journal) == kJournals.end()) {
    throw UsageError(fmt::format("--journal: there is no journal \"{}\"{}; there are sqlite, json, lua, memory, dummy", o.journal,
                                 suggestion(o.journal, kJournals)));
  }
  return o;
}

}  // namespace btk::host
