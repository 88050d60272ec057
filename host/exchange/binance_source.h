// Driver "binance": candles, order book, trades and order rules of Binance's spot
// and USDT futures markets.
//
// load() reads history through the candle store: only ranges that were never
// fetched are asked for, page by page, and each page is kept as it comes. closed()
// is for live runs and asks the exchange each time. Neither ever shows a candle
// that is still open by the exchange's time. Any thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "host/exchange/binance_api.h"
#include "host/exchange/candle_filler.h"
#include "host/exchange/gaps.h"
#include "host/exchange/range_cache.h"

namespace btk::host {

class BinanceSource : public lua::CandleSource, public CandleFiller {
 public:
  /// Sends nothing and opens no file yet. Throws btk::Error for options that cannot be.
  BinanceSource(lua::ExchangeSchema schema, const OpenOptions& options);

  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) override;
  std::vector<Candle> closed(const std::string& symbol, Timestamp from, Timestamp to) override;
  std::optional<lua::OrderBook> order_book(const std::string& symbol, int depth) override;
  std::optional<std::vector<lua::AggregatedTrade>> trades(const std::string& symbol, Timestamp from,
                                                          Timestamp to) override;
  lua::SymbolRules rules(const std::string& symbol) override;
  Timestamp ahead() override { return api_.ahead(); }

  /// The series in the candle store: "binance" and "binance-futures", with the host behind an @ for any other
  /// base_url, so that candles of different exchanges never mix.
  SeriesKey key(const std::string& symbol, Interval interval) const override;
  /// Is this such a name of an exchange?
  static bool is_stored_as(std::string_view exchange);
  CandleStore& store() override;
  /// The session's clock.
  Timestamp session() const override { return api_.session(); }
  /// The exchange's request limit is shared by them.
  std::size_t at_once() const override { return 4; }
  void complete(const std::string& symbol, Interval interval, Timestamp from, Timestamp to,
                const std::function<void(Timestamp)>& done = {}) override;

 private:
  struct Page {
    std::vector<Candle> candles;
    Timestamp asked_at = 0;
  };
  struct KnownRules {
    lua::SymbolRules rules;
    std::chrono::steady_clock::time_point since;
  };

  Page page(const std::string& symbol, Interval interval, Timestamp from, Timestamp to);
  void fetch(const std::string& symbol, Interval interval, TimeRange range, const std::function<void(Timestamp)>& done);
  Timestamp known_empty_until(const std::string& symbol, Interval interval, TimeRange range, Timestamp asked_at);

  lua::ExchangeSchema schema_;
  GapRule gaps_;
  OpenOptions options_;
  BinanceApi api_;
  RangeCache cache_;
  std::mutex mutex_;
  std::unique_ptr<CandleStore> store_;
  std::map<std::string, KnownRules> rules_;
};

}  // namespace btk::host
