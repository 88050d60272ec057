// One-minute (or longer) candles of one symbol as contiguous columns on a
// gap-free grid: the candle at index i opens at first() + i * step(). Built once
// by a SeriesBuilder, then read by the engine, by indicators and by scripts'
// views; it never changes while a run reads it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "engine/time.h"

namespace btk {

/// One candle. Prices in quote currency, volume in base currency.
struct Candle {
  Timestamp timestamp = 0;  ///< open time
  double open = 0, high = 0, low = 0, close = 0, volume = 0;
};

class CandleSeries {
 public:
  explicit CandleSeries(Interval interval = Interval::m1, Timestamp first = 0);

  Interval interval() const { return interval_; }
  Timestamp step() const { return step_; }
  std::size_t size() const { return close_.size(); }
  bool empty() const { return close_.empty(); }
  Timestamp first() const { return first_; }           ///< open time of candle 0
  Timestamp end() const { return first_ + static_cast<Timestamp>(size()) * step_; }  ///< first moment after the last candle
  Timestamp time(std::size_t i) const { return first_ + static_cast<Timestamp>(i) * step_; }
  /// Signed index of the candle that contains `t`; may lie outside 0..size()-1.
  std::ptrdiff_t index_of(Timestamp t) const { return (align(t - first_, step_)) / step_; }
  bool contains(Timestamp t) const { return t >= first_ && t < end(); }

  std::span<const double> open() const { return open_; }
  std::span<const double> high() const { return high_; }
  std::span<const double> low() const { return low_; }
  std::span<const double> close() const { return close_; }
  std::span<const double> volume() const { return volume_; }
  Candle at(std::size_t i) const;

  void reserve(std::size_t candles);
  /// Appends the candle that opens at end().
  void push(double open, double high, double low, double close, double volume);

  /// The candles of `target` whose minutes are all inside this series: open of the first, highest
  /// high, lowest low, close of the last, sum of volumes (left to right). Longer steps align to the epoch.
  CandleSeries resample(Interval target) const;

 private:
  Interval interval_;
  Timestamp step_;
  Timestamp first_;
  std::vector<double> open_, high_, low_, close_, volume_;
};

/// What to do about missing minutes.
enum class GapPolicy { fill, error };

/// Consecutive missing candles.
struct Gap {
  Timestamp from = 0;       ///< open time of the first missing candle
  std::size_t candles = 0;  ///< how many are missing
};

/// Turns rows in ascending time into a series: fills gaps with flat candles at the last close (volume
/// zero), lets the last of duplicate rows win, checks every candle. Throws btk::Error with `where`
/// (a file and line, or the like) in the sentence.
class SeriesBuilder {
 public:
  SeriesBuilder(Interval interval, GapPolicy gaps);

  /// `where` is only turned into text for an error: "file.csv:12".
  void add(const Candle& row, std::string_view file = {}, std::size_t line = 0);
  void reserve(std::size_t candles) { series_.reserve(candles); }

  const std::vector<Gap>& gaps() const { return gaps_; }
  std::size_t duplicates() const { return duplicates_; }
  std::size_t size() const { return series_.size(); }
  /// Moves the finished series out.
  CandleSeries take();

 private:
  [[noreturn]] void reject(const Candle& row, std::string_view what, std::string_view file, std::size_t line) const;

  CandleSeries series_;
  GapPolicy policy_;
  bool started_ = false;
  std::vector<Gap> gaps_;
  std::size_t duplicates_ = 0;
};

}  // namespace btk
