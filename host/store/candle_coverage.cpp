// What the candle store knows about completeness: ranges that an exchange has
// answered, holes, and what is removed again.
#include <fmt/format.h>

#include <algorithm>

#include "host/store/candle_day.h"
#include "host/store/candle_store.h"

namespace btk::host {
namespace {

bool same_candles(const CandleSeries& a, const CandleSeries& b) {
  const auto equal = [](std::span<const double> x, std::span<const double> y) { return std::ranges::equal(x, y); };
  return a.first() == b.first() && equal(a.open(), b.open()) && equal(a.high(), b.high()) && equal(a.low(), b.low()) &&
         equal(a.close(), b.close()) && equal(a.volume(), b.volume());
}

}  // namespace

void CandleStore::cover(std::int64_t series, TimeRange range) {
  if (range.from >= range.to) return;
  {
    // Ranges that overlap or touch become one with the new one.
    Statement rows(database_, "select first, last from candle_covered where series = ? and first <= ? and last >= ?");
    rows.bind(1, series).bind(2, range.to).bind(3, range.from);
    const TimeRange asked = range;
    while (rows.step()) {
      range.from = std::min(range.from, rows.integer(0));
      range.to = std::max(range.to, rows.integer(1));
    }
    Statement remove(database_, "delete from candle_covered where series = ? and first <= ? and last >= ?");
    remove.bind(1, series).bind(2, asked.to).bind(3, asked.from).step();
  }
  Statement insert(database_, "insert into candle_covered values (?, ?, ?)");
  insert.bind(1, series).bind(2, range.from).bind(3, range.to).step();
}

std::vector<TimeRange> CandleStore::uncovered_of(std::int64_t series, Timestamp from, Timestamp to) {
  std::vector<TimeRange> open;
  Statement rows(database_,
                 "select first, last from candle_covered where series = ? and first < ? and last > ? order by first");
  rows.bind(1, series).bind(2, to).bind(3, from);
  while (rows.step()) {
    if (rows.integer(0) > from) open.push_back({from, rows.integer(0)});
    from = std::max(from, rows.integer(1));
  }
  if (from < to) open.push_back({from, to});
  return open;
}

std::vector<TimeRange> CandleStore::uncovered(const SeriesKey& key, Timestamp from, Timestamp to) {
  if (from >= to) return {};
  const std::lock_guard lock(mutex_);
  const std::optional<std::int64_t> series = find(key);
  return series ? uncovered_of(*series, from, to) : std::vector<TimeRange>{{from, to}};
}

SeriesCheck CandleStore::check(const SeriesKey& key) {
  SeriesCheck result;
  const std::lock_guard lock(mutex_);
  const std::optional<std::int64_t> series = find(key);
  if (!series) return result;
  const std::int64_t base = *series * kSeriesStride;
  const Timestamp step = length(key.interval);
  const auto count = [step](const TimeRange& range) { return static_cast<std::size_t>((range.to - range.from) / step); };
  const auto missing = [&](Timestamp from, Timestamp to) {
    for (Timestamp at = from; at < to;) {
      const auto open = uncovered_of(*series, at, to);
      const Timestamp hole = open.empty() ? to : align(open.front().from, step);
      if (at < hole) result.quiet.push_back({at, count({at, hole})});
      if (open.empty()) break;
      const Timestamp end = std::min(to, align(open.front().to + step - 1, step));
      const Timestamp begin = std::max(at, hole);
      result.holes.push_back({begin, count({begin, end})});
      at = end;
    }
  };

  Statement rows(database_,
                 "select key, first, last, count, open, high, low, close, volume from candle_days "
                 "where key between ? and ? order by key");
  rows.bind(1, base).bind(2, base + kSeriesStride - 1);
  std::optional<Timestamp> next;  // where the next candle should be
  CandleDay day(candles_per_day(key.interval));
  while (rows.step()) {
    const Timestamp begin = (rows.integer(0) - base) * kDay;
    const std::string name = format_minute(begin).substr(0, 10);
    if (!day.take(rows, 4)) {
      result.faults.push_back(fmt::format("{}: the day is damaged", name));
      continue;
    }
    std::int64_t found = 0;
    for (std::size_t i = 0; i < day.columns[3].size(); ++i) {
      if (!day.has(i)) continue;
      ++found;
      const Timestamp t = begin + static_cast<Timestamp>(i) * step;
      if (const std::string fault = candle_fault(day.at(i, t)); !fault.empty()) {
        result.faults.push_back(fmt::format("{}: {}", format_minute(t), fault));
      }
      if (next && *next < t) missing(*next, t);
      next = t + step;
    }
    if (found != rows.integer(3)) {
      result.faults.push_back(fmt::format("{}: the day has {} candles and says {}", name, found, rows.integer(3)));
    }
  }
  rows.reset();
  if (result.faults.empty()) check_columns(*series, key.interval, result);
  return result;
}

void CandleStore::check_columns(std::int64_t series, Interval interval, SeriesCheck& result) {
  const Transaction snapshot(database_, Transaction::Kind::read);
  const auto entry = columns_.find(series);
  if (!entry) return;
  const TimeRange kept{entry->days.since * kDay, entry->days.until * kDay};
  SeriesBuilder copy(interval, GapPolicy::fill), days(interval, GapPolicy::fill);
  if (columns_.take(*entry, kept.from, kept.to, 0, copy) == 0) return;  // not used by anybody
  read_rows(series, kept, entry->days.since, days);
  const bool right = std::ranges::equal(copy.gaps(), days.gaps()) && same_candles(copy.take(), days.take());
  if (!right) result.faults.push_back(fmt::format("{} is not what the days of the store are; remove it", entry->file.path.string()));
}

std::size_t CandleStore::prune(const SeriesKey& key, Timestamp before) {
  before = align(before, kDay);
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  const std::optional<std::int64_t> series = find(key);
  if (!series) return 0;
  std::size_t removed = 0;
  {
    const std::int64_t base = *series * kSeriesStride;
    Statement sum(database_, "select coalesce(sum(count), 0) from candle_days where key >= ? and key < ?");
    sum.bind(1, base).bind(2, base + day_of(before)).step();
    removed = static_cast<std::size_t>(sum.integer(0));
    Statement days(database_, "delete from candle_days where key >= ? and key < ?");
    days.bind(1, base).bind(2, base + day_of(before)).step();
    // A range that reaches over the edge begins there now.
    Statement over(database_, "select last from candle_covered where series = ? and first < ? and last > ?");
    const bool reaches = over.bind(1, *series).bind(2, before).bind(3, before).step();
    const TimeRange rest{before, reaches ? over.integer(0) : before};
    over.reset();
    Statement covered(database_, "delete from candle_covered where series = ? and first < ?");
    covered.bind(1, *series).bind(2, before).step();
    cover(*series, rest);
  }
  transaction.commit();
  if (removed > 0) columns_.sweep();
  return removed;
}

}  // namespace btk::host
