// All rows of one symbol's CSV files as one series. Files may overlap; a minute that several
// files have is taken from the file that begins last.
#pragma once

#include <filesystem>
#include <vector>

#include "lua/candle_source.h"

namespace btk::host {

/// A file and the time of its first row.
struct CsvFile {
  std::filesystem::path path;
  Timestamp first = 0;
};

/// Looks into every file; sorted by the first row, equals by name.
std::vector<CsvFile> sort_by_first_row(const std::vector<std::filesystem::path>& paths);

/// `files` in the order of sort_by_first_row. Gaps are filled. Throws btk::Error.
lua::LoadedCandles load_csv(const std::vector<CsvFile>& files);

}  // namespace btk::host
