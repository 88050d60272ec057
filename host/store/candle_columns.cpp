#include "host/store/candle_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "host/store/candle_day.h"

namespace btk::host {
namespace {

static_assert(std::is_trivially_copyable_v<Gap> && sizeof(Gap) == 16, "gaps are stored as memory has them");

std::optional<std::vector<Gap>> gaps_of(std::span<const std::byte> bytes) {
  if (bytes.size() % sizeof(Gap) != 0) return std::nullopt;
  std::vector<Gap> gaps(bytes.size() / sizeof(Gap));
  if (!gaps.empty()) std::memcpy(gaps.data(), bytes.data(), bytes.size());
  return gaps;
}

std::int64_t random_token() {
  std::random_device random;
  return static_cast<std::int64_t>((std::uint64_t{random()} << 31) ^ random());
}

/// The candles [begin, end) of a series, by number.
struct Slice {
  std::ptrdiff_t begin = 0, end = 0;
  std::vector<Gap> gaps;  ///< inside of it
};

/// As if only the candles that are there had been read: a slice neither begins nor ends with candles that only fill.
Slice trimmed(std::ptrdiff_t begin, std::ptrdiff_t end, Timestamp first, Timestamp step, const std::vector<Gap>& gaps) {
  Slice slice{begin, end, {}};
  for (const Gap& gap : gaps) {
    const std::ptrdiff_t at = (gap.from - first) / step, after = at + static_cast<std::ptrdiff_t>(gap.candles);
    if (at <= slice.begin && slice.begin < after) slice.begin = after;
    if (at < slice.end && slice.end <= after) slice.end = at;
    if (slice.begin < at && after < slice.end) slice.gaps.push_back(gap);
  }
  return slice;
}

}  // namespace

CandleColumns::CandleColumns(Database& database, const std::filesystem::path& store)
    : database_(database), folder_(store.string() + "-columns") {}

std::filesystem::path CandleColumns::path_of(std::int64_t token) const { return folder_ / fmt::format("{:016x}.columns", token); }

std::optional<CandleColumns::Entry> CandleColumns::find(std::int64_t series) {
  Statement row(database_, "select token, first, candles, until, gaps from candle_columns where series = ?");
  if (!row.bind(1, series).step()) return std::nullopt;
  auto gaps = gaps_of(row.bytes(4));
  if (!gaps || row.integer(2) <= 0) return std::nullopt;
  return Entry{{path_of(row.integer(0)), row.integer(0), static_cast<std::size_t>(row.integer(2))},
               row.integer(1),
               row.integer(3),
               std::move(*gaps)};
}

std::size_t CandleColumns::take(const Entry& entry, Timestamp from, Timestamp to, std::size_t room, SeriesBuilder& builder) {
  const Timestamp first = entry.first, step = builder.step();
  const auto number = [&](Timestamp t) {  // of the first candle that opens at t or later
    const auto i = static_cast<std::ptrdiff_t>(align(t - first + step - 1, step) / step);
    return std::clamp<std::ptrdiff_t>(i, 0, static_cast<std::ptrdiff_t>(entry.file.candles));
  };
  Slice slice = trimmed(number(from), number(to), first, step, entry.gaps);
  if (slice.begin >= slice.end) return 0;
  const auto count = static_cast<std::size_t>(slice.end - slice.begin);
  auto columns = map_column_file(entry.file, static_cast<std::size_t>(slice.begin), count, room);
  if (!columns || !builder.adopt(first + slice.begin * step, std::move(*columns), std::move(slice.gaps))) return 0;
  return count;
}

void CandleColumns::keep(std::int64_t series, const lua::LoadedCandles& candles, std::int64_t until) {
  const CandleSeries& s = candles.series;
  if (!are_sound(s.open(), s.high(), s.low(), s.close(), s.volume())) return;  // a volume of -0
  const std::int64_t token = random_token();
  const ColumnFile file{path_of(token), token, s.size()};
  write_column_file(file, s);
  Statement row(database_, "replace into candle_columns values (?, ?, ?, ?, ?, ?)");
  row.bind(1, series).bind(2, token).bind(3, s.first()).bind(4, static_cast<std::int64_t>(file.candles));
  row.bind(5, until).bind(6, std::as_bytes(std::span(candles.gaps))).step();
  sweep();
}

void CandleColumns::forget(std::int64_t series, std::int64_t day) {
  Statement row(database_, "delete from candle_columns where series = ? and until > ?");
  row.bind(1, series).bind(2, day).step();
}

void CandleColumns::sweep() {
  std::set<std::filesystem::path> used;
  Statement tokens(database_, "select token from candle_columns");
  while (tokens.step()) used.insert(path_of(tokens.integer(0)));
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (!used.contains(entry.path()) && entry.path().extension() == ".columns") std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace btk::host
