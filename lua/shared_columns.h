// What runs over the same candles make of them, made once for all of them: the columns of btk.series, longer candles,
// and the engine's average prices.
// The runs of a sweep differ in parameters and read the same candles; over a year of minutes each of these takes milliseconds, a run
// some twenty.
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
#include <vector>

#include "lua/candle_source.h"
#include "lua/series_columns.h"

namespace btk::lua {

class SharedColumns {
 public:
  /// Of what is kept; what was not asked for the longest goes first, and what was made of candles that nobody holds any more
  /// before that. Who holds a thing keeps it.
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20;

  explicit SharedColumns(std::size_t most_bytes = kMostBytes) : most_bytes_(most_bytes) {}

  /// The column of these candles; made when it is new. Throws btk::Error as shape_of() does.
  std::shared_ptr<SharedColumn> column(const std::shared_ptr<const LoadedCandles>& candles, Interval interval,
                                       const IndicatorSpec& spec, Timestamp anchor);
  /// What the engine's average prices of `count` candles are (engine/prices.h).
  std::shared_ptr<const std::vector<double>> averages(const std::shared_ptr<const LoadedCandles>& candles, std::size_t count);
  /// The candles put together to longer ones.
  std::shared_ptr<const CandleSeries> longer(const std::shared_ptr<const LoadedCandles>& candles, Interval interval);

 private:
  struct Key {
    const LoadedCandles* candles;
    Interval interval;
    IndicatorSpec spec;  ///< of no name: the longer candles themselves; of "averages" with their count
    Timestamp anchor;
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Kept {
    std::weak_ptr<const LoadedCandles> candles;  ///< those at the address in the key, as long as anybody holds them
    std::shared_ptr<SharedColumn> column{};
    std::shared_ptr<const std::vector<double>> averages{};
    std::shared_ptr<const CandleSeries> longer{};
    std::size_t bytes = 0;
    std::uint64_t asked = 0;  ///< when, counted in questions
  };

  using Map = std::map<Key, Kept>;

  Kept& keep(const Key& key, Kept kept);
  Kept* find(const Key& key);
  Map::iterator drop(Map::iterator kept);

  std::size_t most_bytes_, bytes_ = 0;
  std::uint64_t asked_ = 0;
  Map kept_;
  std::mutex mutex_;
};

}  // namespace btk::lua
