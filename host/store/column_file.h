// One series' candles as a file of five columns that is mapped into memory instead of being read: no copy is made, and
// processes that read the same candles share the memory. A file is written once and never changed. What it means
// (which series, from when) its owner knows; here is only its form:
//
//   magic, token, candles (8 bytes each), then from multiples of 64 kB: open, high, low, close, volume
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "engine/candles.h"

namespace btk::host {

struct ColumnFile {
  using Columns = std::array<std::span<const double>, 5>;  ///< open, high, low, close, volume

  std::filesystem::path path;
  std::int64_t token = 0;  ///< a random number that says which file this is
  std::size_t candles = 0;
};

/// Writes the columns and waits until they are on the disk. Throws btk::Error when that fails, or would leave the disk
/// all but full; what was begun is the caller's to remove.
void write_column_file(const ColumnFile& file, const ColumnFile::Columns& columns);

/// `count` candles from the one at `from`, with room for `room` more behind them, which belong to the caller alone.
/// Nothing when the file is missing or is not what it should be.
std::optional<std::array<btk::Column, 5>> map_column_file(const ColumnFile& file, std::size_t from, std::size_t count,
                                                     std::size_t room);

}  // namespace btk::host
