#include "host/cli/run_options.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/event_rows.h"
#include "host/cli/parser.h"
#include "host/cli/proof_options.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

// Spellings of the reference that mean nothing any more.
Words drop_old_spellings(Words words, Console& console) {
  const auto hint = [&](std::string_view old, std::string_view why) {
    console.note(fmt::format("hint: {} is not needed any more: {}", old, why));
  };
  const auto drop = [&](std::string_view old, std::string_view why) {
    if (std::erase(words, old) > 0) hint(old, why);
  };
  constexpr std::string_view kFlush = "reports of other runs are never deleted (btkhost flush does)";
  constexpr std::string_view kCache = "a run fetches the candles that it lacks and keeps them (btkhost cache warm does so before)";
  drop("--backtest", "the command is \"btkhost run\"");
  drop("--entry", "a script that starts runs itself is in charge");
  for (const std::string_view old : {"--noFlush", "--no-flush"}) drop(old, kFlush);
  for (const std::string_view old : {"--cache", "--noCache", "--no-cache"}) drop(old, kCache);
  for (const std::string_view old : {"--cacheInterval", "--cache-interval"}) {
    const auto at = std::ranges::find(words, old);
    if (at == words.end()) continue;
    words.erase(at, words.end() - at > 1 ? at + 2 : at + 1);  // with its list of intervals
    hint(old, kCache);
  }
  return words;
}

}  // namespace

std::optional<RunOptions> read_run_options(Words words, Console& console) {
  RunOptions o;
  Parser parser("run", "Back-tests a script: one run per symbol, a summary on stdout, reports in --out.",
                "btkhost run scripts/sma_cross.lua --symbols BTCUSDT,ETHUSDT --from 2024-02-01 --to 2024-02-29");
  CLI::App& app = parser.app();
  std::string events, explain, report = "md,csv", out = o.out.string();
  bool no_report = false, locals = false;
  ScriptWords script(app, o);
  script.files("run").symbols().strategy().exchange().frame().range().settings().params().seed().threads();
  app.add_flag("--json", o.json, "one JSON document on stdout instead of the summary");
  auto* event_option = app.add_option("--events", events, "file for the decisions that the run hash is made of");
  auto* explain_option = app.add_option("--explain", explain, "FROM..TO: tells minute by minute why there was no trade");
  app.add_flag("--locals", locals, "with --explain: the script's locals where get_signal returned nil (slower)");
  app.add_option("--out", out, "folder of the reports; default ./dump");
  app.add_option("--report", report, "which reports: md, csv (default both), json, jsonl, html (one page with charts), heat, schedule, partial, breakeven, risk, strategy, sync, "
                 "highest_profit, max_drawdown, performance");
  app.add_flag("--no-report", no_report, "writes no reports");
  app.add_flag("--verbose", o.verbose, "prints every signal as it was scheduled, opened, closed or cancelled; loads of candles are told on stderr");
  app.add_flag("--watch", o.watch, "runs again whenever a file of the script changes, until Ctrl-C");
  app.add_option("--capital", o.capital, "starting capital of the summary's money lines; default 10000");
  app.add_flag("--prove", o.prove, "repeats every run with the future cut off and replaced: no decision may change");
  add_proof_options(app, o.proof);
  script.quiet();
  app.add_flag("--no-color", o.no_color, "no colours in the summary");
  script.unsafe().env_override();
  app.add_flag("--fail-fast", o.fail_fast, "a run that fails stops the others");
  script.log_level();
  if (!parser.parse(drop_old_spellings(std::move(words), console), console)) return std::nullopt;

  script.read();
  o.proof.threads = o.threads;
  o.proof.seed = o.seed;
  if (o.prove) check_proof_options(o.proof);
  if (event_option->count() > 0) o.events = events;
  if (explain_option->count() > 0) o.explain = read_window(explain);
  if (locals && !o.explain) throw UsageError("--locals belongs to --explain FROM..TO");
  if (o.explain && o.json) throw UsageError("--explain prints a table on stdout, --json a document; give one of them");
  if (o.explain) o.explain->locals = locals;
  if (o.verbose && o.json) throw UsageError("--verbose prints every signal on stdout, --json a document that has them; give one of them");
  if (o.watch && o.json) throw UsageError("--watch prints a summary after every change, --json one document; give one of them");
  if (o.verbose && o.log_level == "info") o.log_level = "debug";
  o.out = out;
  std::vector<std::string_view> kinds{"heat", "performance"};
  kinds.insert(kinds.end(), event_report_names().begin(), event_report_names().end());
  read_reports(no_report ? "" : report, "a run", kinds, o);
  check_capital(o.capital);
  return o;
}

}  // namespace btk::host
