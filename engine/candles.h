// One-minute (or longer) candles of one symbol as contiguous columns on a
// gap-free grid: the candle at index i opens at first() + i * step(). Built once
// by a SeriesBuilder, then read by the engine, by indicators and by scripts'
// views; it never changes while a run reads it.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/column.h"
#include "engine/time.h"

namespace btk {

/// One candle. Prices in quote currency, volume in base currency.
struct Candle {
  Timestamp timestamp = 0;  ///< open time
  double open = 0, high = 0, low = 0, close = 0, volume = 0;
};

class CandleSeries {
 public:
  /// Open, high, low, close, volume; of equal size in a series.
  using Columns = std::array<Column, 5>;

  explicit CandleSeries(Interval interval = Interval::m1, Timestamp first = 0);
  /// Takes the columns over as they are: what may be unsound goes through SeriesBuilder::adopt.
  CandleSeries(Interval interval, Timestamp first, Columns columns);

  Interval interval() const { return interval_; }
  Timestamp step() const { return step_; }
  std::size_t size() const { return close_.size(); }
  bool empty() const { return close_.size() == 0; }
  Timestamp first() const { return first_; }  ///< open time of candle 0
  Timestamp end() const {
    return first_ + static_cast<Timestamp>(size()) * step_;
  }  ///< first moment after the last candle
  Timestamp time(std::size_t i) const { return first_ + static_cast<Timestamp>(i) * step_; }
  /// Signed index of the candle that contains `t`; may lie outside 0..size()-1.
  std::ptrdiff_t index_of(Timestamp t) const { return (align(t - first_, step_)) / step_; }
  bool contains(Timestamp t) const { return t >= first_ && t < end(); }

  std::span<const double> open() const { return open_.view(); }
  std::span<const double> high() const { return high_.view(); }
  std::span<const double> low() const { return low_.view(); }
  std::span<const double> close() const { return close_.view(); }
  std::span<const double> volume() const { return volume_.view(); }
  Candle at(std::size_t i) const;
  /// The candles that open in [from, to), in the same memory: without a copy, for series that change no more.
  CandleSeries part(Timestamp from, Timestamp to) const;

  void reserve(std::size_t candles);
  /// Appends the candle that opens at end(). Nothing is checked here: that is SeriesBuilder's work.
  void push(double open, double high, double low, double close, double volume) {
    open_.push_back(open);
    high_.push_back(high);
    low_.push_back(low);
    close_.push_back(close);
    volume_.push_back(volume);
  }

  /// The candles of `target` whose minutes are all inside this series: open of the first, highest
  /// high, lowest low, close of the last, sum of volumes (left to right). Longer steps align to the epoch.
  /// Throws btk::Error when `target` is not a multiple of interval().
  CandleSeries resample(Interval target) const;

 private:
  friend class SeriesBuilder;

  Interval interval_;
  Timestamp step_;
  Timestamp first_;
  Column open_, high_, low_, close_, volume_;
};

/// What to do about missing minutes.
enum class GapPolicy { fill, error };

/// Consecutive missing candles.
struct Gap {
  Timestamp from = 0;       ///< open time of the first missing candle
  std::size_t candles = 0;  ///< how many are missing
  bool operator==(const Gap&) const = default;
};

/// "80 candles missing from 2023-03-24 12:40 to 2023-03-24 13:59"; both ends are open times, UTC.
std::string describe(const Gap& gap, Interval interval);

/// Why the engine cannot trade on this candle ("high 1 is below low 2"), or an empty text for a sound one:
/// numbers finite, prices above zero, volume not negative, high not below low. Open and close may lie outside
/// [low, high].
std::string candle_fault(const Candle& candle);

/// The same question as a yes or no, without branches: it runs once for every row that is loaded.
inline bool is_sound(const Candle& c) {
  constexpr double kMax = std::numeric_limits<double>::max();
  return (c.low > 0) & (c.high >= c.low) & (c.high <= kMax) & (c.open > 0) & (c.open <= kMax) &
         (c.close > 0) & (c.close <= kMax) & (c.volume >= 0) & (c.volume <= kMax);
}

/// The same question about whole columns, many at a time. Stricter in one thing: a volume of -0 is not sound.
bool are_sound(std::span<const double> open, std::span<const double> high, std::span<const double> low,
               std::span<const double> close, std::span<const double> volume);

/// Turns rows in ascending time into a series: fills gaps with flat candles at the last close (volume
/// zero), lets the last of duplicate rows win, checks every candle. Throws btk::Error with the file and
/// line of the row (or its time) in the sentence; the builder is of no use afterwards.
class SeriesBuilder {
 public:
  SeriesBuilder(Interval interval, GapPolicy gaps);

  /// `file` and `line` are only turned into text for an error: "file.csv:12".
  void add(const Candle& row, std::string_view file = {}, std::size_t line = 0) {
    if ((row.timestamp == next_) & is_sound(row)) [[likely]] {
      series_.push(row.open, row.high, row.low, row.close, row.volume);
      next_ += series_.step_;
    } else {
      add_unusual(row, file, line);
    }
  }
  /// Appends whole columns (open, high, low, close, volume: doubles as memory has them, of equal size, at any
  /// alignment) whose first candle opens at `first`: many candles for the price of one copy. False, and nothing is done,
  /// unless they continue the series and every one is sound; add them one by one then.
  bool add_columns(Timestamp first, const std::array<std::span<const std::byte>, 5>& columns);
  /// Starts with columns whose first candle opens at `first`, without
  /// a copy. `gaps` are the candles among them that only fill. False, and nothing is done, unless the builder is still
  /// empty and every candle is sound.
  bool adopt(Timestamp first, CandleSeries::Columns columns, std::vector<Gap> gaps);
  void reserve(std::size_t candles) { series_.reserve(candles); }
  /// The memory that reserve() set aside for each column, for whoever knows how the machine hands it out.
  std::array<std::span<std::byte>, 5> reserved();

  const std::vector<Gap>& gaps() const { return gaps_; }
  std::size_t duplicates() const { return duplicates_; }
  std::size_t size() const { return series_.size(); }
  Timestamp step() const { return series_.step(); }
  /// Open time of the candle that should come next; meaningless before the first row.
  Timestamp next() const { return next_; }
  /// Moves the finished series out.
  CandleSeries take();

 private:
  /// The first row, a duplicate, a row after a gap, or one to reject.
  void add_unusual(const Candle& row, std::string_view file, std::size_t line);
  void fill_gap(const Candle& row, std::string_view file, std::size_t line);
  void replace_last(const Candle& row);
  [[noreturn]] void reject(const Candle& row, std::string_view what, std::string_view file,
                           std::size_t line) const;

  static constexpr Timestamp kNotStarted = std::numeric_limits<Timestamp>::min();

  CandleSeries series_;
  GapPolicy policy_;
  Timestamp next_ = kNotStarted;
  std::vector<Gap> gaps_;
  std::size_t duplicates_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace btk
