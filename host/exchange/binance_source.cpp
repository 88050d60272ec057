#include "host/exchange/binance_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/error.h"
#include "host/exchange/binance_parse.h"
#include "lua/write_failure.h"

namespace btk::host {
namespace {

constexpr Timestamp kSpotPage = 1000, kFuturesPage = 1500;  ///< candles of one answer
constexpr Timestamp kLatestTime = 4'102'444'800'000;  ///< year 2100

// A candle may still be corrected in the first moments after its end: it is used, and fetched once more for the store.
constexpr Timestamp kSettled = 10'000;
// Without any later candle (a halt, a market that was taken down) missing candles count as missing for good after this.
constexpr Timestamp kGone = kDay;
// How far behind the asked range a candle may be that shows that the range ends in a hole, and not where the data end.
constexpr Timestamp kNear = kDay;

constexpr std::string_view kOwnHosts[] = {
    "api.binance.com",  "api1.binance.com",    "api2.binance.com",        "api3.binance.com",
    "api4.binance.com", "api-gcp.binance.com", "data-api.binance.vision", "fapi.binance.com"};

void check_name(const std::string& exchange, const std::string& symbol) {
  const bool sound = !symbol.empty() && std::all_of(symbol.begin(), symbol.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
  });
  if (!sound) {
    throw Error(fmt::format("exchange {}: \"{}\" is no symbol of Binance; write it like BTCUSDT", exchange, symbol));
  }
}

int kline_weight(bool futures, Timestamp limit) {
  if (!futures) return 2;
  return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
}

}  // namespace

BinanceSource::BinanceSource(lua::ExchangeSchema schema, const OpenOptions& options)
    : schema_(std::move(schema)), gaps_(schema_), options_(options), api_(schema_, options) {}

SeriesKey BinanceSource::key(const std::string& symbol, Interval interval) const {
  std::string exchange = api_.futures() ? "binance-futures" : "binance";
  const std::string host = api_.base().substr(api_.base().find("://") + 3);
  if (std::find(std::begin(kOwnHosts), std::end(kOwnHosts), host) == std::end(kOwnHosts)) exchange += "@" + host;
  return {exchange, symbol, interval};
}

bool BinanceSource::is_stored_as(std::string_view exchange) {
  exchange = exchange.substr(0, exchange.find('@'));
  return exchange == "binance" || exchange == "binance-futures";
}

CandleStore& BinanceSource::store() {
  const std::lock_guard lock(mutex_);
  if (!store_) store_ = std::make_unique<CandleStore>(options_.candle_store, Database::Mode::create);
  return *store_;
}

BinanceSource::Page BinanceSource::page(const std::string& symbol, Interval interval, Timestamp from, Timestamp to) {
  check_name(api_.name(), symbol);
  const Timestamp limit = std::min((to - from) / length(interval), api_.futures() ? kFuturesPage : kSpotPage);
  const BinanceQuestion question{
      "klines", symbol,
      fmt::format("interval={}&startTime={}&endTime={}&limit={}", to_string(interval), from, to - 1, limit),
      kline_weight(api_.futures(), limit)};
  return api_.ask<Page>(question, [&](const std::string& body, Timestamp asked_at) {
    return Page{parse_klines(body, {from, to, length(interval), asked_at}), asked_at};
  });
}

// No candle came for the range. It has none for good when there is a later one, or when it lies long ago.
Timestamp BinanceSource::known_empty_until(const std::string& symbol, Interval interval, TimeRange range,
                                           Timestamp asked_at) {
  const BinanceQuestion question{"klines", symbol,
                                 fmt::format("interval={}&startTime={}&limit=1", to_string(interval), range.from),
                                 kline_weight(api_.futures(), 1)};
  const auto later = api_.ask<std::optional<Timestamp>>(question, [&](const std::string& body, Timestamp now) {
    const auto first = parse_first_kline(body, {range.from, range.to, length(interval), now});
    if (first && *first < range.to) {
      throw BadAnswer(fmt::format("it has a candle of {} in one answer and not in the other", format_minute(*first)));
    }
    return first;
  });
  return later ? range.to : std::min(range.to, align(asked_at - kGone, length(interval)));
}

void BinanceSource::fetch(const std::string& symbol, Interval interval, TimeRange range,
                          const std::function<void(Timestamp)>& done) {
  const SeriesKey series = key(symbol, interval);
  const Timestamp step = length(interval);
  for (Timestamp at = range.from; at < range.to;) {
    const Page got = page(symbol, interval, at, range.to);
    if (got.candles.empty()) {
      const Timestamp until = known_empty_until(symbol, interval, {at, range.to}, got.asked_at);
      store().write_complete(series, {}, {at, until});
      if (done) done(range.to);
      return;
    }
    const Timestamp next = got.candles.back().timestamp + step;
    const Timestamp settled = std::clamp(align(got.asked_at - kSettled, step), at, next);
    store().write_complete(series, got.candles, {at, settled});
    at = next + step > got.asked_at ? range.to : next;  // behind the newest closed candle nothing is to be had
    if (done) done(at);
  }
}

void BinanceSource::complete(const std::string& symbol, Interval interval, Timestamp from, Timestamp to,
                             const std::function<void(Timestamp)>& done) {
  const Timestamp step = length(interval);
  from = align(std::clamp<Timestamp>(from, 0, kLatestTime) + step - 1, step);
  to = align(std::clamp<Timestamp>(std::min(to, api_.session()), 0, kLatestTime), step);
  for (const TimeRange& range : store().uncovered(key(symbol, interval), from, to)) {
    if (done) done(range.from);
    fetch(symbol, interval, range, done);
  }
  if (done) done(to);
}

