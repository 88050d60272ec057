// The candles of one CSV file (plain or .gz), row by row. Values are read, not judged: whether a
// candle makes sense and follows the one before is SeriesBuilder's business. Timestamps may be
// seconds, milliseconds, microseconds or nanoseconds since 1970 (told apart by their size, which
// is unambiguous from 1973 to 5138), or dates as parse_date reads them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/candles.h"
#include "host/exchange/csv_layout.h"
#include "host/exchange/text_file.h"

namespace btk::host {

class CsvReader {
 public:
  /// Reads the first lines. Throws btk::Error for a file that is missing, empty or has no candle columns.
  explicit CsvReader(const std::filesystem::path& path, std::size_t piece = 256 * 1024);

  /// The next row; false at the end of the file. Throws btk::Error ("file.csv:12: ...") for a row that does
  /// not read.
  bool next(Candle& row);
  /// Line of the row that next() gave, from 1.
  std::size_t line() const { return line_; }
  const std::string& name() const { return file_.name(); }
  /// About how many rows the file has.
  std::size_t rows_hint() const;

 private:
  bool refill();
  const char* read_cells(const char* p, Candle& row) const;
  [[noreturn]] void reject_line() const;

  TextFile file_;
  CsvLayout layout_;
  const char* next_ = nullptr;
  const char* end_ = nullptr;
  std::size_t line_ = 0;
  std::size_t first_row_bytes_ = 0;
};

/// A timestamp cell as milliseconds; nothing when it is none.
std::optional<Timestamp> read_time_cell(std::string_view cell);

}  // namespace btk::host
