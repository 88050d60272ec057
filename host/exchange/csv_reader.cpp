#include "host/exchange/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/error.h"
#include "host/exchange/decimal.h"

namespace btk::host {
namespace {

// 1e11 is the year 5138 in seconds and 1973 in milliseconds, and so on for the finer units.
constexpr Timestamp kFirstSeconds = 100'000'000;
constexpr Timestamp kFirstMs = 100'000'000'000;
constexpr Timestamp kFirstUs = 100'000'000'000'000;
constexpr Timestamp kFirstNs = 100'000'000'000'000'000;

std::optional<Timestamp> whole_ms(Timestamp value, Timestamp per_ms) {
  if (value % per_ms != 0) return std::nullopt;
  return value / per_ms;
}

std::optional<Timestamp> from_unix(Timestamp value) {
  if (value < kFirstSeconds) return std::nullopt;
  if (value < kFirstMs) return value * 1000;
  if (value < kFirstUs) return value;
  if (value < kFirstNs) return whole_ms(value, 1000);
  return whole_ms(value, 1'000'000);
}

const char* read_time(const char* p, Timestamp& time) {
  const char* const start = p;
  Timestamp value = 0;
  while (is_digit(*p) && p - start < 18) value = value * 10 + (*p++ - '0');
  if ((value >= kFirstMs) & (value < kFirstUs) & (*p == ',')) [[likely]] {
    time = value;
    return p;
  }
  while (*p != ',' && *p != '\n') ++p;
  std::string_view cell(start, static_cast<std::size_t>(p - start));
  if (cell.ends_with('\r')) cell.remove_suffix(1);
  const std::optional<Timestamp> found = read_time_cell(cell);
  if (!found) return nullptr;
  time = *found;
  return cell.data() + cell.size();
}

const char* skip_cell(const char* p) {
  while (*p != ',' && *p != '\n' && *p != '\r') ++p;
  return p;
}

// User data in a message: short and printable.
std::string quoted_excerpt(std::string_view text) {
  constexpr std::size_t kMost = 40;
  std::string shown(text.substr(0, kMost));
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = '?';
  }
  return fmt::format("\"{}{}\"", shown, text.size() > kMost ? "..." : "");
}

}  // namespace

std::optional<Timestamp> read_time_cell(std::string_view cell) {
  const char* const end = cell.data() + cell.size();
  Timestamp value = 0;
  const auto [stop, error] = std::from_chars(cell.data(), end, value);
  if (error == std::errc() && stop == end) return from_unix(value);
  // Spreadsheets and data frames like to write 1672531200000.0 or 1.6725312e+12.
  double real = 0;
  const auto [real_stop, real_error] = std::from_chars(cell.data(), end, real);
  if (real_error == std::errc() && real_stop == end) {
    if (!(real < 9e18) || real != std::floor(real)) return std::nullopt;
    return from_unix(static_cast<Timestamp>(real));
  }
  std::string date(cell);
  std::replace(date.begin(), date.end(), ' ', 'T');
  return parse_date(date);
}

CsvReader::CsvReader(const std::filesystem::path& path, std::size_t piece) : file_(path, piece) {
  if (!refill()) throw Error(fmt::format("{} is empty", name()));
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  std::string_view text(next_, static_cast<std::size_t>(end_ - next_));
  if (text.starts_with(kByteOrderMark)) {
    next_ += kByteOrderMark.size();
    text.remove_prefix(kByteOrderMark.size());
  }
  const std::string_view first_line = text.substr(0, text.find('\n'));
  layout_ = find_layout(first_line, name() + ":1");
  if (layout_.has_header) {
    next_ += first_line.size() + 1;
    line_ = 1;
    text.remove_prefix(first_line.size() + 1);
  }
  first_row_bytes_ = text.substr(0, text.find('\n')).size() + 1;
}

bool CsvReader::refill() {
  const std::string_view text = file_.next();
  next_ = text.data();
  end_ = text.data() + text.size();
  return !text.empty();
}

bool CsvReader::next(Candle& row) {
  for (;;) {
    if (next_ == end_ && !refill()) return false;
    ++line_;
    if (*next_ == '\n') [[unlikely]] {
      ++next_;
      continue;
    }
    if (*next_ == '\r' && next_[1] == '\n') [[unlikely]] {
      next_ += 2;
      continue;
    }
    const char* const stop = read_cells(next_, row);
    if (stop == nullptr) [[unlikely]] {
      reject_line();
    }
    next_ = stop;
    return true;
  }
}

// Returns the begin of the next line, or nullptr when this one does not read. The text ends with a line feed,
// which is where every scan stops.
const char* CsvReader::read_cells(const char* p, Candle& row) const {
  const CsvField* const last = &layout_.columns.back();
  for (const CsvField* field = layout_.columns.data();; ++field) {
    switch (*field) {
      case CsvField::time:
        p = read_time(p, row.timestamp);
        break;
      case CsvField::open:
        p = read_decimal(p, end_, row.open);
        break;
      case CsvField::high:
        p = read_decimal(p, end_, row.high);
        break;
      case CsvField::low:
        p = read_decimal(p, end_, row.low);
        break;
      case CsvField::close:
        p = read_decimal(p, end_, row.close);
        break;
      case CsvField::volume:
        p = read_decimal(p, end_, row.volume);
        break;
      case CsvField::other:
        p = skip_cell(p);
        break;
    }
    if (p == nullptr) return nullptr;
    if (field == last) break;
    if (*p++ != ',') return nullptr;
  }
  if (*p == '\r') ++p;
  return *p == '\n' ? p + 1 : nullptr;
}

void CsvReader::reject_line() const {
  const char* const feed =
      static_cast<const char*>(std::memchr(next_, '\n', static_cast<std::size_t>(end_ - next_)));
  const std::vector<std::string_view> cells = split_cells({next_, static_cast<std::size_t>(feed - next_)});
  const std::string where = fmt::format("{}:{}", name(), line_);
  if (cells.size() != layout_.columns.size()) {
    throw Error(fmt::format("{}: {} column{} instead of {}", where, cells.size(),
                            cells.size() == 1 ? "" : "s", layout_.columns.size()));
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const CsvField field = layout_.columns[i];
    if (field == CsvField::other) continue;
    if (field == CsvField::time) {
      if (!read_time_cell(cells[i])) {
        throw Error(fmt::format("{}: timestamp {} is no time (milliseconds since 1970, or a date)", where,
                                quoted_excerpt(cells[i])));
      }
      continue;
    }
    double value = 0;
    const char* const end = cells[i].data() + cells[i].size();
    const auto [stop, error] = std::from_chars(cells[i].data(), end, value);
    if (error != std::errc() || stop != end) {
      throw Error(fmt::format("{}: {} {} is not a number", where, to_string(field), quoted_excerpt(cells[i])));
    }
  }
  throw Error(fmt::format("{}: the row does not read: {}", where,
                          quoted_excerpt({next_, static_cast<std::size_t>(feed - next_)})));
}

std::size_t CsvReader::rows_hint() const {
  // One percent more: rows grow and shrink with the price.
  const std::size_t rows = file_.size_hint() / std::max<std::size_t>(first_row_bytes_, 12);
  return rows + rows / 100 + 16;
}

}  // namespace btk::host
