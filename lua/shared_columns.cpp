#include "lua/shared_columns.h"

#include <algorithm>
#include <utility>

namespace btk::lua {
namespace {

constexpr std::size_t kCandleBytes = 5 * sizeof(double);

std::size_t rows_of(const LoadedCandles& candles, Interval interval) {
  return candles.series.size() / static_cast<std::size_t>(length(interval) / kMinute);
}

}  // namespace

SharedColumns::Kept* SharedColumns::find(const Key& key) {
  const auto found = kept_.find(key);
  if (found == kept_.end()) return nullptr;
  found->second.asked = ++asked_;
  return &found->second;
}

SharedColumns::Kept& SharedColumns::keep(const Key& key, Kept kept) {
  const auto longest_ago = [](const auto& a, const auto& b) { return a.second.asked < b.second.asked; };
  while (!kept_.empty() && bytes_ + kept.bytes > most_bytes_) {
    const auto oldest = std::ranges::min_element(kept_, longest_ago);
    bytes_ -= oldest->second.bytes;
    kept_.erase(oldest);
  }
  bytes_ += kept.bytes;
  kept.asked = ++asked_;
  return kept_[key] = std::move(kept);
}

std::shared_ptr<SharedColumn> SharedColumns::column(const std::shared_ptr<const LoadedCandles>& candles, Interval interval,
                                                    const IndicatorSpec& spec, Timestamp anchor) {
  const std::lock_guard lock(mutex_);
  const Key key{candles.get(), interval, spec, anchor};
  if (const Kept* known = find(key)) return known->column;
  const auto results = static_cast<std::size_t>(shape_of(spec).results);
  return keep(key, {.candles = candles, .column = std::make_shared<SharedColumn>(spec, anchor), .longer = {},
                    .bytes = rows_of(*candles, interval) * results * sizeof(double)})
      .column;
}

std::shared_ptr<CandleSeries> SharedColumns::longer(const std::shared_ptr<const LoadedCandles>& candles, Interval interval) {
  const std::lock_guard lock(mutex_);
  const Key key{candles.get(), interval, {.name = {}, .parameters = {}, .source = {}}, 0};
  if (const Kept* known = find(key)) return known->longer;
  return keep(key, {.candles = candles, .column = {}, .longer = std::make_shared<CandleSeries>(candles->series.resample(interval)),
                    .bytes = rows_of(*candles, interval) * kCandleBytes})
      .longer;
}

}  // namespace btk::lua
