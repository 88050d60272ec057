#include "host/cli/walker_options.h"

#include "engine/walker.h"
#include "host/cli/parser.h"
#include "host/cli/proof_options.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"

namespace btk::host {

void check_metric(const std::string& metric) {
  if (is_metric(metric)) return;
  std::vector<std::string_view> known;
  for (const StatField& field : trade_stat_fields()) {
    if (is_metric(field.snake)) known.push_back(field.snake);  // words, such as the trend, rank nothing
  }
  throw UsageError(fmt::format("--metric: there is no metric \"{}\"{}; usual ones are {}", metric, suggestion(metric, known),
                               fmt::join(walker_metrics(), ", ")));
}

std::optional<WalkerOptions> read_walker_options(Words words, Console& console) {
  WalkerOptions o;
  Parser parser("walker", "Back-tests every strategy of the files, each file on its own, and ranks them by a metric.",
                "btkhost walker scripts/sma_cross.lua scripts/rsi_reversion.lua --metric total_pnl");
  CLI::App& app = parser.app();
  std::string metric, report, out = o.out.string();
  ScriptWords script(app, o);
  script.files("walker", "Lua files; the first registered exchange and frame serve all of them");
  auto* metric_option = app.add_option("--metric", metric, "what they are ranked by; default sharpe_ratio");
  script.symbols().exchange().frame().range().settings().seed().threads();
  app.add_flag("--json", o.json, "one JSON document on stdout instead of the report");
  app.add_option("--save", o.save, "json or md: writes the result to a file below --out; stdout has it with --json only");
  app.add_option("--output", o.output, "name of that file, without ending; default walker_<SYMBOL>_<ms>");
  app.add_option("--report", report, "html: writes a page with charts below --out as well");
  app.add_option("--capital", o.capital, "starting capital of the page's money figures; default 10000");
  app.add_option("--out", out, "folder of files; default ./dump");
  app.add_flag("--prove,!--no-prove", o.prove, "repeats the winner's runs with the future cut off and replaced; on by default");
  add_proof_options(app, o.proof);
  script.quiet().unsafe().env_override().log_level();
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  script.read();
  if (metric_option->count() > 0) {
    check_metric(metric);
    o.metric = metric;
  }
  o.proof.threads = o.threads;
  o.proof.seed = o.seed;
  if (o.prove) check_proof_options(o.proof);
  read_ranking_files(report, "a comparison", o);
  check_capital(o.capital);
  o.out = out;
  return o;
}

}  // namespace btk::host
