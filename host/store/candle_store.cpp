#include "host/store/candle_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "host/store/candle_day.h"
#include "host/store/large_pages.h"
#include "host/store/migrations.h"

namespace btk::host {
namespace {

// Entry i takes a store from version i to i + 1. Never change one that was released: add the next.
constexpr const char* kCandleMigrations[] = {
    // `key` is series * 2^32 + day since 1970. The index answers list() without touching the large rows.
    "create table candle_series (id integer primary key, exchange text not null, symbol text not null,"
    "  interval text not null, unique (exchange, symbol, interval)) strict;"
    "create table candle_days (key integer primary key, first integer not null, last integer not null,"
    "  count integer not null, open blob not null, high blob not null, low blob not null, close blob not "
    "null,"
    "  volume blob not null) strict;"
    "create index candle_days_extent on candle_days (key, first, last, count);",
    // Ranges [first, last) in ms that an exchange answered completely. They neither overlap nor touch.
    "create table candle_covered (series integer not null, first integer not null, last integer not null,"
    "  primary key (series, first)) strict, without rowid;",
    // The file `token` has the `candles` candles from `first` (ms) to the day `until`, which it has not; `gaps` of them
    // only fill.
    "create table candle_columns (series integer primary key, token integer not null, first integer not null,"
    "  candles integer not null, until integer not null, gaps blob not null) strict;",
};

constexpr std::size_t kWorthAFile = 50'000;  // candles; less are copied in half a millisecond

// Times that a key has room for; also keeps sums of times from overflowing.
constexpr Timestamp kLastTime = 253'402'300'800'000;  // year 10000
constexpr std::int64_t kDays = kLastTime / kDay;

/// While it lives, a lock of another process is not waited for.
class Impatience {
 public:
  Impatience(Database& database, int busy_ms) : database_(database), busy_ms_(busy_ms) {
    sqlite3_busy_timeout(database_.handle(), 0);
  }
  ~Impatience() { sqlite3_busy_timeout(database_.handle(), busy_ms_); }
  Impatience(const Impatience&) = delete;
  Impatience& operator=(const Impatience&) = delete;

