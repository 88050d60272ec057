#include "host/store/candle_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
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

/// The candles that open in [from, to) of a series that begins at `first`. As if only the candles that are there had
/// been read: a slice neither begins nor ends with candles that only fill.
Slice slice_of(Timestamp from, Timestamp to, Timestamp first, std::size_t candles, Timestamp step, const std::vector<Gap>& gaps) {
  const auto number = [&](Timestamp t) {  // of the first candle that opens at t or later
    const auto i = static_cast<std::ptrdiff_t>(align(t - first + step - 1, step) / step);
    return std::clamp<std::ptrdiff_t>(i, 0, static_cast<std::ptrdiff_t>(candles));
  };
  Slice slice{number(from), number(to), {}};
  for (const Gap& gap : gaps) {
    const std::ptrdiff_t at = (gap.from - first) / step, after = at + static_cast<std::ptrdiff_t>(gap.candles);
    if (at <= slice.begin && slice.begin < after) slice.begin = after;
    if (at < slice.end && slice.end <= after) slice.end = at;
    if (slice.begin < at && after < slice.end) slice.gaps.push_back(gap);
  }
  return slice;
}

/// A file that goes again unless it is kept.
class Draft {
 public:
  explicit Draft(std::filesystem::path path) : path_(std::move(path)) {}
  ~Draft() {
    std::error_code error;
    if (!kept_) std::filesystem::remove(path_, error);
  }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

/// While it lives, a lock of another process is not waited for.
class Impatience {
 public:
  explicit Impatience(Database& database) : database_(database) {
    Statement present(database_, "pragma busy_timeout");
    present.step();
    busy_ms_ = static_cast<int>(present.integer(0));
    sqlite3_busy_timeout(database_.handle(), 0);
  }
  ~Impatience() { sqlite3_busy_timeout(database_.handle(), busy_ms_); }
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;

 private:
  Database& database_;
  int busy_ms_ = 0;
};

}  // namespace

CandleColumns::CandleColumns(Database& database, const std::filesystem::path& store) : database_(database) {
  std::error_code error;
  const auto place = std::filesystem::weakly_canonical(store, error);  // a link and its file share the folder
  folder_ = (error ? store : place).string() + "-columns";
}

std::filesystem::path CandleColumns::path_of(std::int64_t token) const { return folder_ / fmt::format("{:016x}.columns", token); }

bool CandleColumns::exists() {
  if (!exists_) exists_ = Statement(database_, "select 1 from sqlite_schema where name = 'candle_columns'").step();
  return exists_;
}

std::optional<CandleColumns::Entry> CandleColumns::find(std::int64_t series) {
  if (!exists()) return std::nullopt;
  Statement row(database_, "select token, first, candles, since, until, gaps from candle_columns where series = ?");
  if (!row.bind(1, series).step()) return std::nullopt;
  auto gaps = gaps_of(row.bytes(5));
  if (!gaps || row.integer(2) <= 0) return std::nullopt;
  return Entry{{path_of(row.integer(0)), row.integer(0), static_cast<std::size_t>(row.integer(2))},
               row.integer(1),
               {row.integer(3), row.integer(4)},
               std::move(*gaps)};
}

std::size_t CandleColumns::take(const Entry& entry, Timestamp from, Timestamp to, std::size_t room, SeriesBuilder& builder) {
  const Timestamp step = builder.step();
  Slice slice = slice_of(from, to, entry.first, entry.file.candles, step, entry.gaps);
  if (slice.begin >= slice.end) return 0;
  const auto count = static_cast<std::size_t>(slice.end - slice.begin);
  auto columns = map_column_file(entry.file, static_cast<std::size_t>(slice.begin), count, room);
  if (!columns || !builder.adopt(entry.first + slice.begin * step, std::move(*columns), std::move(slice.gaps))) return 0;
  return count;
}

std::int64_t CandleColumns::version() {
  Statement row(database_, "pragma data_version");
  row.step();
  return row.integer(0);
}

void CandleColumns::keep(std::int64_t series, const lua::LoadedCandles& candles, Days days, std::int64_t version) {
  if (failed_ || !exists() || sqlite3_db_readonly(database_.handle(), "main") != 0) return;
  const Impatience impatience(database_);
  try {
    write(series, candles, days, version);
  } catch (const std::exception&) {
  }
}

void CandleColumns::write(std::int64_t series, const lua::LoadedCandles& candles, Days days, std::int64_t version) {
  const CandleSeries& s = candles.series;
  const Slice slice = slice_of(days.since * kDay, days.until * kDay, s.first(), s.size(), s.step(), candles.gaps);
  if (slice.end - slice.begin < static_cast<std::ptrdiff_t>(kWorthAFile)) return;
  const auto begin = static_cast<std::size_t>(slice.begin), count = static_cast<std::size_t>(slice.end - slice.begin);
  ColumnFile::Columns columns = {s.open(), s.high(), s.low(), s.close(), s.volume()};
  for (auto& column : columns) column = column.subspan(begin, count);
  if (!are_sound(columns[0], columns[1], columns[2], columns[3], columns[4])) return;  // a volume of -0

  sweep();
  const std::int64_t token = random_token();
  const ColumnFile file{path_of(token), token, count};
  Draft draft(file.path);
  failed_ = true;
  write_column_file(file, columns);
  failed_ = false;

  Transaction transaction(database_);
  // Another process wrote to the store meanwhile, perhaps another file of these days, or swept this one away.
  if (this->version() != version || !std::filesystem::exists(file.path)) return;
  const std::optional<Entry> before = find(series);
  Statement row(database_, "replace into candle_columns values (?, ?, ?, ?, ?, ?, ?)");
  row.bind(1, series).bind(2, token).bind(3, s.time(begin)).bind(4, static_cast<std::int64_t>(count));
  row.bind(5, days.since).bind(6, days.until).bind(7, std::as_bytes(std::span(slice.gaps))).step();
  row.reset();
  transaction.commit();
  draft.keep();
  std::error_code error;
  if (before) std::filesystem::remove(before->file.path, error);
}

void CandleColumns::sweep() {
  if (!exists()) return;
  constexpr auto kBeingWritten = std::chrono::minutes(1);  // by another process that has not entered it yet
  std::set<std::filesystem::path> used;
  Statement tokens(database_, "select token from candle_columns");
  while (tokens.step()) used.insert(path_of(tokens.integer(0)));
  std::error_code error;
  std::vector<std::filesystem::path> dead;
  for (std::filesystem::directory_iterator i(folder_, error), end; !error && i != end; i.increment(error)) {
    const auto written = i->last_write_time(error);
    const bool fresh = !error && written > std::filesystem::file_time_type::clock::now() - kBeingWritten;
    if (i->path().extension() == ".columns" && !used.contains(i->path()) && !fresh) dead.push_back(i->path());
  }
  for (const auto& path : dead) std::filesystem::remove(path, error);
}

}  // namespace btk::host
