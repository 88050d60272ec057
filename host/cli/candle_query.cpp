#include "host/cli/candle_query.h"

#include <charconv>

#include "host/cli/log.h"
#include "host/cli/own_candles.h"
#include "host/cli/script_setup.h"
#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"
#include "host/clock/machine_clock.h"
#include "host/exchange/open.h"

namespace btk::host {

void CandleQuery::add_to(CLI::App& app) {
  app.add_option("script", files, "Lua files that register the exchange; default: Binance's spot market");
  app.add_option("--symbol", symbol, "default BTCUSDT");
  app.add_option("--exchange", exchange, "name of the exchange in the script; default: the first registered");
  app.add_option("--market", market, "spot or futures, without a script; default spot");
  app.add_option("--base-url", base_url, "address instead of Binance's own, without a script");
  app.add_option("--store", store, "the candle store; default " + OpenOptions().candle_store.string());
  app.add_option("--set", settings, "engine setting CC_KEY=VALUE")->allow_extra_args(false);
  app.add_flag("--unsafe", unsafe, "scripts may use io, os.execute, ffi, debug");
  app.add_flag("--env-override", env_override, ".env files win over environment variables");
}

void CandleQuery::check(std::string_view command) {
  if (!files.empty()) check_files(paths(), command);
  if (files.empty() && !exchange.empty() && exchange != "binance") {
    throw UsageError(fmt::format(
        "--exchange {}: without a script there is only binance; name the script that registers it",
        exchange));
  }
  if (market != "spot" && market != "futures")
    throw UsageError(fmt::format("--market {}: there are spot and futures", market));
  const std::vector<std::string> one = read_symbols(symbol, "--symbol");
  if (one.size() != 1) throw UsageError(fmt::format("--symbol {}: give one symbol", symbol));
  symbol = one.front();
  for (const std::string& setting : settings) read_setting(setting);
}

std::vector<std::pair<std::string, std::string>> CandleQuery::all_settings() const {
  std::vector<std::pair<std::string, std::string>> given;
  for (const std::string& setting : settings) given.push_back(read_setting(setting));
  return with_environment(given);
}

namespace {

lua::ExchangeSchema plain_binance(const CandleQuery& query) {
  lua::ExchangeSchema schema;
  schema.exchange_name = schema.driver = "binance";
  schema.market = query.market;
  schema.base_url = query.base_url;
  return schema;
}

}  // namespace

QueriedExchange::QueriedExchange(const CandleQuery& query, Console& console, Interrupt& interrupt)
    : logger_(make_logger(console, "info")) {
  if (query.files.empty()) {
    source_ = open_source(query, plain_binance(query), nullptr, interrupt);
    return;
  }
  script_.emplace(ExchangeChoice{query.paths(), query.all_settings(), query.exchange, query.unsafe}, console, *logger_, interrupt);
  source_ = open_source(query, script_->exchange().schema, &script_->script(), interrupt);
}

std::shared_ptr<lua::CandleSource> open_source(const CandleQuery& query, const lua::ExchangeSchema& schema, lua::Script* script,
                                               Interrupt& interrupt) {
  if (schema.driver.empty()) return std::make_shared<OwnCandles>(*script, schema);
  OpenOptions opening;
  if (!query.store.empty()) opening.candle_store = query.store;
  opening.stopped = [&interrupt] { return interrupt.requested(); };
  try {
    return open_exchange(schema, opening);
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

std::vector<Candle> candles_or_tell(lua::CandleSource& source, const std::string& symbol, Interval interval, Timestamp from,
                                    Timestamp to, Console& console) {
  const auto loaded = source.load(symbol, from, to);
  const CandleSeries longer = interval == Interval::m1 ? CandleSeries() : loaded->series.resample(interval);
  const CandleSeries& series = interval == Interval::m1 ? loaded->series : longer;
  std::vector<Candle> candles;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series.time(i) >= from && series.time(i) < to) candles.push_back(series.at(i));
  }
  if (candles.empty()) {
    if (from > wall_now()) {
      throw UsageError(fmt::format("there are no candles of {} from {} to {}: that time has not come yet; give an earlier --when", symbol,
                                   format_minute(from), format_minute(to)));
    }
    console.note(fmt::format("there are no candles of {} from {} to {}", symbol, format_minute(from), format_minute(to)));
    return candles;
  }
  for (const Gap& gap : loaded->gaps) {
    const Timestamp end = gap.from + static_cast<Timestamp>(gap.candles) * kMinute;
    if (end <= from || gap.from >= to) continue;
    console.note(fmt::format("filled gap: {} of {}; flat candles at the last close stand there", describe(gap, Interval::m1), symbol));
  }
  const std::int64_t wanted = (to - from) / length(interval);
  if (static_cast<std::int64_t>(candles.size()) < wanted) {
    console.note(fmt::format("only {} of {} candles are there", candles.size(), wanted));
  }
  return candles;
}

Timestamp moment_or_now(const std::string& text) {
  if (!text.empty()) return read_moment(text, DayEdge::first_minute, "--when");
  return wall_now();
}

std::int64_t read_count(const std::string& text, const std::string& option, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || value < 1 || value > most) {
    throw UsageError(fmt::format("{} {}: give a whole number from 1 to {}", option, text, most));
  }
  return value;
}

}  // namespace btk::host
