#include "engine/candles.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "engine/error.h"
#include "engine/text.h"

namespace btk {
namespace {

// A wrong timestamp (a column in another unit, a typing error) looks like a huge gap. Filling it would eat
// the memory of the machine, so there is a limit for one gap and for all of them: one and ten years of
// minutes.
constexpr std::size_t kLongestGap = 366 * 1440;
constexpr std::size_t kMostFilled = 10 * kLongestGap;

// Where resampling starts: the first bucket that begins inside the series.
Timestamp align_up(Timestamp t, Timestamp step) { return align(t + step - 1, step); }

}  // namespace

// By integer arithmetic on the doubles' bits that compilers turn into vector
// instructions: positive finite doubles are the integers from 1 to kLargest, in the same order. Whatever is
// wrong sets the top bit of `wrong`. It is stricter in one thing only: a volume of -0.
bool are_sound(std::span<const double> open, std::span<const double> high, std::span<const double> low,
               std::span<const double> close, std::span<const double> volume) {
  constexpr std::uint64_t kLargest = 0x7FEF'FFFF'FFFF'FFFF;
  std::uint64_t wrong = 0;
  for (std::size_t i = 0; i < close.size(); ++i) {
    const auto o = std::bit_cast<std::uint64_t>(open[i]);
    const auto h = std::bit_cast<std::uint64_t>(high[i]);
    const auto l = std::bit_cast<std::uint64_t>(low[i]);
    const auto c = std::bit_cast<std::uint64_t>(close[i]);
    const auto v = std::bit_cast<std::uint64_t>(volume[i]);
    wrong |= (o - 1) | (kLargest - o) | (c - 1) | (kLargest - c) | (l - 1) | (kLargest - h) | (h - l);
    wrong |= v | (kLargest - v);
  }
  return wrong >> 63 == 0;
}

CandleSeries::CandleSeries(Interval interval, Timestamp first)
    : interval_(interval), step_(length(interval)), first_(first) {}

CandleSeries::CandleSeries(Interval interval, Timestamp first, Columns columns)
    : interval_(interval), step_(length(interval)), first_(first), open_(std::move(columns[0])), high_(std::move(columns[1])),
      low_(std::move(columns[2])), close_(std::move(columns[3])), volume_(std::move(columns[4])) {}

CandleSeries CandleSeries::part(Timestamp from, Timestamp to) const {
  const auto index = [this](Timestamp t) { return static_cast<std::size_t>(align_up(std::clamp(t, first_, end()) - first_, step_) / step_); };
  const std::size_t begin = index(from), count = std::max(begin, index(to)) - begin;
  const auto piece = [&](const Column& column) { return column.part(begin, count); };
  return {interval_, time(begin), {piece(open_), piece(high_), piece(low_), piece(close_), piece(volume_)}};
}

Candle CandleSeries::at(std::size_t i) const {
  if (i >= size()) throw std::out_of_range("CandleSeries::at");
  return {time(i), open_[i], high_[i], low_[i], close_[i], volume_[i]};
}

void CandleSeries::reserve(std::size_t candles) {
  for (auto* column : {&open_, &high_, &low_, &close_, &volume_}) column->reserve(candles);
}

CandleSeries CandleSeries::resample(Interval target) const {
  const Timestamp target_step = length(target);
  if (target_step % step_ != 0) {
    throw Error("candles of " + std::string(to_string(interval_)) + " cannot be put together to " +
                std::string(to_string(target)) + "; ask for a multiple of " +
                std::string(to_string(interval_)));
  }
  if (target == interval_) return *this;

  const Timestamp start = align_up(first_, target_step);
  CandleSeries result(target, start);
  if (start + target_step > end()) return result;

  const auto per_bucket = static_cast<std::size_t>(target_step / step_);
  const auto buckets = static_cast<std::size_t>((end() - start) / target_step);
  result.reserve(buckets);
  std::size_t i = static_cast<std::size_t>((start - first_) / step_);
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const double open = open_[i];
    double high = high_[i];
    double low = low_[i];
    double volume = volume_[i];
    for (std::size_t last = i + per_bucket; ++i < last;) {
      high = high_[i] > high ? high_[i] : high;
      low = low_[i] < low ? low_[i] : low;
      volume += volume_[i];
    }
    result.push(open, high, low, close_[i - 1], volume);
  }
  return result;
}

std::string describe(const Gap& gap, Interval interval) {
  const bool one = gap.candles == 1;
  std::string text = std::to_string(gap.candles) + (one ? " candle" : " candles") + " missing " +
                     (one ? "at " : "from ") + format_minute(gap.from);
  if (!one) {
    text += " to " + format_minute(gap.from + static_cast<Timestamp>(gap.candles - 1) * length(interval));
  }
  return text;
}

std::string candle_fault(const Candle& c) {
  struct Field {
    const char* name;
    double value;
  };
  const Field prices[] = {{"open", c.open}, {"high", c.high}, {"low", c.low}, {"close", c.close}};
  for (const Field& field : prices) {
    if (!std::isfinite(field.value)) return std::string(field.name) + " is not a finite number";
  }
  if (!std::isfinite(c.volume)) return "volume is not a finite number";
  for (const Field& field : prices) {
    if (field.value <= 0) return std::string(field.name) + " " + shortest(field.value) + " is not above zero";
  }
  if (c.volume < 0) return "volume " + shortest(c.volume) + " is negative";
  if (c.high < c.low) return "high " + shortest(c.high) + " is below low " + shortest(c.low);
  return {};
}

