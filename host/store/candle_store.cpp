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
    // The file `token` has the `candles` candles from `first` (ms) of the days [since, until); `gaps` of them only fill.
    // Whoever changes one of these days, an older btkhost too, removes the entry.
    "create table candle_columns (series integer primary key, token integer not null, first integer not null,"
    "  candles integer not null, since integer not null, until integer not null, gaps blob not null) strict;"
    "create trigger candle_days_inserted after insert on candle_days begin delete from candle_columns where"
    "  series = new.key >> 32 and since <= (new.key & 4294967295) and until > (new.key & 4294967295); end;"
    "create trigger candle_days_updated after update on candle_days begin delete from candle_columns where"
    "  series = new.key >> 32 and since <= (new.key & 4294967295) and until > (new.key & 4294967295); end;"
    "create trigger candle_days_deleted after delete on candle_days begin delete from candle_columns where"
    "  series = old.key >> 32 and since <= (old.key & 4294967295) and until > (old.key & 4294967295); end;",
};

// Times that a key has room for; also keeps sums of times from overflowing.
constexpr Timestamp kLastTime = 253'402'300'800'000;  // year 10000
constexpr std::int64_t kDays = kLastTime / kDay;

}  // namespace

CandleStore::CandleStore(const std::filesystem::path& path, Database::Mode mode, int busy_ms)
    : database_(path, mode, "candle store", busy_ms), columns_(database_, path), path_(path.string()) {
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
  try {
    migrate(database_, "candle_schema", "candle store " + path_, kCandleMigrations);
  } catch (const WriteError&) {
    if (mode == Database::Mode::create) throw;
    // An older store that may only be read: the candles are where they always were.
  }
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

  const CandleStore& store_;
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
  const std::int64_t version = columns_.version();
  const std::optional<std::int64_t> series = find(key);
  std::optional<CandleColumns::Days> days;
  if (series && from < to) days = read_series(*series, {from, to}, builder);
  lua::LoadedCandles loaded;
  loaded.gaps = builder.gaps();
  loaded.series = builder.take();
  if (days) columns_.keep(*series, loaded, *days, version);
  return loaded;
}

std::optional<CandleColumns::Days> CandleStore::read_series(std::int64_t series, TimeRange range, SeriesBuilder& builder) {
  const auto candles = [&](std::int64_t days) { return static_cast<std::size_t>(days * (kDay / builder.step())); };
  std::int64_t first_day = day_of(range.from);
  const std::int64_t end_day = day_of(range.to - 1) + 1;
  const Transaction snapshot(database_, Transaction::Kind::read);
  auto entry = columns_.find(series);
  if (entry && entry->days.since <= first_day && first_day < entry->days.until) {
    const std::size_t room = candles(days_of(series, entry->days.until, end_day));
    if (columns_.take(*entry, range.from, range.to, room, builder) > 0) {
      first_day = entry->days.until;
    } else {
      entry.reset();  // damaged, or nothing of the range is in it
    }
  }
  const std::size_t copied = candles(days_of(series, first_day, end_day));
  if (builder.size() == 0) reserve_candles(builder, copied);
  if (copied > 0) read_rows(series, range, first_day, builder);
  if (copied < CandleColumns::kWorthAFile) return std::nullopt;

  Statement newest(database_, "select key from candle_days where key between ? and ? order by key desc limit 1");
  newest.bind(1, series * kSeriesStride).bind(2, series * kSeriesStride + kDays).step();
  // Whole days only. The newest one is still being written, as a rule.
  const CandleColumns::Days days{day_of(range.from + kDay - 1), std::min(day_of(range.to), newest.integer(0) - series * kSeriesStride)};
  // Who looks at another part of the series must not take its file from who reads more of it.
  if (entry && (days.since > entry->days.since || days.until < entry->days.until)) return std::nullopt;
  return days;
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
