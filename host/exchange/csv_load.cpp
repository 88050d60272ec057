#include "host/exchange/csv_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <limits>

#include "engine/error.h"
#include "host/exchange/csv_reader.h"
#include "host/store/large_pages.h"

namespace btk::host {
namespace {

constexpr std::size_t kMostReserved = 32'000'000;

// A row that waits for the file behind its own, which has the same times and may replace it.
struct HeldRow {
  Candle row;
  const std::string* file = nullptr;
  std::size_t line = 0;
};

class Merger {
 public:
  // Adds the rows of a file, of which those from `limit` (the begin of the next file) on are held back.
  void add_file(const std::filesystem::path& path, Timestamp limit, std::size_t files) {
    CsvReader reader(path);
    // Once, for all files, by the first; from then on the columns grow by doubling.
    if (names_.empty()) reserve_candles(builder_, std::min(reader.rows_hint() * files, kMostReserved));
    names_.push_back(reader.name());
    limit_ = limit;
    waiting_.swap(held_);
    held_.clear();

    Candle row;
    Timestamp previous = std::numeric_limits<Timestamp>::min();
    while (reader.next(row)) {
      if (waiting_.empty() && row.timestamp < limit && held_.empty()) [[likely]] {
        builder_.add(row, names_.back(), reader.line());
      } else {
        add_overlapping({row, &names_.back(), reader.line()}, previous);
      }
      previous = row.timestamp;
    }
    for (; !waiting_.empty(); waiting_.pop_front()) emit(waiting_.front());
    if (previous == std::numeric_limits<Timestamp>::min()) {
      throw Error(fmt::format("{} has no candles, only a header", reader.name()));
    }
  }

  lua::LoadedCandles take() {
    reject_longer_steps();
    lua::LoadedCandles loaded;
    loaded.gaps = builder_.gaps();
    loaded.duplicates = builder_.duplicates() + replaced_;
    loaded.series = builder_.take();
    return loaded;
  }

 private:
  void add_overlapping(const HeldRow& held, Timestamp previous) {
    const Timestamp t = held.row.timestamp;
    if (t < previous) {
      throw Error(fmt::format("{}:{}: the candle of {} comes after the one of {}; sort the rows by time",
                              *held.file, held.line, format_minute(t), format_minute(previous)));
    }
    for (; !waiting_.empty() && waiting_.front().row.timestamp <= t; waiting_.pop_front()) {
      if (waiting_.front().row.timestamp == t) {
        ++replaced_;
      } else {
        emit(waiting_.front());
      }
    }
    emit(held);
  }

  void emit(const HeldRow& held) {
    if (held.row.timestamp < limit_) {
      builder_.add(held.row, *held.file, held.line);
    } else {
      held_.push_back(held);
    }
  }

  // A file of 5m candles would otherwise load as one-minute candles of which four in five are missing. Such a file may have
  // holes, too, and a few minutes that stand together; a market without much trade has holes of all lengths.
  void reject_longer_steps() const {
    const std::vector<Gap>& gaps = builder_.gaps();
    const std::size_t steps = builder_.size() - filled() - 1;
    if (gaps.size() < 2 || (steps - gaps.size()) * 20 > steps) return;
    std::vector<std::size_t> missing;
    for (const Gap& gap : gaps) missing.push_back(gap.candles);
    const auto middle = missing.begin() + static_cast<std::ptrdiff_t>(missing.size() / 2);
    std::nth_element(missing.begin(), middle, missing.end());
    if (static_cast<std::size_t>(std::ranges::count(missing, *middle)) * 5 < missing.size() * 4) return;
    throw Error(fmt::format("{}: the candles are {} minutes apart; one-minute candles are needed", names_.front(), *middle + 1));
  }

  std::size_t filled() const {
    std::size_t sum = 0;
    for (const Gap& gap : builder_.gaps()) sum += gap.candles;
    return sum;
  }

  SeriesBuilder builder_{Interval::m1, GapPolicy::fill};
  std::deque<std::string> names_;  // a deque: held rows point to its elements
  std::deque<HeldRow> waiting_;    // from the files before, in order
  std::deque<HeldRow> held_;       // for the next file
  Timestamp limit_ = 0;
  std::size_t replaced_ = 0;
};

}  // namespace

std::vector<CsvFile> sort_by_first_row(const std::vector<std::filesystem::path>& paths) {
  constexpr std::size_t kPeek = 16 * 1024;
  std::vector<CsvFile> files;
  for (const std::filesystem::path& path : paths) {
    CsvReader reader(path, kPeek);
    Candle row;
    if (!reader.next(row)) throw Error(fmt::format("{} has no candles, only a header", reader.name()));
    files.push_back({path, row.timestamp});
  }
  std::stable_sort(files.begin(), files.end(),
                   [](const CsvFile& a, const CsvFile& b) { return a.first < b.first; });
  return files;
}

lua::LoadedCandles load_csv(const std::vector<CsvFile>& files) {
  Merger merger;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool last = i + 1 == files.size();
    merger.add_file(files[i].path, last ? std::numeric_limits<Timestamp>::max() : files[i + 1].first,
                    files.size());
  }
  return merger.take();
}

}  // namespace btk::host
