// Fills the candle store from a script's own get_candles (`btkhost cache warm`).
#pragma once

#include <filesystem>

#include "host/exchange/candle_filler.h"
#include "lua/script.h"

namespace btk::host {

/// One-minute candles only, on the thread of the script, which outlives it.
class OwnFiller : public CandleFiller {
 public:
  /// Makes the store when there is none. Throws UsageError for a name under which driver "binance" keeps candles.
  OwnFiller(lua::Script& script, const lua::ExchangeSchema& schema, const std::filesystem::path& store);

  SeriesKey key(const std::string& symbol, Interval interval) const override { return {schema_.exchange_name, symbol, interval}; }
  CandleStore& store() override { return store_; }
  Timestamp session() const override;
  TimeRange needed(TimeRange range) const override;
  std::size_t at_once() const override { return 1; }
  void complete(const std::string& symbol, Interval interval, Timestamp from, Timestamp to,
                const std::function<void(Timestamp)>& done) override;

 private:
  void fetch(const SeriesKey& series, TimeRange range, const std::function<void(Timestamp)>& done);
  bool has_any(const SeriesKey& series, TimeRange range) { return !store_.read(series, range.from, range.to).series.empty(); }

  lua::Script& script_;
  lua::ExchangeSchema schema_;
  CandleStore store_;
};

}  // namespace btk::host
