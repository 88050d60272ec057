#include "tests/exchange_server/market.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/error.h"
#include "host/exchange/csv_load.h"
#include "host/exchange/synthetic_walk.h"

namespace btk::exchange_server {
namespace {

std::pair<std::string, std::string> split_symbol(const std::string& symbol) {
  // BTCUSDT_PERP is a name of candle files for a future of BTCUSDT.
  const std::string plain = symbol.substr(0, symbol.find('_'));
  for (const std::string_view quote : {"USDT", "USDC", "FDUSD", "BUSD", "BTC", "ETH", "EUR"}) {
    if (plain.size() > quote.size() && plain.ends_with(quote)) {
      return {plain.substr(0, plain.size() - quote.size()), std::string(quote)};
    }
  }
  return {plain, "USDT"};
}

// Rules as an exchange would choose them: a millionth of the price's order, and lots worth some cents.
Rules usual_rules(const std::string& symbol, double price) {
  const int order = static_cast<int>(std::floor(std::log10(price)));
  Rules rules;
  rules.tick = std::stod(fmt::format("1e{}", std::max(order - 6, -8)));
  rules.step = std::stod(fmt::format("1e{}", std::clamp(-order - 1, -5, 0)));
  std::tie(rules.base, rules.quote) = split_symbol(symbol);
  return rules;
}

void merge(Candle& into, const Candle& next) {
  into.high = std::max(into.high, next.high);
  into.low = std::min(into.low, next.low);
  into.close = next.close;
  into.volume += next.volume;
}

}  // namespace

double floor_to(double value, double unit) {
  return std::stod(fmt::format("{:.8f}", std::floor(value / unit + 1e-7) * unit));
}
double ceil_to(double value, double unit) {
  return std::stod(fmt::format("{:.8f}", std::ceil(value / unit - 1e-7) * unit));
}
bool is_multiple(double value, double unit) {
  return std::abs(value / unit - std::round(value / unit)) < 1e-6;
}

void Market::add(const std::string& symbol, const CandleSeries& series, const std::vector<Gap>& gaps) {
  if (series.empty()) throw Error(fmt::format("{} has no candles", symbol));
  Pair pair;
  pair.first = series.first();
  pair.minutes.reserve(series.size());
  for (std::size_t i = 0; i < series.size(); ++i) pair.minutes.emplace_back(series.at(i));
  for (const Gap& gap : gaps) {
    const auto begin = pair.minutes.begin() + (gap.from - pair.first) / kMinute;
    std::fill(begin, begin + static_cast<std::ptrdiff_t>(gap.candles), std::nullopt);
  }
  pair.rules = usual_rules(symbol, series.close()[0]);
  pairs_.insert_or_assign(symbol, std::move(pair));
}

void Market::add_file(const std::string& symbol, const std::filesystem::path& file) {
  const lua::LoadedCandles loaded = host::load_csv(host::sort_by_first_row({file}));
  add(symbol, loaded.series, loaded.gaps);
}

void Market::add_synthetic(const std::string& symbol, double price, std::uint64_t seed, Timestamp from,
                           Timestamp to) {
  add(symbol, host::synthetic_candles({seed, price, 0.001}, symbol, align(from, kMinute), to), {});
}

std::vector<std::string> Market::symbols() const {
  std::vector<std::string> names;
  for (const auto& [name, pair] : pairs_) names.push_back(name);
  return names;
}

void Market::set_rules(std::string_view symbol, double tick, double step, double min_notional, double max_market) {
  Rules& rules = pairs_.find(symbol)->second.rules;
  rules.tick = tick;
  rules.step = step;
  rules.min_notional = min_notional;
  rules.max_market = max_market;
}

std::pair<Timestamp, Timestamp> Market::span() const {
  std::pair<Timestamp, Timestamp> span{0, 0};
  for (const auto& [name, pair] : pairs_) {
    const Timestamp end = pair.first + static_cast<Timestamp>(pair.minutes.size()) * kMinute;
    span.first = span.first == 0 ? pair.first : std::min(span.first, pair.first);
    span.second = std::max(span.second, end);
  }
  return span;
}

const std::optional<Candle>& Market::minute(std::string_view symbol, Timestamp t) const {
  static const std::optional<Candle> kNone;
  const Pair& pair = pairs_.find(symbol)->second;
  const Timestamp index = align(t - pair.first, kMinute) / kMinute;
  return index < 0 || index >= static_cast<Timestamp>(pair.minutes.size())
             ? kNone
             : pair.minutes[static_cast<std::size_t>(index)];
}

std::optional<Candle> Market::closed(std::string_view symbol, Timestamp t, Timestamp now) const {
  return align(t, kMinute) + kMinute <= now ? minute(symbol, t) : std::nullopt;
}

std::optional<Candle> Market::under_way(std::string_view symbol, Timestamp now) const {
  std::optional<Candle> candle = minute(symbol, now);
  if (!candle) return candle;
  // Straight from open to close: wrong for whoever takes it for a closed one.
  const double part = static_cast<double>(now - align(now, kMinute)) / static_cast<double>(kMinute);
  const double here = candle->open + (candle->close - candle->open) * part;
  candle->close = floor_to(here, rules(symbol).tick);
  candle->high = std::max(candle->open, candle->close);
  candle->low = std::min(candle->open, candle->close);
  candle->volume = floor_to(candle->volume * part, 1e-8);
  return candle;
}

std::vector<Candle> Market::candles(std::string_view symbol, Interval interval, std::optional<Timestamp> from,
                                    Timestamp to, std::size_t limit, Timestamp now) const {
  const Timestamp step = length(interval);
  const Pair& pair = pairs_.find(symbol)->second;
  const Timestamp data_end = pair.first + static_cast<Timestamp>(pair.minutes.size()) * kMinute;
  to = std::min({to, now, data_end - 1});
  Timestamp begin = std::max(from.value_or(pair.first), pair.first - step + 1);
  if (!from) begin = std::max(begin, align(to, step) - static_cast<Timestamp>(limit - 1) * step);
  begin = align(begin + step - 1, step);
  std::vector<Candle> result;
  for (Timestamp open = begin; open <= to && result.size() < limit; open += step) {
    std::optional<Candle> whole;
    for (Timestamp t = open; t < open + step && t <= now; t += kMinute) {
      const auto part = t + kMinute <= now ? minute(symbol, t) : under_way(symbol, now);
      if (!part) continue;
      if (whole)
        merge(*whole, *part);
      else
        whole = part;
    }
    if (!whole) continue;
    whole->timestamp = open;
    result.push_back(*whole);
  }
  return result;
}

std::optional<double> Market::last_price(std::string_view symbol, Timestamp now) const {
  const Pair& pair = pairs_.find(symbol)->second;
  const Timestamp data_end = pair.first + static_cast<Timestamp>(pair.minutes.size()) * kMinute;
  for (Timestamp t = std::min(align(now, kMinute), data_end) - kMinute; t >= pair.first; t -= kMinute) {
    if (const auto& candle = minute(symbol, t)) return candle->close;
  }
  return std::nullopt;
}

double Market::ask(std::string_view symbol, double last) const {
  return ceil_to(last * (1 + spread_), rules(symbol).tick);
}
double Market::bid(std::string_view symbol, double last) const {
  return floor_to(last * (1 - spread_), rules(symbol).tick);
}

std::vector<Trade> Market::trades(std::string_view symbol, Timestamp from, Timestamp to, std::size_t limit,
                                  Timestamp now) const {
  std::vector<Trade> result;
  to = std::min({to, now, span().second});
  for (Timestamp open = align(std::max(from, span().first), kMinute); open <= to; open += kMinute) {
    const auto& candle = minute(symbol, open);
    if (!candle) continue;
    const bool rises = candle->close >= candle->open;
    const std::array prices{candle->open, rises ? candle->low : candle->high,
                            rises ? candle->high : candle->low, candle->close};
    for (int i = 0; i < 4; ++i) {
      const Timestamp time =
          open + std::array<Timestamp, 4>{0, 15'000, 30'000, 59'999}[static_cast<std::size_t>(i)];
      if (time < from || time > to || result.size() == limit) continue;
      result.push_back({open / kMinute * 4 + i, time, prices[static_cast<std::size_t>(i)],
                        floor_to(candle->volume / 4, 1e-8), i % 2 == 1});
    }
    if (result.size() == limit) break;
  }
  return result;
}

void Market::alter(std::string_view symbol, Timestamp t, std::optional<Candle> candle) {
  Pair& pair = pairs_.find(symbol)->second;
  const Timestamp index = align(t - pair.first, kMinute) / kMinute;
  if (index < 0 || index >= static_cast<Timestamp>(pair.minutes.size())) {
    throw Error(fmt::format("{} has no minute {}", symbol, format_minute(t)));
  }
  pair.minutes[static_cast<std::size_t>(index)] = candle;
}

}  // namespace btk::exchange_server
