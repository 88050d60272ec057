#include "host/exchange/csv_layout.h"

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <span>
#include <string>

#include "engine/error.h"
#include "host/exchange/decimal.h"

namespace btk::host {
namespace {

constexpr std::array kWanted = {CsvField::time, CsvField::open,  CsvField::high,
                                CsvField::low,  CsvField::close, CsvField::volume};

// The names by which a column is known, the surest first: a file may have both "timestamp" and "date".
std::span<const std::string_view> known_names(CsvField field) {
  static constexpr std::string_view kTime[] = {"timestamp",  "open_time", "opentime", "time", "unix",
                                               "start_time", "datetime",  "date",     "ts",   "t"};
  static constexpr std::string_view kOpen[] = {"open", "o"};
  static constexpr std::string_view kHigh[] = {"high", "h"};
  static constexpr std::string_view kLow[] = {"low", "l"};
  static constexpr std::string_view kClose[] = {"close", "c"};
  static constexpr std::string_view kVolume[] = {"volume", "base_volume", "vol", "v"};
  switch (field) {
    case CsvField::time:
      return kTime;
    case CsvField::open:
      return kOpen;
    case CsvField::high:
      return kHigh;
    case CsvField::low:
      return kLow;
    case CsvField::close:
      return kClose;
    case CsvField::volume:
      return kVolume;
    case CsvField::other:
      break;
  }
  return {};
}

// "Open Time", "open_time" and "\"open time\"" are one name.
std::string normalized(std::string_view cell) {
  std::string name;
  for (const char c : cell) {
    if (c == '"' || c == '\r') continue;
    name += c == ' ' || c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const auto first = name.find_first_not_of('_');
  const auto last = name.find_last_not_of('_');
  return first == std::string::npos ? std::string() : name.substr(first, last - first + 1);
}

CsvLayout from_header(const std::vector<std::string_view>& cells, std::string_view where) {
  std::vector<std::string> names;
  for (const std::string_view cell : cells) names.push_back(normalized(cell));
  CsvLayout layout{std::vector<CsvField>(cells.size(), CsvField::other), true};
  for (const CsvField field : kWanted) {
    bool found = false;
    for (const std::string_view known : known_names(field)) {
      for (std::size_t i = 0; i < names.size() && !found; ++i) {
        if (names[i] != known) continue;
        layout.columns[i] = field;
        found = true;
      }
    }
    if (!found) {
      throw Error(fmt::format(
          "{}: the header has no column \"{}\"; name the columns timestamp, open, high, low, close, volume",
          where, to_string(field)));
    }
  }
  return layout;
}

}  // namespace

std::string_view to_string(CsvField field) {
  switch (field) {
    case CsvField::time:
      return "timestamp";
    case CsvField::open:
      return "open";
    case CsvField::high:
      return "high";
    case CsvField::low:
      return "low";
    case CsvField::close:
      return "close";
    case CsvField::volume:
      return "volume";
    case CsvField::other:
      break;
  }
  return "other";
}

std::vector<std::string_view> split_cells(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<std::string_view> cells;
  for (;;) {
    const auto comma = line.find(',');
    cells.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

CsvLayout find_layout(std::string_view first_line, std::string_view where) {
  const std::vector<std::string_view> cells = split_cells(first_line);
  const bool bare = !cells[0].empty() && is_digit(cells[0][0]);
  if (!bare) return from_header(cells, where);
  if (cells.size() != 6 && cells.size() != 12) {
    throw Error(fmt::format(
        "{}: {} columns and no header; write a first line that names them (timestamp, open, high, "
        "low, close, volume), or give six or Binance's twelve columns",
        where, cells.size()));
  }
  CsvLayout layout{{kWanted.begin(), kWanted.end()}, false};
  layout.columns.resize(cells.size(), CsvField::other);
  return layout;
}

}  // namespace btk::host
