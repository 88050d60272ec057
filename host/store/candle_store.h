// The host's own candles: one SQLite file with a row per series and day, in which each column of
// the day is a blob of doubles (little-endian as x86-64 has them, NaN where a minute is missing).
// A page holds a whole day, so reading is close to copying memory. Any thread may call; calls on
// one store take turns. Several processes may share the file (WAL).
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "host/store/sqlite.h"
#include "lua/candle_source.h"

namespace btk::host {

struct SeriesKey {
  std::string exchange;
  std::string symbol;
  Interval interval = Interval::m1;
};

/// What the store has of one series.
struct StoredSeries {
  SeriesKey key;
  Timestamp first = 0;  ///< open time of the first candle
  Timestamp last = 0;   ///< open time of the last candle
  std::size_t candles = 0;
  std::size_t missing = 0;  ///< candles between first and last that are not there
};

class CandleStore {
 public:
  /// `create` makes the file and its folder when they are missing; `existing` is an error then. Throws
  /// btk::Error for a file that is damaged, of a newer version, something else, or locked for longer than
  /// `busy_ms`.
  CandleStore(const std::filesystem::path& path, Database::Mode mode, int busy_ms = 5000);

  /// Puts candles in; those of the same minute are replaced, all others of the day stay. All or nothing.
  void write(const SeriesKey& key, std::span<const Candle> candles);
  /// Puts a series in, without the candles that only fill its `gaps`.
  void write(const SeriesKey& key, const CandleSeries& series, std::span<const Gap> gaps = {});

  /// The candles whose open times are in [from, to), holes filled and recorded; empty when there are none.
  lua::LoadedCandles read(const SeriesKey& key, Timestamp from, Timestamp to);

  /// Everything there is, by exchange, symbol and interval.
  std::vector<StoredSeries> list();

 private:
  class DayWriter;

  void migrate(Database::Mode mode);
  std::optional<std::int64_t> find(const SeriesKey& key);
  std::int64_t find_or_add(const SeriesKey& key);

  std::mutex mutex_;
  Database database_;
  std::string path_;
};

}  // namespace btk::host
