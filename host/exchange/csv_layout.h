// Which column of a CSV file is what: found by the names in its header row, or Binance's twelve
// columns (or just the first six of them) when there is no header.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace btk::host {

enum class CsvField : std::uint8_t { time, open, high, low, close, volume, other };

std::string_view to_string(CsvField field);

struct CsvLayout {
  std::vector<CsvField> columns;
  bool has_header = false;
};

/// From the first line (without its line feed). `where` begins the sentence of an error: "file.csv:1".
CsvLayout find_layout(std::string_view first_line, std::string_view where);

/// The cells of a line. Quotes have no meaning: numbers need none.
std::vector<std::string_view> split_cells(std::string_view line);

}  // namespace btk::host
