// Copies of the candle store's longer series as column files (column_file.h) in a folder beside the store: what a
// back-test reads again and again is mapped, not copied day by day. The rows of the store stay the truth. A table in
// it says which file holds which candles, and whoever changes one of these days removes the entry in the same
// transaction, so a file is either right or not looked at. Deleting the folder loses nothing.
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
  CandleColumns(Database& database, const std::filesystem::path& store);

  /// What a file holds of a series.
  struct Entry {
    ColumnFile file;
    Timestamp first = 0;     ///< open time of its first candle
    std::int64_t until = 0;  ///< the first day (since 1970) that is not in it; all earlier ones of the series are
    std::vector<Gap> gaps;   ///< candles in it that only fill
  };
  std::optional<Entry> find(std::int64_t series);

  /// Begins the builder's series with what the file has of [from, to), with room for `room` candles more. How many that
  /// are: 0, and nothing is done, if there are none or the file cannot be used.
  std::size_t take(const Entry& entry, Timestamp from, Timestamp to, std::size_t room, SeriesBuilder& builder);

  /// Keeps the candles before `until` (days since 1970) in a file; files that belong to no series go. Inside of a
  /// transaction. Throws btk::Error when the file cannot be written.
  void keep(std::int64_t series, const lua::LoadedCandles& candles, std::int64_t until);

  /// A day was written or removed.
  void forget(std::int64_t series, std::int64_t day);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path path_of(std::int64_t token) const;
  void sweep();

  Database& database_;
  std::filesystem::path folder_;
};

}  // namespace btk::host
