// Copies of the candle store's longer series as column files (column_file.h) in a folder beside the store: what a
// back-test reads again and again is mapped, not copied day by day. The rows of the store stay the truth. A table in
// it says which file holds which days, and triggers of the store remove the entry with any change of one of these
// days, whoever makes it; so a file is either right or not looked at. Deleting the folder loses nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "engine/candles.h"
#include "host/store/column_file.h"
#include "host/store/sqlite.h"
#include "lua/candle_source.h"

namespace btk::host {

class CandleColumns {
 public:
  static constexpr std::size_t kWorthAFile = 50'000;  ///< candles; less are copied in half a millisecond

  CandleColumns(Database& database, const std::filesystem::path& store);

  /// Days since 1970: [since, until).
  struct Days {
    std::int64_t since = 0, until = 0;
  };
  /// What a file holds of a series.
  struct Entry {
    ColumnFile file;
    Timestamp first = 0;    ///< open time of its first candle
    Days days;              ///< the series has no other candles than these in them
    std::vector<Gap> gaps;  ///< candles in it that only fill
  };
  std::optional<Entry> find(std::int64_t series);

  /// Begins the builder's series with what the file has of [from, to), with room for `room` candles more. How many that
  /// are: 0, and nothing is done, if there are none or the file cannot be used.
  std::size_t take(const Entry& entry, Timestamp from, Timestamp to, std::size_t room, SeriesBuilder& builder);

  /// Says what the store holds: the same number, the same content. To be asked before the candles are read that keep()
  /// gets. Counts what other connections write.
  std::int64_t version();

  /// Keeps the candles of these days in a file, in place of the one that the series has, if they are many. A
  /// convenience of later runs: without it everything works, so it waits for nobody and no failure comes out of it.
  void keep(std::int64_t series, const lua::LoadedCandles& candles, Days days, std::int64_t version);

  /// Removes files that belong to no series, such as were in use before their days changed.
  void sweep();

 private:
  bool exists();
  std::filesystem::path path_of(std::int64_t token) const;
  void write(std::int64_t series, const lua::LoadedCandles& candles, Days days, std::int64_t version);

  Database& database_;
  std::filesystem::path folder_;
  bool exists_ = false;  ///< the table: an older store that may only be read has none
  bool failed_ = false;  ///< a file that could not be written is not tried again and again
};

}  // namespace btk::host
