// btkhost dump: candles as JSON, JSON lines or a Markdown table.
#include "engine/text.h"
#include "host/cli/candle_query.h"
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exit_code.h"
#include "host/cli/output_target.h"
#include "host/cli/run_json.h"
#include "host/cli/usage_error.h"
#include "host/json.h"
#include "host/report/report_file.h"

namespace btk::host {
namespace {

constexpr std::int64_t kMostCandles = 10'000'000;
constexpr std::string_view kDumpFormats[] = {"json", "jsonl", "md"};

struct DumpOptions {
  CandleQuery query;
  Interval interval = Interval::m15;
  std::int64_t limit = 250;
  Timestamp end = 0;  ///< first moment that is not in it
  std::string format = "json", output;
  bool save = false;
  std::filesystem::path out = "dump";
};

std::optional<DumpOptions> read_dump_options(Words words, Console& console) {
  DumpOptions o;
  Parser parser("dump", "Prints candles of an exchange, or writes them to a file below --out.",
                "btkhost dump scripts/sma_cross.lua --timeframe 1h --limit 24 --when 2024-02-01 --format md");
  CLI::App& app = parser.app();
  std::string timeframe = "15m", limit = "250", when, out = o.out.string();
  o.query.add_to(app);
  app.add_option("--timeframe", timeframe, "1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d; default 15m");
  app.add_option("--limit", limit, "how many candles; default 250");
  app.add_option("--when", when, "where they end, down to the timeframe: ISO date or Unix ms; default now");
  app.add_option("--format", o.format, "json, jsonl or md (also: markdown); default json");
  app.add_flag("--save", o.save,
               "writes a file instead of printing: <SYMBOL>_<LIMIT>_<TIMEFRAME>_<END> below --out");
  auto* output = app.add_option("--output", o.output, "name of that file, without ending");
  app.add_option("--out", out, "folder of the file; default ./dump");
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  o.query.check("dump");
  const auto interval = parse_interval(timeframe);
  if (!interval || !is_candle_interval(*interval)) {
    throw UsageError(fmt::format(
        "--timeframe {}: there are no such candles; use 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d", timeframe));
  }
  o.interval = *interval;
  o.limit = read_count(limit, "--limit", kMostCandles);
  if (o.format == "markdown") o.format = "md";
  if (std::find(std::begin(kDumpFormats), std::end(kDumpFormats), o.format) == std::end(kDumpFormats)) {
    throw UsageError(
        fmt::format("--format {}: there are json, jsonl and md{}", o.format, suggestion(o.format, kDumpFormats)));
  }
  o.end = align(moment_or_now(when), length(o.interval));
  o.out = out;
  o.save = o.save || output->count() > 0;
  if (o.output.empty()) o.output = fmt::format("{}_{}_{}_{}", o.query.symbol, o.limit, timeframe, o.end);
  return o;
}

Json object_of(const Candle& c) {
  return {{"timestamp", c.timestamp}, {"open", c.open},    {"high", c.high}, {"low", c.low},
          {"close", c.close},         {"volume", c.volume}};
}

std::string candles_text(const std::vector<Candle>& candles, const std::string& format) {
  std::string text;
  if (format == "md") {
    text = "| open | high | low | close | volume | timestamp |\n| --- | --- | --- | --- | --- | --- |\n";
    for (const Candle& c : candles) {
      text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", shortest(c.open), shortest(c.high),
                          shortest(c.low), shortest(c.close), shortest(c.volume), format_iso(c.timestamp));
    }
    return text;
  }
  const bool lines = format == "jsonl";
  if (!lines) text = "[\n";
  for (std::size_t i = 0; i < candles.size(); ++i) {
    text += (lines ? "" : "  ") + json_text(object_of(candles[i])) +
            (lines || i + 1 == candles.size() ? "\n" : ",\n");
  }
  return lines ? text : text + "]\n";
}

}  // namespace

int dump_command(const Words& words, Console& console) {
  const auto options = read_dump_options(words, console);
  if (!options) return kDone;
  if (options->save) check_folder_target("--out", options->out);
  const CandleQuery& query = options->query;
  load_environment(query.paths(), query.env_override, console);
  Interrupt interrupt(console);
  QueriedExchange exchange(query, console, interrupt);
  const Timestamp from = options->end - options->limit * length(options->interval);
  const std::vector<Candle> candles = candles_or_tell(exchange.source(), query.symbol, options->interval, from, options->end, console);
  if (candles.empty()) return kFailed;
  const std::string text = candles_text(candles, options->format);
  if (!options->save) {
    console.print(text);
    return kDone;
  }
  const auto file = options->out / (safe_name(options->output) + "." + options->format);
  write_report_file(file, text);
  console.note(fmt::format("Saved: {}", file.string()));
  return kDone;
}

}  // namespace btk::host
