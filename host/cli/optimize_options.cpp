#include "host/cli/optimize_options.h"

#include "host/cli/parser.h"
#include "host/cli/proof_options.h"
#include "host/cli/script_words.h"
#include "host/cli/usage_error.h"
#include "host/cli/walker_options.h"
#include "host/ledger/ledger.h"

namespace btk::host {
namespace {

void one_of(const std::string& option, const std::string& value, std::initializer_list<std::string_view> known) {
  for (const std::string_view name : known) {
    if (value == name) return;
  }
  const std::vector<std::string_view> names(known);
  throw UsageError(fmt::format("{} {}: there are {}{}", option, value, fmt::join(names, ", "), suggestion(value, names)));
}

}  // namespace

std::optional<OptimizeOptions> read_optimize_options(Words words, Console& console) {
  OptimizeOptions o;
  Parser parser("optimize",
                "Has a language model write strategies from training ranges, tries them in a sandbox and ranks them on the test range.",
                "btkhost optimize scripts/optimizer.lua --symbols BTCUSDT --dry-run");
  CLI::App& app = parser.app();
  std::string out = o.out.string(), promote, isolate = "process", cutoff, ledger(kDefaultLedger);
  ScriptWords script(app, o);
  std::int64_t controls = 0;
  bool no_evaluate = false, think = false;
  script.files("optimize");
  app.add_option("--optimizer", o.optimizer, "name of the optimizer; default: the first registered");
  script.symbols().exchange();
  app.add_option("--out", out, "folder of the generated files; default ./generated");
  app.add_option("--kind", o.kind, "rules: the model writes code once (default); advisor: the strategy asks it at every signal");
  app.add_flag("--dry-run", o.dry_run, "collects the data and prints what the model would be sent, and what it may cost");
  app.add_flag("--no-evaluate", no_evaluate, "writes the files and tries none");
  app.add_flag("--eval-train", o.eval_train, "also on each strategy's own training range: the gap is the over-fitting");
  auto* control_option = app.add_option("--control", controls, "shuffled markets on which the same is tried; default 3 for rules, 0 for advisor");
  app.add_option("--metric", o.metric, "what they are ranked by; default sharpe_ratio");
  auto* promote_option = app.add_option("--promote", promote, "writes the winner to this file as an ordinary strategy, if it has earned something");
  app.add_option("--min-trades", o.min_trades, "trades that a promoted winner must have closed; default 10");
  app.add_flag("--anonymize", o.anonymize, "the model sees neither symbol nor dates nor price level");
  app.add_option("--model-cutoff", cutoff, "date up to which the model may remember markets; warns when the test range begins before");
  app.add_option("--isolate", isolate, "process (default): each strategy is tried in a confined child process; none: in this one");
  app.add_option("--llm", o.llm.provider, "protocol: ollama (default) or openai (also: CC_LLM_API)");
  app.add_option("--llm-url", o.llm.url, "base address of the model server (also: CC_LLM_URL, OLLAMA_HOST)");
  app.add_option("--model", o.llm.model, "name of the model (also: CC_LLM_MODEL)");
  auto* think_option = app.add_flag("--think,!--no-think", think, "the model may reason before it answers");
  app.add_option("--llm-replay", o.llm.replay, "auto (default): recorded answers first; record, replay (never asks), off");
  app.add_option("--llm-store", o.llm.store, "folder of recorded answers; default: replay/ beside the strategies");
  app.add_option("--max-llm-calls", o.llm.max_calls, "requests that may be sent; default 500");
  app.add_option("--max-llm-tokens", o.llm.max_tokens, "tokens that may be spent; default: no limit");
  script.seed("sent to the model (with temperature 0), and where random numbers start; default 1, not sent");
  app.add_option("--prefix", o.prefix, "of the generated names; default: follows from the content");
  app.add_option("--ledger", ledger, "file that remembers every strategy ever tried; default dump/data/ledger.sqlite");
  app.add_flag("--no-ledger", o.no_ledger, "neither reads nor writes it");
  app.add_flag("--prove,!--no-prove", o.prove, "repeats the winner's run with the future cut off and replaced; on by default");
  add_proof_options(app, o.proof);
  script.settings("engine setting CC_KEY=VALUE; wins over the environment");
  script.threads("--threads", "strategies tried at the same time; default: one per core");
  app.add_flag("--json", o.json, "one JSON document on stdout instead of the report");
  script.quiet().env_override().log_level();
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  script.read();
  if (o.prove) check_proof_options(o.proof);
  if (!o.kind.empty()) one_of("--kind", o.kind, {"rules", "advisor"});
  one_of("--isolate", isolate, {"process", "none"});
  o.in_process = isolate == "none";
  if (!o.metric.empty()) check_metric(o.metric);
  if (o.dry_run && o.json) throw UsageError("btkhost optimize: --dry-run prints a text, no document; give --dry-run or --json");
  if (control_option->count() > 0) {
    if (controls < 0 || controls > 1000) throw UsageError("--control: give a number from 0 to 1000");
    o.controls = controls;
  }
  if (promote_option->count() > 0) o.promote = promote;
  if (o.min_trades < 0) throw UsageError("--min-trades: give a number from 0 up");
  if (!cutoff.empty()) o.model_cutoff = read_moment(cutoff, DayEdge::last_minute, "--model-cutoff");
  if (o.llm.max_calls < 0 || o.llm.max_tokens < 0) throw UsageError("--max-llm-calls and --max-llm-tokens: give a number from 0 up");
  if (think_option->count() > 0) o.llm.think = think;
  if (o.llm.replay.empty()) o.llm.replay = "auto";
  if (script.seed_given()) o.llm.seed = o.seed;
  constexpr std::size_t kLongestPrefix = 40;  // as in options.prefix of the optimizer
  if (o.prefix.size() > kLongestPrefix ||
      o.prefix.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") != std::string::npos) {
    throw UsageError(fmt::format("--prefix {}: use at most {} letters, digits, _ and -", o.prefix, kLongestPrefix));
  }
  o.evaluate = !no_evaluate;
  if (o.promote && no_evaluate) throw UsageError("--promote needs the evaluation: leave --no-evaluate out");
  o.out = out;
  o.ledger = ledger;
  return o;
}

}  // namespace btk::host
