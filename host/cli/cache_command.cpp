// btkhost cache: candles on disk. warm fetches them, check looks for holes, list
// shows what there is, prune removes what is old.
#include <algorithm>
#include <cstdlib>

#include "engine/error.h"
#include "host/cli/cache_options.h"
#include "host/cli/cache_warm.h"
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exchange_script.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/log.h"
#include "host/cli/own_filler.h"
#include "host/cli/script_setup.h"
#include "host/cli/symbols.h"
#include "host/cli/parser.h"
#include "host/cli/usage_error.h"
#include "host/exchange/binance_source.h"
#include "host/json.h"

namespace btk::host {
namespace {

// Warm --------------------------------------------------------------------------

lua::ScriptExchange plain_exchange(const CacheWarmOptions& o) {
  lua::ScriptExchange plain;
  plain.schema.exchange_name = plain.schema.driver = "binance";
  plain.schema.market = o.market;
  plain.schema.base_url = o.base_url;
  return plain;
}

// What fills the store: the driver, or the script's own get_candles.
std::shared_ptr<CandleFiller> open_filler(const CacheWarmOptions& o, lua::ExchangeSchema schema, ExchangeScript* script, const OpenOptions& opening) {
  if (schema.driver.empty()) {
    if (o.intervals != std::vector{Interval::m1}) {
      throw UsageError(fmt::format("exchange \"{}\" has get_candles of its own, of which runs use the 1m candles alone; leave --interval out",
                                   schema.exchange_name));
    }
    return std::make_shared<OwnFiller>(script->script(), schema, opening.candle_store);
  }
  if (schema.driver != "binance") {
    throw UsageError(fmt::format("exchange \"{}\" has driver \"{}\"; only candles of driver \"binance\" and of a script's own get_candles are cached",
                                 schema.exchange_name, schema.driver));
  }
  if (o.store) schema.path.clear();
  return open_binance(schema, opening);
}

int warm(const Words& words, Console& console) {
  const auto options = read_cache_warm_options(words, console);
  if (!options) return kDone;
  load_environment(options->files, options->env_override, console);
  const auto logger = make_logger(console, options->quiet ? "warn" : "info");
  Interrupt interrupt(console);
  std::optional<ExchangeScript> script;
  if (!options->files.empty()) {
    script.emplace(ExchangeChoice{options->files, with_environment(options->settings), options->exchange, options->unsafe}, console, *logger, interrupt);
  }
  const lua::ScriptExchange exchange = script ? script->exchange() : plain_exchange(*options);
  std::vector<std::string> symbols = choose_symbols(options->symbols, std::getenv("CC_SYMBOL_LIST"));
  if (symbols.empty()) symbols = exchange.symbols;
  if (symbols.empty()) {
    throw UsageError("btkhost cache warm: no symbols are given; name them with --symbols BTCUSDT,ETHUSDT");
  }
  OpenOptions opening;
  opening.log = [&](std::string_view level, std::string_view text) { log_line(*logger, level, text); };
  const std::function<bool()> stopped = [&] { return interrupt.requested(); };
  opening.stopped = stopped;
  if (options->store) opening.candle_store = *options->store;
  const auto source = open_filler(*options, exchange.schema, script ? &*script : nullptr, opening);
  const std::size_t failed = warm_cache({symbols, options->intervals, options->from, options->to, options->quiet},
                                        *source, console, stopped);
  if (interrupt.requested()) return kInterrupted;
  return failed == 0 ? kDone : kFailed;
}

// Check, list, prune ------------------------------------------------------------

bool is_chosen(const CacheChoice& choice, const SeriesKey& key) {
  const auto among = [](const auto& list, const auto& value) {
    return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
  };
  return among(choice.symbols, key.symbol) && among(choice.intervals, key.interval) &&
         (choice.exchange.empty() || choice.exchange == key.exchange);
}

std::vector<StoredSeries> chosen(CandleStore& store, const CacheChoice& choice) {
  std::vector<StoredSeries> all = store.list();
  std::erase_if(all, [&](const StoredSeries& series) { return !is_chosen(choice, series.key); });
  return all;
}

std::string name_of(const SeriesKey& key) {
  return fmt::format("{} {} {}", key.exchange, key.symbol, to_string(key.interval));
}

Json names_json(const SeriesKey& key) {
  return {{"exchange", key.exchange}, {"symbol", key.symbol}, {"interval", to_string(key.interval)}};
}

std::size_t candles_in(const std::vector<Gap>& gaps) {
  std::size_t sum = 0;
  for (const Gap& gap : gaps) sum += gap.candles;
  return sum;
}

int check_series(const Words& words, Console& console) {
  const auto options = read_cache_read_options("check", words, console);
  if (!options) return kDone;
  constexpr std::size_t kShown = 20;  // of the holes of one series, and of its faults
  CandleStore store(options->choice.store, Database::Mode::existing);
  const std::vector<StoredSeries> all = chosen(store, options->choice);
  bool sound = true;
  Json document = Json::array();
  for (const StoredSeries& series : all) {
    const SeriesCheck found = store.check(series.key);
    const bool well = found.holes.empty() && found.faults.empty();
    sound = sound && well;
    if (options->json) {
      Json entry = names_json(series.key);
      entry["candles"] = series.candles;
      entry["quiet"] = candles_in(found.quiet);
      entry["holes"] = Json::array();
      for (const Gap& gap : found.holes) entry["holes"].push_back({{"from", gap.from}, {"candles", gap.candles}});
      entry["faults"] = found.faults;
      document.push_back(std::move(entry));
      continue;
    }
    std::string line = fmt::format("{} {}: {} candles", well ? "OK    " : "BROKEN", name_of(series.key), series.candles);
    if (!found.holes.empty()) line += fmt::format(", {} missing in {} holes", candles_in(found.holes), found.holes.size());
    if (!found.quiet.empty()) line += fmt::format(", {} that the exchange does not have", candles_in(found.quiet));
    console.print(line + "\n");
    for (std::size_t i = 0; i < std::min(found.holes.size(), kShown); ++i) {
      console.print("  " + describe(found.holes[i], series.key.interval) + "\n");
    }
    if (found.holes.size() > kShown) console.print(fmt::format("  and {} holes more\n", found.holes.size() - kShown));
    for (std::size_t i = 0; i < std::min(found.faults.size(), kShown); ++i) console.print("  " + found.faults[i] + "\n");
    if (found.faults.size() > kShown) console.print(fmt::format("  and {} faults more (--json has them all)\n", found.faults.size() - kShown));
  }
  for (const std::string& symbol : options->choice.symbols) {
    if (std::any_of(all.begin(), all.end(), [&](const StoredSeries& s) { return s.key.symbol == symbol; })) continue;
    console.note(fmt::format("{}: there are no such candles of {}", options->choice.store.string(), symbol));
    sound = false;
  }
  if (options->json) console.print(document.dump(2) + "\n");
  return sound ? kDone : kFailed;
}

int list_series(const Words& words, Console& console) {
  const auto options = read_cache_read_options("list", words, console);
  if (!options) return kDone;
  CandleStore store(options->choice.store, Database::Mode::existing);
  const std::vector<StoredSeries> all = chosen(store, options->choice);
  if (options->json) {
    Json document = Json::array();
    for (const StoredSeries& series : all) {
      Json entry = names_json(series.key);
      entry["first"] = series.first;
      entry["last"] = series.last;
      entry["candles"] = series.candles;
      entry["missing"] = series.missing;
      document.push_back(std::move(entry));
    }
    console.print(document.dump(2) + "\n");
    return kDone;
  }
  const std::string format = "{:<20}  {:<14}  {:<8}  {:<16}  {:<16}  {:>9}  {:>8}\n";
  console.print(fmt::format(fmt::runtime(format), "exchange", "symbol", "interval", "first", "last", "candles", "missing"));
  for (const StoredSeries& s : all) {
    console.print(fmt::format(fmt::runtime(format), s.key.exchange, s.key.symbol, to_string(s.key.interval),
                              format_minute(s.first), format_minute(s.last), s.candles, s.missing));
  }
  return kDone;
}

int prune(const Words& words, Console& console) {
  const auto options = read_cache_prune_options(words, console);
  if (!options) return kDone;
  CandleStore store(options->choice.store, Database::Mode::existing);
  for (const StoredSeries& series : chosen(store, options->choice)) {
    const std::size_t removed = store.prune(series.key, options->before);
    console.print(fmt::format("{}: {} candles removed\n", name_of(series.key), removed));
  }
  return kDone;
}

struct Part {
  std::string_view name, purpose;
  int (*call)(const Words& words, Console& console);
};
constexpr Part kParts[] = {
    {"warm", "fetches candles that are not there yet", warm},
    {"check", "looks for holes and damage", check_series},
    {"list", "shows what there is", list_series},
    {"prune", "removes old candles", prune},
};

}  // namespace

int cache_command(const Words& words, Console& console) {
  if (words.empty() || words.front() == "--help" || words.front() == "-h") {
    std::string text = "btkhost cache: candles on disk\n\nbtkhost cache <what> [options]\n\n";
    for (const Part& part : kParts) text += fmt::format("  {:<6} {}\n", part.name, part.purpose);
    text += "\nbtkhost cache <what> --help tells more.\n";
    if (words.empty()) throw UsageError("btkhost cache: say what to do: warm, check, list or prune");
    console.print(text + "Example: btkhost cache warm --symbols BTCUSDT --from 2024-01-01 --to 2024-01-31\n");
    return kDone;
  }
  std::vector<std::string_view> names;
  if (words.front() == kListOptions) {
    for (const Part& part : kParts) {
      console.print(fmt::format("+{}\n", part.name));
      part.call(words, console);
    }
    return kDone;
  }
  for (const Part& part : kParts) {
    if (words.front() == part.name) return part.call(Words(words.begin() + 1, words.end()), console);
    names.push_back(part.name);
  }
  const std::string near = suggestion(words.front(), names);
  throw UsageError(fmt::format("btkhost cache: there is no \"{}\"{}", words.front(),
                               near.empty() ? "; there are warm, check, list and prune" : near));
}

}  // namespace btk::host
