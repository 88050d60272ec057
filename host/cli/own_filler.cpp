#include "host/cli/own_filler.h"

#include <algorithm>

#include "host/cli/usage_error.h"
#include "host/clock/machine_clock.h"
#include "host/exchange/binance_source.h"
#include "lua/history.h"

namespace btk::host {
namespace {

constexpr Timestamp kFinal = 10'000;  ///< after its end a candle counts as final
constexpr Timestamp kForGood = kDay;  ///< a minute that was not there so long after its end never will be

std::filesystem::path free_name_or_refuse(const lua::ExchangeSchema& schema, const std::filesystem::path& store) {
  if (!BinanceSource::is_stored_as(schema.exchange_name)) return store;
  throw UsageError(fmt::format("exchange \"{}\" has get_candles of its own, and in the candle store this name is driver \"binance\"'s; give it another exchange_name",
                               schema.exchange_name));
}

}  // namespace

OwnFiller::OwnFiller(lua::Script& script, const lua::ExchangeSchema& schema, const std::filesystem::path& store)
    : script_(script), schema_(schema), store_(free_name_or_refuse(schema, store), Database::Mode::create) {}

Timestamp OwnFiller::session() const { return wall_now(); }

// In a back-test btk.http does not work: what every run reads around its frame has to be there, and the page that a script
// asks for which looks a little further back.
TimeRange OwnFiller::needed(TimeRange range) const {
  const Config& config = script_.config();
  Timestamp from = lua::history_start(range.from, config, schema_.gaps);
  if (schema_.gaps == GapPolicy::fill) {
    from = std::min(from, range.from - static_cast<Timestamp>(config.avg_price_candles_count + config.max_candles_per_request) * kMinute);
  }
  return {std::max<Timestamp>(from, 0), std::min(lua::history_end(range.to), align(session(), kMinute))};
}

void OwnFiller::complete(const std::string& symbol, Interval interval, Timestamp from, Timestamp to, const std::function<void(Timestamp)>& done) {
  const SeriesKey series = key(symbol, interval);
  for (const TimeRange& range : store_.uncovered(series, from, to)) {
    if (done) done(range.from);
    fetch(series, range, done);
  }
  if (done) done(to);
}

// A short page may be all that there is, or all that the exchange gives at once: it is asked for what comes behind it. What is
// missing is known to be so when a later candle has come.
void OwnFiller::fetch(const SeriesKey& series, TimeRange range, const std::function<void(Timestamp)>& done) {
  const Timestamp page = static_cast<Timestamp>(script_.config().max_candles_per_request) * kMinute;
  Timestamp known = range.from;
  for (Timestamp at = range.from; at < range.to;) {
    const Timestamp end = std::min(at + page, range.to), asked_at = session();
    const std::vector<Candle> candles = script_.own_candles(series.symbol, at, end);
    at = candles.empty() ? end : candles.back().timestamp + kMinute;
    if (!candles.empty()) {
      const Timestamp settled = std::clamp(align(asked_at - kFinal, kMinute), known, at);
      store_.write_complete(series, candles, {known, settled});
      known = settled;
    }
    if (done) done(at);
  }
  // Nothing at all is more likely a mistake than a market that was closed.
  const bool begun = known > range.from || has_any(series, {range.from - kDay, range.from});
  const Timestamp gone = std::min(range.to, align(session() - kForGood, kMinute));
  if (begun && gone > known) store_.write_complete(series, {}, {known, gone});
}

}  // namespace btk::host
