#include "host/exchange/warmed_candles.h"

#include <fmt/format.h>

#include "host/exchange/binance_source.h"
#include "host/ledger/candles_hash.h"

namespace btk::host {
namespace {

SeriesKey warmed_key(const std::string& exchange, const std::string& symbol) { return {exchange, symbol, Interval::m1}; }

}  // namespace

// Nothing, as long as nobody has made one.
CandleStore* WarmedCandles::store() {
  const std::lock_guard lock(mutex_);
  std::error_code ignored;
  if (!store_ && std::filesystem::exists(file_, ignored)) store_ = std::make_unique<CandleStore>(file_, Database::Mode::existing);
  return store_.get();
}

lua::StoredCandles::Stretch WarmedCandles::stretch(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) {
  // What driver "binance" keeps is not what a script's function would give, whatever that exchange is called.
  CandleStore* const there = BinanceSource::is_stored_as(exchange) ? nullptr : store();
  if (there == nullptr) return {false, to};
  const auto open = there->uncovered(warmed_key(exchange, symbol), from, to);
  if (open.empty()) return {true, to};
  if (open.front().from > from) return {true, open.front().from};
  return {false, open.front().to};
}

std::vector<Candle> WarmedCandles::read(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) {
  std::vector<Candle> candles = lua::real_candles(store()->read(warmed_key(exchange, symbol), from, to));
  const std::lock_guard lock(mutex_);
  if (log_ && told_.insert(exchange).second) {
    // Another script may have put them there under this name: told with --quiet, too.
    log_("warn", fmt::format("exchange {}: candles come from {}, where \"btkhost cache warm\" put them; \"btkhost cache prune --exchange {} --all\" "
                             "forgets them", exchange, file_.string(), exchange));
  }
  return candles;
}

std::string WarmedCandles::hash(const std::string& exchange, const std::string& symbol, Timestamp from, Timestamp to) {
  const Stretch first = stretch(exchange, symbol, from, to);
  if (!first.stored && first.until == to) return {};
  return candles_hash(store()->read(warmed_key(exchange, symbol), from, to), to);
}

}  // namespace btk::host
