#include "host/cli/walker_options.h"

#include <cmath>

#include "engine/walker.h"
#include "host/cli/parser.h"
#include "host/cli/proof_options.h"
#include "host/cli/usage_error.h"

namespace btk::host {

void check_metric(const std::string& metric) {
  if (is_metric(metric)) return;
  std::vector<std::string_view> known;
  for (const StatField& field : trade_stat_fields()) known.push_back(field.snake);
  throw UsageError(fmt::format("--metric: there is no metric \"{}\"{}; usual ones are {}", metric, suggestion(metric, known),
                               fmt::join(walker_metrics(), ", ")));
}

std::optional<WalkerOptions> read_walker_options(Words words, Console& console) {
  WalkerOptions o;
  Parser parser("walker", "Back-tests every strategy of the files, each file on its own, and ranks them by a metric.",
                "btkhost walker scripts/sma_cross.lua scripts/rsi_reversion.lua --metric total_pnl");
  CLI::App& app = parser.app();
  std::string from, to, symbols, metric, report, out = o.out.string();
  std::vector<std::string> files, settings;
  int threads = 0;
  app.add_option("script", files, "Lua files; the first registered exchange and frame serve all of them");
  auto* metric_option = app.add_option("--metric", metric, "what they are ranked by; default sharpe_ratio");
  auto* symbol_option = app.add_option("--symbols,--symbol", symbols, "symbols, separated by commas (also: CC_SYMBOL_LIST)");
  app.add_option("--exchange", o.exchange, "name of the exchange; default: the first registered");
  app.add_option("--frame", o.frame, "name of the frame; default: the first registered");
  app.add_option("--from", from, "first moment instead of the frame's: ISO date or Unix ms");
  app.add_option("--to", to, "last moment instead of the frame's; a bare date means its whole day");
  app.add_option("--set", settings, "engine setting CC_KEY=VALUE; wins over the script and the environment")
      ->allow_extra_args(false);
  app.add_option("--seed", o.seed, "where random numbers and ids start; default 1");
  auto* thread_option = app.add_option("--threads", threads, "runs at the same time; default: one per core");
  app.add_flag("--json", o.json, "one JSON document on stdout instead of the report");
  app.add_option("--save", o.save, "json or md: writes the result to a file below --out instead of stdout");
  app.add_option("--output", o.output, "name of that file, without ending; default walker_<SYMBOL>_<ms>");
  app.add_option("--report", report, "html: writes a page with charts below --out as well");
  app.add_option("--capital", o.capital, "starting capital of the page's money figures; default 10000");
  app.add_option("--out", out, "folder of files; default ./dump");
  app.add_flag("--prove,!--no-prove", o.prove, "repeats the winner's runs with the future cut off and replaced; on by default");
  add_proof_options(app, o.proof);
  app.add_flag("--quiet", o.quiet, "no progress, only warnings and errors on stderr");
  app.add_flag("--unsafe", o.unsafe, "scripts may use io, os.execute, ffi, debug");
  app.add_flag("--env-override", o.env_override, ".env files win over environment variables");
  app.add_option("--log-level", o.log_level, "trace, debug, info, warn, error, off; default info");
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  o.files.assign(files.begin(), files.end());
  check_files(o.files, "walker");
  if (symbol_option->count() > 0) o.symbols = symbols;
  if (metric_option->count() > 0) {
    check_metric(metric);
    o.metric = metric;
  }
  if (!from.empty()) o.from = read_moment(from, DayEdge::first_minute, "--from");
  if (!to.empty()) o.to = read_moment(to, DayEdge::last_minute, "--to");
  if (o.from && o.to && *o.to < *o.from) throw UsageError(fmt::format("--to {} lies before --from {}", to, from));
  for (const std::string& setting : settings) o.settings.push_back(read_setting(setting));
  if (thread_option->count() > 0 && (threads < 1 || threads > 1024)) {
    throw UsageError(fmt::format("--threads {}: give a number from 1 to 1024", threads));
  }
  o.threads = static_cast<unsigned>(threads);
  o.proof.threads = o.threads;
  o.proof.seed = o.seed;
  if (!o.save.empty() && o.save != "json" && o.save != "md") {
    throw UsageError(fmt::format("--save {}: there are json and md", o.save));
  }
  if (!report.empty() && report != "html") throw UsageError(fmt::format("--report {}: a comparison has html; --save has json and md", report));
  if (!report.empty()) o.page = required_page();
  if (!(o.capital > 0) || !std::isfinite(o.capital)) throw UsageError("--capital: give an amount above zero");
  o.out = out;
  check_log_level(o.log_level);
  return o;
}

}  // namespace btk::host
