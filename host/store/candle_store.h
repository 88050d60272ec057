// The host's own candles: one SQLite file with a row per series and day, in which each column of
// the day is a blob of doubles (little-endian as x86-64 has them, NaN where a minute is missing).
// A page holds a whole day, so reading is close to copying memory; longer series are kept as files to map as well
// (candle_columns.h). Any thread may call; calls on one store take turns. Several processes may share the file (WAL).
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "host/store/candle_columns.h"
#include "host/store/sqlite.h"
#include "lua/candle_source.h"

namespace btk::host {

struct SeriesKey {
  std::string exchange;
  std::string symbol;
  Interval interval = Interval::m1;
};

/// [from, to)
struct TimeRange {
  Timestamp from = 0, to = 0;
  bool operator==(const TimeRange&) const = default;
};

/// What the store has of one series.
struct StoredSeries {
  SeriesKey key;
  Timestamp first = 0;  ///< open time of the first candle
  Timestamp last = 0;   ///< open time of the last candle
  std::size_t candles = 0;
  std::size_t missing = 0;  ///< candles between first and last that are not there
};

/// What is wrong with a stored series.
struct SeriesCheck {
  std::vector<Gap> holes;         ///< candles that were never fetched, between the first and the last
  std::vector<Gap> quiet;         ///< candles that the exchange does not have: no defect
  std::vector<std::string> faults;  ///< sentences: damaged days, candles that cannot be
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

  /// Puts in what an exchange has in `range`, all of it: what is missing there is missing for good.
  void write_complete(const SeriesKey& key, std::span<const Candle> candles, TimeRange range);

  /// The parts of [from, to) that no write_complete() has covered, in order.
  std::vector<TimeRange> uncovered(const SeriesKey& key, Timestamp from, Timestamp to);

  /// The candles whose open times are in [from, to), holes filled and recorded; empty when there are none.
  lua::LoadedCandles read(const SeriesKey& key, Timestamp from, Timestamp to);

  /// Everything there is, by exchange, symbol and interval.
  std::vector<StoredSeries> list();

  /// Reads the series whole and says what is wrong with it.
  SeriesCheck check(const SeriesKey& key);

  /// Removes the days before the day of `before`; how many candles went. The file keeps its size, the room is
  /// used again.
  std::size_t prune(const SeriesKey& key, Timestamp before);

 private:
  class DayWriter;

  [[noreturn]] void throw_damaged() const;
  void cover(std::int64_t series, TimeRange range);
  std::vector<TimeRange> uncovered_of(std::int64_t series, Timestamp from, Timestamp to);

  void check_tables(Database::Mode mode);
  void check_columns(std::int64_t series, Interval interval, SeriesCheck& result);
  std::int64_t days_of(std::int64_t series, std::int64_t from, std::int64_t until);
  /// The days that should be kept in a file, if any: they are many and had to be copied.
  std::optional<CandleColumns::Days> read_series(std::int64_t series, TimeRange range, SeriesBuilder& builder);
  /// Appends the days from `first_day`, cut to `range`.
  void read_rows(std::int64_t series, TimeRange range, std::int64_t first_day, SeriesBuilder& builder);
  std::optional<std::int64_t> find(const SeriesKey& key);
  std::int64_t find_or_add(const SeriesKey& key);

  std::mutex mutex_;
  Database database_;
  CandleColumns columns_;
  std::string path_;
};

}  // namespace btk::host