 private:
  Database& database_;
  int busy_ms_;
};

}  // namespace

CandleStore::CandleStore(const std::filesystem::path& path, Database::Mode mode, int busy_ms)
    : database_(path, mode, "candle store", busy_ms), columns_(database_, path), path_(path.string()), busy_ms_(busy_ms) {
  if (mode == Database::Mode::create) {
    // A day of minutes fits one page of this size; it only counts for a file that is still empty.
    database_.run("pragma page_size = 65536");
    database_.run("pragma journal_mode = wal");
    database_.run("pragma synchronous = normal");
  } else {
    // Saves one of the two copies of a run's candles. A store only grows, so no mapped page goes away.
    database_.run("pragma mmap_size = 17179869184");
  }
  check_tables(mode);
}

void CandleStore::throw_damaged() const {
  throw Error(fmt::format("candle store {} is damaged; move it away and fill a new one", path_));
}

void CandleStore::check_tables(Database::Mode mode) {
  if (mode == Database::Mode::existing &&
      !Statement(database_, "select 1 from sqlite_schema where name = 'candle_schema'").step()) {
    throw Error(fmt::format("{} has no candle tables; check the path, or fill a candle store first", path_));
  }
  migrate(database_, "candle_schema", "candle store " + path_, kCandleMigrations);
}

std::optional<std::int64_t> CandleStore::find(const SeriesKey& key) {
  Statement row(database_, "select id from candle_series where exchange = ? and symbol = ? and interval = ?");
  row.bind(1, key.exchange).bind(2, key.symbol).bind(3, to_string(key.interval));
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

std::int64_t CandleStore::find_or_add(const SeriesKey& key) {
  if (const auto id = find(key)) return *id;
  Statement insert(database_,
                   "insert into candle_series (exchange, symbol, interval) values (?, ?, ?) returning id");
  insert.bind(1, key.exchange).bind(2, key.symbol).bind(3, to_string(key.interval));
  insert.step();
  const std::int64_t id = insert.integer(0);
  insert.step();
  return id;
}

// Collects the candles of one day and writes them when the next day begins.
class CandleStore::DayWriter {
 public:
  DayWriter(CandleStore& store, std::int64_t series, Interval interval)
      : store_(store),
        series_(series),
        step_(length(interval)),
        day_(candles_per_day(interval)),
        select_(store.database_, "select open, high, low, close, volume from candle_days where key = ?"),
        replace_(store.database_, "replace into candle_days values (?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

  void add(const Candle& candle) {
    if (const std::string fault = candle_fault(candle); !fault.empty()) {
      throw Error(fmt::format("candle of {}: {}", format_minute(candle.timestamp), fault));
    }
    if (candle.timestamp < 0 || candle.timestamp >= kLastTime || candle.timestamp % step_ != 0) {
      throw Error(fmt::format("candle with timestamp {}: not a multiple of {} ms since 1970",
                              candle.timestamp, step_));
    }
    if (day_of(candle.timestamp) != number_) begin(day_of(candle.timestamp));
    day_.set(static_cast<std::size_t>((candle.timestamp - number_ * kDay) / step_), candle);
  }

  void flush() {
    if (number_ < 0) return;
    std::int64_t first = -1;
    std::int64_t last = -1;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < day_.columns[0].size(); ++i) {
      if (!day_.has(i)) continue;
      last = static_cast<std::int64_t>(i);
      if (first < 0) first = last;
      ++count;
    }
    replace_.bind(1, series_ * kSeriesStride + number_).bind(2, first).bind(3, last).bind(4, count);
    for (int k = 0; k < 5; ++k)
      replace_.bind(5 + k, std::as_bytes(std::span(day_.columns[static_cast<std::size_t>(k)])));
    replace_.step();
    replace_.reset();
    store_.columns_.forget(series_, number_);
  }

 private:
  void begin(std::int64_t number) {
    flush();
    number_ = number;
    day_ = CandleDay(day_.columns[0].size());
    select_.bind(1, series_ * kSeriesStride + number);
    if (select_.step() && !day_.take(select_, 0)) store_.throw_damaged();
    select_.reset();
  }

  CandleStore& store_;
  std::int64_t series_;
  Timestamp step_;
  std::int64_t number_ = -1;
  CandleDay day_;
  Statement select_;
  Statement replace_;
};

void CandleStore::write(const SeriesKey& key, std::span<const Candle> candles) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  {
    DayWriter writer(*this, find_or_add(key), key.interval);
    for (const Candle& candle : candles) writer.add(candle);
    writer.flush();
  }
  transaction.commit();
}

void CandleStore::write_complete(const SeriesKey& key, std::span<const Candle> candles, TimeRange range) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  {
    const std::int64_t series = find_or_add(key);
    DayWriter writer(*this, series, key.interval);
    for (const Candle& candle : candles) writer.add(candle);
    writer.flush();
    cover(series, range);
  }
  transaction.commit();
}

void CandleStore::write(const SeriesKey& key, const CandleSeries& series, std::span<const Gap> gaps) {
  if (series.interval() != key.interval) {
    throw Error(fmt::format("a series of {} cannot be stored as {}", to_string(series.interval()),
                            to_string(key.interval)));
  }
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  {
    DayWriter writer(*this, find_or_add(key), key.interval);
    std::size_t i = 0;
    const auto add_until = [&](std::size_t end) {
      for (; i < end; ++i) writer.add(series.at(i));
    };
    for (const Gap& gap : gaps) {
      const auto at = static_cast<std::size_t>(std::max<std::ptrdiff_t>(series.index_of(gap.from), 0));
      add_until(std::min(at, series.size()));
      i = std::min(at + gap.candles, series.size());
    }
    add_until(series.size());
    writer.flush();
  }
  transaction.commit();
}

std::int64_t CandleStore::days_of(std::int64_t series, std::int64_t from, std::int64_t until) {
  if (from >= until) return 0;
  Statement days(database_, "select count(*) from candle_days where key >= ? and key < ?");
  days.bind(1, series * kSeriesStride + from).bind(2, series * kSeriesStride + until).step();
  return days.integer(0);
}

void CandleStore::read_rows(std::int64_t series, TimeRange range, std::int64_t first_day, SeriesBuilder& builder) {
  const Timestamp step = builder.step();
  const std::int64_t base = series * kSeriesStride;
  CandleDay day(static_cast<std::size_t>(kDay / step));
  Statement rows(database_,
                 "select key, count, open, high, low, close, volume from candle_days where key between ? and ? "
                 "order by key");
  rows.bind(1, base + first_day).bind(2, base + day_of(range.to - 1));
  while (rows.step()) {
    const Timestamp begin = (rows.integer(0) - base) * kDay;
    const auto blobs = day.blobs(rows, 2);
    if (!blobs) throw_damaged();
    const bool whole = rows.integer(1) == static_cast<std::int64_t>(day.columns[0].size()) && begin >= range.from &&
                       begin + kDay <= range.to;
    if (whole && builder.add_columns(begin, *blobs)) continue;
    day.take(*blobs);
    for (std::size_t i = 0; i < day.columns[0].size(); ++i) {
      const Timestamp t = begin + static_cast<Timestamp>(i) * step;
      if (t >= range.from && t < range.to && day.has(i)) builder.add(day.at(i, t), path_);
    }
  }
}

