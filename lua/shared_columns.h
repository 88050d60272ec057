// What runs over the same candles make of them, made once for all of them: the columns of btk.series, and longer candles.
// The runs of a sweep differ in parameters and read the same candles; a column costs as much as the rest of a run that reads it.
//
// A column that is asked for by two threads is computed by one of them at a time, a block of rows as they are needed. A
// run sees the rows that were there when it last asked (SeriesColumns keeps views of its own), so that no thread reads
// what another one is writing. Any thread may call.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "lua/candle_source.h"
#include "lua/series_columns.h"

namespace btk::lua {

class SharedColumns {
 public:
  /// Of what is kept; what was not asked for the longest goes first. Who holds a thing keeps it.
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20;

  explicit SharedColumns(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  /// The column of these candles; made when it is new. Throws btk::Error as shape_of() does.
  std::shared_ptr<SharedColumn> column(const std::shared_ptr<const LoadedCandles>& candles, Interval interval,
                                       const IndicatorSpec& spec, Timestamp anchor);
  /// The candles put together to longer ones.
  std::shared_ptr<CandleSeries> longer(const std::shared_ptr<const LoadedCandles>& candles, Interval interval);

 private:
  struct Key {
    const LoadedCandles* candles;
    Interval interval;
    IndicatorSpec spec;  ///< of no name: the longer candles themselves
    Timestamp anchor;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Kept {
    std::shared_ptr<const LoadedCandles> candles;  ///< so that nobody else gets their address, which is in the key
    std::shared_ptr<SharedColumn> column;
    std::shared_ptr<CandleSeries> longer;
    std::size_t bytes = 0;
    std::uint64_t asked = 0;  ///< when, counted in questions
  };

  Kept& keep(const Key& key, Kept kept);
  Kept* find(const Key& key);

  std::size_t most_bytes_, bytes_ = 0;
  std::uint64_t asked_ = 0;
  std::map<Key, Kept> kept_;
  std::mutex mutex_;
};

}  // namespace btk::lua
