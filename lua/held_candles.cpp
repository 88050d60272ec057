#include "lua/held_candles.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/error.h"
#include "lua/shared_columns.h"

namespace btk::lua {
namespace {

constexpr std::size_t kRoom = 2 * 1440;  ///< candles that a growing series has room for at least

void append_candle(CandleSeries& series, const Candle& c) { series.push(c.open, c.high, c.low, c.close, c.volume); }

/// The candles of `minutes` that follow the end of `longer` and are complete, put together as resample() does.
void append_whole(CandleSeries& longer, const CandleSeries& minutes) {
  const auto per_candle = static_cast<std::size_t>(longer.step() / minutes.step());
  while (longer.end() + longer.step() <= minutes.end()) {
    auto i = static_cast<std::size_t>((longer.end() - minutes.first()) / minutes.step());
    const std::size_t end = i + per_candle;
    Candle sum = minutes.at(i);
    while (++i < end) {
      const Candle c = minutes.at(i);
      sum.high = c.high > sum.high ? c.high : sum.high;
      sum.low = c.low < sum.low ? c.low : sum.low;
      sum.volume += c.volume;
      sum.close = c.close;
    }
    append_candle(longer, sum);
  }
}

}  // namespace

std::shared_ptr<const LoadedCandles> part(const LoadedCandles& loaded, Timestamp from, Timestamp to) {
  auto out = std::make_shared<LoadedCandles>();
  out->series = loaded.series.part(from, to);
  for (const Gap& gap : loaded.gaps) {
    const Timestamp begin = std::max(gap.from, out->series.first());
    const Timestamp end = std::min(gap.from + static_cast<Timestamp>(gap.candles) * kMinute, out->series.end());
    if (begin < end) out->gaps.push_back({begin, static_cast<std::size_t>((end - begin) / kMinute)});
  }
  out->duplicates = loaded.duplicates;
  return out;
}

HeldCandles::HeldCandles(std::shared_ptr<const LoadedCandles> loaded, std::shared_ptr<KeptSeries> kept, bool growing,
                         std::shared_ptr<SharedColumns> shared)
    : loaded_(std::move(loaded)), kept_(std::move(kept)), shared_(std::move(shared)) {
  if (!growing) return;
  mine_ = std::make_shared<LoadedCandles>(*loaded_);
  capacity_ = mine_->series.size() * 2 + kRoom;
  mine_->series.reserve(capacity_);
  loaded_ = mine_;
}

const CandleSeries& HeldCandles::series(Interval interval) {
  if (interval == Interval::m1) return minutes();
  if (mine_) return grown(interval);
  auto& longer = longer_[interval];
  if (!longer) {
    longer = shared_ ? shared_->longer(loaded_, interval) : std::make_shared<const CandleSeries>(minutes().resample(interval));
  }
  return *longer;
}

const CandleSeries& HeldCandles::grown(Interval interval) {
  auto& [longer, capacity] = growing_[interval];
  if (!longer) {
    longer = std::make_shared<CandleSeries>(minutes().resample(interval));
    capacity = longer->size() * 2 + kRoom;
    longer->reserve(capacity);
    return *longer;
  }
  if (longer->end() + longer->step() > minutes().end()) return *longer;
  const auto size = static_cast<std::size_t>((minutes().end() - longer->first()) / longer->step());
  if (size > capacity) {
    auto bigger = std::make_shared<CandleSeries>(*longer);
    capacity = size * 2;
    bigger->reserve(capacity);
    keep(std::exchange(longer, std::move(bigger)));
  }
  append_whole(*longer, minutes());
  return *longer;
}

void HeldCandles::replace(std::shared_ptr<const LoadedCandles> other) {
  keep(std::exchange(loaded_, std::move(other)));
  for (auto& [interval, series] : longer_) keep(std::move(series));
  for (auto& [interval, growing] : growing_) keep(std::move(growing.series));
  longer_.clear();
  growing_.clear();
}

bool HeldCandles::prepend(const LoadedCandles& earlier) {
  const LoadedCandles& present = *loaded_;
  const CandleSeries& front = earlier.series;
  if (front.empty() || front.first() >= present.series.first()) return false;
  SeriesBuilder builder(Interval::m1, GapPolicy::fill);
  builder.reserve(front.size() + (mine_ ? capacity_ : present.series.size()));
  for (std::size_t i = 0; i < front.size() && front.time(i) < present.series.first(); ++i) builder.add(front.at(i));
  for (std::size_t i = 0; i < present.series.size(); ++i) builder.add(present.series.at(i));
  auto together = std::make_shared<LoadedCandles>();
  for (const auto& gaps : {earlier.gaps, builder.gaps(), present.gaps}) {
    together->gaps.insert(together->gaps.end(), gaps.begin(), gaps.end());
  }
  together->duplicates = earlier.duplicates + present.duplicates;
  together->series = builder.take();
  if (mine_) {
    capacity_ = together->series.size() * 2 + kRoom;
    together->series.reserve(capacity_);
    mine_ = together;
  }
  replace(std::move(together));
  return true;
}

void HeldCandles::make_room(std::size_t more) {
  if (mine_->series.size() + more <= capacity_) return;
  auto bigger = std::make_shared<LoadedCandles>(*mine_);
  capacity_ = (bigger->series.size() + more) * 2;
  bigger->series.reserve(capacity_);
  mine_ = bigger;
  keep(std::exchange(loaded_, std::move(bigger)));
}

void HeldCandles::append(std::span<const Candle> candles, GapPolicy policy) {
  Timestamp end = minutes().end();
  std::vector<Gap> gaps;
  std::size_t skipped = 0;
  for (const Candle& c : candles) {
    if (c.timestamp < minutes().end() && end == minutes().end()) {
      ++skipped;
      continue;
    }
    const std::string fault = c.timestamp % kMinute != 0 ? std::string("it does not open on a minute")
                              : c.timestamp < end        ? std::string("it comes after a later one")
                                                         : candle_fault(c);
    if (!fault.empty()) throw Error(fmt::format("candle of {}: {}", format_minute(c.timestamp), fault));
    if (c.timestamp > end && !minutes().empty()) {
      gaps.push_back({end, static_cast<std::size_t>((c.timestamp - end) / kMinute)});
      if (policy == GapPolicy::error) {
        throw Error(describe(gaps.back(), Interval::m1) + "; use gaps = \"fill\" or complete the data");
      }
    }
    end = c.timestamp + kMinute;
  }
  make_room(static_cast<std::size_t>((end - minutes().end()) / kMinute));
  for (const Candle& c : candles.subspan(skipped)) {
    while (mine_->series.end() < c.timestamp) {
      const double close = mine_->series.close().back();
      mine_->series.push(close, close, close, close, 0);
    }
    append_candle(mine_->series, c);
  }
  mine_->gaps.insert(mine_->gaps.end(), gaps.begin(), gaps.end());
}

void HeldCandles::hand_over(std::shared_ptr<KeptSeries> to) {
  keep(loaded_);
  for (const auto& [interval, series] : longer_) keep(series);
  for (const auto& [interval, growing] : growing_) keep(growing.series);
  kept_ = std::move(to);
}

}  // namespace btk::lua