lua::LoadedCandles CandleStore::read(const SeriesKey& key, Timestamp from, Timestamp to) {
  from = std::clamp<Timestamp>(from, 0, kLastTime);
  to = std::clamp<Timestamp>(to, 0, kLastTime);
  SeriesBuilder builder(key.interval, GapPolicy::fill);
  const std::lock_guard lock(mutex_);
  const std::optional<std::int64_t> series = find(key);
  if (series && from < to && read_series(*series, {from, to}, builder)) keep_columns(*series, key.interval);
  lua::LoadedCandles loaded;
  loaded.gaps = builder.gaps();
  loaded.series = builder.take();
  return loaded;
}

bool CandleStore::read_series(std::int64_t series, TimeRange range, SeriesBuilder& builder) {
  const auto candles = [&](std::int64_t days) { return static_cast<std::size_t>(days * (kDay / builder.step())); };
  std::int64_t first_day = day_of(range.from);
  const std::int64_t end_day = day_of(range.to - 1) + 1;
  const Transaction snapshot(database_, Transaction::Kind::read);
  std::size_t mapped = 0;
  if (const auto entry = columns_.find(series); entry && first_day < entry->until) {
    mapped = columns_.take(*entry, range.from, range.to, candles(days_of(series, entry->until, end_day)), builder);
    if (mapped > 0) first_day = entry->until;
  }
  const std::size_t copied = candles(days_of(series, first_day, end_day));
  if (mapped == 0) reserve_candles(builder, copied);
  if (copied > 0) read_rows(series, range, first_day, builder);
  return copied >= kWorthAFile && 2 * (copied + mapped) >= candles(days_of(series, 0, kDays));
}

void CandleStore::keep_columns(std::int64_t series, Interval interval) {
  const std::int64_t base = series * kSeriesStride;
  // Only a convenience of later runs: without it everything works, so nothing waits for it or fails with it.
  const Impatience impatience(database_, busy_ms_);
  try {
    Transaction transaction(database_);
    Statement newest(database_, "select key from candle_days where key between ? and ? order by key desc limit 1");
    if (!newest.bind(1, base).bind(2, base + kDays).step()) return;
    const std::int64_t until = newest.integer(0) - base;  // that day is still being written, as a rule
    newest.reset();
    SeriesBuilder builder(interval, GapPolicy::fill);
    reserve_candles(builder, static_cast<std::size_t>(days_of(series, 0, until)) * candles_per_day(interval));
    read_rows(series, {0, until * kDay}, 0, builder);
    lua::LoadedCandles all;
    all.gaps = builder.gaps();
    all.series = builder.take();
    if (all.series.empty()) return;
    columns_.keep(series, all, until);
    transaction.commit();
  } catch (const Error&) {
  }
}

std::vector<StoredSeries> CandleStore::list() {
  const std::lock_guard lock(mutex_);
  Statement names(database_,
                  "select id, exchange, symbol, interval from candle_series order by exchange, symbol, id");
  Statement days(database_,
                 "select key, first, last, count from candle_days indexed by candle_days_extent "
                 "where key between ? and ? order by key");
  std::vector<StoredSeries> result;
  while (names.step()) {
    const std::optional<Interval> interval = parse_interval(names.text(3));
    if (!interval) throw_damaged();
    StoredSeries series;
    series.key = {names.text(1), names.text(2), *interval};
    const std::int64_t base = names.integer(0) * kSeriesStride;
    const Timestamp step = length(*interval);
    days.bind(1, base).bind(2, base + kSeriesStride - 1);
    while (days.step()) {
      const Timestamp begin = (days.integer(0) - base) * kDay;
      if (series.candles == 0) series.first = begin + days.integer(1) * step;
      series.last = begin + days.integer(2) * step;
      series.candles += static_cast<std::size_t>(days.integer(3));
    }
    days.reset();
    if (series.candles == 0) continue;
    series.missing = static_cast<std::size_t>((series.last - series.first) / step) + 1 - series.candles;
    result.push_back(std::move(series));
  }
  return result;
}

}  // namespace btk::host
