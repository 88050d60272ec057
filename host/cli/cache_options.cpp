#include "host/cli/cache_options.h"

#include <algorithm>
#include <limits>

#include "host/cli/parser.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/exchange/open.h"

namespace btk::host {
namespace {

std::vector<Interval> read_intervals(const std::string& list) {
  std::vector<Interval> out;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string name = list.substr(at, end - at);
    const auto interval = parse_interval(name);
    if (!interval || !is_candle_interval(*interval)) {
      throw UsageError(
          fmt::format("--interval: there are no candles of \"{}\"; use 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 1d", name));
    }
    if (std::find(out.begin(), out.end(), *interval) == out.end()) out.push_back(*interval);
    at = end + 1;
  }
  return out;
}

/// The moment behind the range: a date without a time stands for its whole day.
Timestamp read_end(const std::string& text) {
  const Timestamp last = read_moment(text, DayEdge::last_minute, "--to");
  return last == read_moment(text, DayEdge::first_minute, "--to") ? last : last + kMinute;
}

struct ChoiceWords {
  std::string store = OpenOptions().candle_store.string(), symbols, exchange, interval;

  void add_to(CLI::App& app) {
    app.add_option("--store", store, "the candle store; default " + store);
    app.add_option("--symbols,--symbol", symbols, "only these symbols, separated by commas");
    app.add_option("--exchange", exchange, "only this exchange, as `cache list` names it");
    app.add_option("--interval", interval, "only these intervals, separated by commas");
  }
  CacheChoice read() const {
    CacheChoice choice;
    choice.store = store;
    if (!symbols.empty()) choice.symbols = read_symbols(symbols, "--symbols");
    choice.exchange = exchange;
    if (!interval.empty()) choice.intervals = read_intervals(interval);
    return choice;
  }
};

}  // namespace

std::optional<CacheWarmOptions> read_cache_warm_options(Words words, Console& console) {
  CacheWarmOptions o;
  Parser parser("cache warm",
                "Fetches candles of driver \"binance\", or of a script's own get_candles, into the candle store: what is there already is not asked for "
                "again, an interrupted command keeps what it has.",
                "btkhost cache warm --symbols BTCUSDT,ETHUSDT --from 2024-01-01 --to 2024-03-31");
  CLI::App& app = parser.app();
  std::vector<std::string> files, settings;
  std::string symbols, interval = "1m", from, to, store;
  app.add_option("script", files, "Lua files that register the exchange; default: Binance's spot market");
  auto* named = app.add_option("--symbols,--symbol", symbols, "symbols, separated by commas (also: CC_SYMBOL_LIST, the script's list)");
  auto* exchange = app.add_option("--exchange", o.exchange, "name of the exchange in the script; default: the first registered");
  app.add_option("--interval", interval, "1m (what runs use) or others, separated by commas; default 1m");
  app.add_option("--from", from, "first moment: ISO date or Unix ms");
  app.add_option("--to", to, "end of the range; a bare date means its whole day; default: now");
  auto* market = app.add_option("--market", o.market, "spot or futures, without a script; default spot");
  auto* base_url = app.add_option("--base-url", o.base_url, "address instead of Binance's own, without a script");
  app.add_option("--store", store, "the candle store; default " + OpenOptions().candle_store.string());
  app.add_option("--set", settings, "engine setting CC_KEY=VALUE")->allow_extra_args(false);
  app.add_flag("--quiet", o.quiet, "no progress, only results, warnings and errors");
  app.add_flag("--unsafe", o.unsafe, "scripts may use io, os.execute, ffi, debug");
  app.add_flag("--env-override", o.env_override, "values of .env files win over the environment");
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  o.files.assign(files.begin(), files.end());
  if (!o.files.empty()) {
    check_files(o.files, "cache warm");
    if (market->count() + base_url->count() > 0) {
      throw UsageError("btkhost cache warm: with a script, market and base_url are the script's; leave --market and --base-url out");
    }
  } else if (exchange->count() > 0 && o.exchange != "binance") {
    throw UsageError(fmt::format("--exchange {}: without a script there is only binance; name the script that registers it",
                                 o.exchange));
  }
  if (market->count() > 0 && o.market != "spot" && o.market != "futures") {
    throw UsageError(fmt::format("--market {}: there are spot and futures", o.market));
  }
  if (named->count() > 0) o.symbols = symbols;
  o.intervals = read_intervals(interval);
  if (from.empty()) throw UsageError("btkhost cache warm: --from is required, for instance --from 2024-01-01");
  o.from = read_moment(from, DayEdge::first_minute, "--from");
  o.to = to.empty() ? std::numeric_limits<Timestamp>::max() : read_end(to);
  for (const Interval each : o.intervals) {
    if (align(o.from, length(each)) >= align(o.to, length(each))) {
      throw UsageError(fmt::format("--from {} --to {}: there is no candle of {} in between", from, to, to_string(each)));
    }
  }
  if (!store.empty()) o.store = store;
  for (const std::string& setting : settings) o.settings.push_back(read_setting(setting));
  return o;
}

std::optional<CacheReadOptions> read_cache_read_options(const std::string& name, Words words, Console& console) {
  CacheReadOptions o;
  const bool check = name == "check";
  Parser parser("cache " + name,
                check ? "Looks for holes and damage in the candle store; minutes that the exchange does not have are no "
                        "holes. Exit code 1 when there are any."
                      : "Lists the candle store: one line for each exchange, symbol and interval.",
                check ? "btkhost cache check --symbols BTCUSDT" : "btkhost cache list");
  ChoiceWords choice;
  choice.add_to(parser.app());
  parser.app().add_flag("--json", o.json, "one JSON document on stdout");
  if (!parser.parse(std::move(words), console)) return std::nullopt;
  o.choice = choice.read();
  return o;
}

std::optional<CachePruneOptions> read_cache_prune_options(Words words, Console& console) {
  CachePruneOptions o;
  Parser parser("cache prune", "Removes candles of the days before a date from the candle store.",
                "btkhost cache prune --before 2023-01-01 --symbols BTCUSDT");
  ChoiceWords choice;
  std::string before;
  choice.add_to(parser.app());
  auto* until = parser.app().add_option("--before", before, "the first day that stays: ISO date or Unix ms");
  bool all = false;
  parser.app().add_flag("--all", all, "removes all days, in place of --before")->excludes(until);
  if (!parser.parse(std::move(words), console)) return std::nullopt;
  constexpr Timestamp kBehindAll = 4'102'444'800'000;  // year 2100
  if (before.empty() && !all) throw UsageError("btkhost cache prune: --before is required, for instance --before 2023-01-01, or --all");
  o.before = all ? kBehindAll : read_moment(before, DayEdge::first_minute, "--before");
  o.choice = choice.read();
  return o;
}

}  // namespace btk::host