SeriesBuilder::SeriesBuilder(Interval interval, GapPolicy gaps) : series_(interval), policy_(gaps) {}

void SeriesBuilder::add_unusual(const Candle& row, std::string_view file, std::size_t line) {
  if (const std::string fault = candle_fault(row); !fault.empty()) reject(row, fault, file, line);
  const Timestamp step = series_.step_;
  // Sums of times in range stay far from overflow: years 1970 to 9999.
  if (row.timestamp < 0 || row.timestamp > 253'402'300'799'999) {
    reject(row, "timestamp " + std::to_string(row.timestamp) + " is no time in milliseconds since 1970", file,
           line);
  }
  if (row.timestamp % step != 0) {
    reject(row,
           "timestamp " + std::to_string(row.timestamp) + " is not a multiple of " +
               std::string(to_string(series_.interval_)) + " (" + std::to_string(step) + " ms)",
           file, line);
  }
  if (next_ == kNotStarted) {
    series_.first_ = next_ = row.timestamp;
  } else if (row.timestamp == next_ - step) {
    replace_last(row);
    return;
  } else if (row.timestamp < next_) {
    reject(row,
           "the candle of " + format_minute(row.timestamp) + " comes after the one of " +
               format_minute(next_ - step) + "; sort the rows by time",
           file, line);
  } else {
    fill_gap(row, file, line);
  }
  series_.push(row.open, row.high, row.low, row.close, row.volume);
  next_ += step;
}

void SeriesBuilder::fill_gap(const Candle& row, std::string_view file, std::size_t line) {
  const Gap gap{next_, static_cast<std::size_t>((row.timestamp - next_) / series_.step_)};
  if (policy_ == GapPolicy::error) {
    reject(row, describe(gap, series_.interval_) + "; use gaps = \"fill\" or complete the data", file, line);
  }
  filled_ += gap.candles;
  if (gap.candles > kLongestGap || filled_ > kMostFilled) {
    reject(row,
           describe(gap, series_.interval_) +
               ", too many to fill; check the timestamps or load the parts one by one",
           file, line);
  }
  const double close = series_.close_.back();
  for (std::size_t i = 0; i < gap.candles; ++i) series_.push(close, close, close, close, 0);
  next_ = row.timestamp;
  gaps_.push_back(gap);
}

void SeriesBuilder::replace_last(const Candle& row) {
  series_.open_.back() = row.open;
  series_.high_.back() = row.high;
  series_.low_.back() = row.low;
  series_.close_.back() = row.close;
  series_.volume_.back() = row.volume;
  ++duplicates_;
}

bool SeriesBuilder::add_columns(Timestamp first, const std::array<std::span<const std::byte>, 5>& columns) {
  const std::size_t added = columns[0].size() / sizeof(double);
  const bool starts = next_ == kNotStarted && added > 0 && first >= 0 && first % series_.step_ == 0;
  if (!starts && first != next_) return false;
  CandleSeries& s = series_;
  const std::size_t before = s.size();
  const std::array all = {&s.open_, &s.high_, &s.low_, &s.close_, &s.volume_};
  for (std::size_t k = 0; k < all.size(); ++k) all[k]->append(columns[k]);
  const auto tail = [&](const Column& column) { return column.view().subspan(before); };
  if (!are_sound(tail(s.open_), tail(s.high_), tail(s.low_), tail(s.close_), tail(s.volume_))) {
    for (auto* column : all) column->truncate(before);
    return false;
  }
  if (starts) series_.first_ = next_ = first;
  next_ += static_cast<Timestamp>(added) * series_.step_;
  return true;
}

bool SeriesBuilder::adopt(Timestamp first, CandleSeries::Columns columns, std::vector<Gap> gaps) {
  if (next_ != kNotStarted || columns[0].size() == 0 || first < 0 || first % series_.step_ != 0) return false;
  if (!are_sound(columns[0].view(), columns[1].view(), columns[2].view(), columns[3].view(), columns[4].view())) return false;
  series_ = CandleSeries(series_.interval_, first, std::move(columns));
  next_ = series_.end();
  for (const Gap& gap : gaps) filled_ += gap.candles;
  gaps_ = std::move(gaps);
  return true;
}

std::array<std::span<std::byte>, 5> SeriesBuilder::reserved() {
  const auto all = [](Column& column) {
    return std::span(reinterpret_cast<std::byte*>(column.data()), column.capacity() * sizeof(double));
  };
  CandleSeries& s = series_;
  return {all(s.open_), all(s.high_), all(s.low_), all(s.close_), all(s.volume_)};
}

CandleSeries SeriesBuilder::take() {
  CandleSeries result = std::move(series_);
  series_ = CandleSeries(result.interval_);
  next_ = kNotStarted;
  return result;
}

void SeriesBuilder::reject(const Candle& row, std::string_view what, std::string_view file,
                           std::size_t line) const {
  std::string sentence;
  if (!file.empty()) {
    sentence = std::string(file);
    if (line > 0) sentence += ":" + std::to_string(line);
  } else {
    sentence =
        "candle of " + (row.timestamp >= 0 ? format_minute(row.timestamp) : std::to_string(row.timestamp));
  }
  throw Error(sentence + ": " + std::string(what));
}

}  // namespace btk