std::shared_ptr<const lua::LoadedCandles> BinanceSource::load(const std::string& symbol, Timestamp from, Timestamp to) {
  from = align(std::clamp<Timestamp>(from, 0, kLatestTime), kMinute);
  // What is not closed yet is not part of what is kept for the range.
  to = align(std::clamp<Timestamp>(std::min(to, api_.session()), 0, kLatestTime), kMinute);
  auto loaded = cache_.get(symbol, from, to, [&] {
    try {
      complete(symbol, Interval::m1, from, to);
      lua::LoadedCandles found = store().read(key(symbol, Interval::m1), from, to);
      if (found.series.empty() || found.series.end() >= to) return found;
      try {
        complete(symbol, Interval::m1, to, to + kNear);
      } catch (const WriteError&) {
        throw;
      } catch (const Error&) {  // without a network what is in the store must do
        return found;
      }
      const lua::LoadedCandles later = store().read(key(symbol, Interval::m1), to, std::min(to + kNear, api_.session()));
      if (!later.series.empty()) found = store().read(key(symbol, Interval::m1), from, later.series.first() + kMinute);
      return found;
    } catch (const WriteError& e) {  // a session says the same of its journal, which lies beside the store
      throw lua::WriteFailure(fmt::format("cannot write state: {}", e.what()));
    }
  });
  if (loaded->series.empty()) {
    throw Error(fmt::format("exchange {}: there are no candles of {} from {} to {}", api_.name(), symbol,
                            format_minute(from), format_minute(to)));
  }
  return gaps_.apply(symbol, std::move(loaded), from, to);
}

std::vector<Candle> BinanceSource::closed(const std::string& symbol, Timestamp from, Timestamp to) {
  from = align(from + kMinute - 1, kMinute);
  to = align(std::min(to, api_.session()), kMinute);
  std::vector<Candle> out;
  while (from < to) {
    const Page got = page(symbol, Interval::m1, from, to);
    if (got.candles.empty()) break;
    out.insert(out.end(), got.candles.begin(), got.candles.end());
    from = out.back().timestamp + kMinute;
  }
  return out;
}

std::optional<lua::OrderBook> BinanceSource::order_book(const std::string& symbol, int depth) {
  check_name(api_.name(), symbol);
  // The sizes that both markets serve.
  constexpr std::pair<int, int> kSizes[] = {{5, 5}, {10, 5}, {20, 5}, {50, 5}, {100, 5}, {500, 25}, {1000, 50}};
  const auto* size = std::find_if(std::begin(kSizes), std::end(kSizes) - 1,
                                  [depth](const auto& entry) { return entry.first >= depth; });
  const BinanceQuestion question{"depth", symbol, fmt::format("limit={}", size->first), size->second};
  return api_.ask<lua::OrderBook>(
      question, [&](const std::string& body, Timestamp) { return parse_depth(body, std::max(depth, 0)); });
}

std::optional<std::vector<lua::AggregatedTrade>> BinanceSource::trades(const std::string& symbol, Timestamp from,
                                                                       Timestamp to) {
  check_name(api_.name(), symbol);
  constexpr int kPage = 1000;
  constexpr int kWeight = 20;
  std::vector<lua::AggregatedTrade> out;
  const auto ask = [&](const std::string& query) {
    return api_.ask<TradePage>({"aggTrades", symbol, query, kWeight},
                               [](const std::string& body, Timestamp) { return parse_trades(body); });
  };
  // The exchange answers at most an hour by time; within it, pages follow by id.
  for (Timestamp at = from; at < to;) {
    const Timestamp end = std::min(to, at + kHour);
    TradePage got = ask(fmt::format("startTime={}&endTime={}&limit={}", at, end - 1, kPage));
    bool over = false;
    while (!over) {
      for (lua::AggregatedTrade& trade : got.trades) {
        if (trade.timestamp < at) continue;
        over = over || trade.timestamp >= end;
        if (!over) out.push_back(std::move(trade));
      }
      over = over || got.trades.size() < kPage;
      if (!over) got = ask(fmt::format("fromId={}&limit={}", got.last_id + 1, kPage));
    }
    at = end;
  }
  return out;
}

lua::SymbolRules BinanceSource::rules(const std::string& symbol) {
  check_name(api_.name(), symbol);
  constexpr auto kFresh = std::chrono::hours(1);
  const auto now = std::chrono::steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    const auto known = rules_.find(symbol);
    if (known != rules_.end() && now - known->second.since < kFresh) return known->second.rules;
  }
  // The futures market always answers with all of its symbols.
  const BinanceQuestion question =
      api_.futures() ? BinanceQuestion{"exchangeInfo", "", "", 1} : BinanceQuestion{"exchangeInfo", symbol, "", 20};
  lua::SymbolRules rules;
  try {
    const auto found = api_.ask<std::optional<lua::SymbolRules>>(
        question, [&](const std::string& body, Timestamp) { return parse_rules(body, symbol); });
    if (!found) throw Error(fmt::format("exchange {}: there is no symbol {}", api_.name(), symbol));
    rules = *found;
  } catch (const Error& e) {
    const std::lock_guard lock(mutex_);
    const auto known = rules_.find(symbol);
    if (known == rules_.end()) throw;
    if (options_.log) options_.log("warn", fmt::format("{}; going on with the rules known so far", e.what()));
    return known->second.rules;
  }
  const std::lock_guard lock(mutex_);
  rules_[symbol] = {rules, now};
  return rules;
}

}  // namespace btk::host
