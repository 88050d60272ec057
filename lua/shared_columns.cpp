#include "lua/shared_columns.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/prices.h"

namespace btk::lua {
namespace {

constexpr std::size_t kCandleBytes = 5 * sizeof(double);

std::size_t rows_of(const LoadedCandles& candles, Interval interval) {
  return candles.series.size() / static_cast<std::size_t>(length(interval) / kMinute);
}

}  // namespace

SharedColumns::Kept* SharedColumns::find(const Key& key) {
  const auto found = kept_.find(key);
  // Other candles may have come to the address of those that are gone.
  if (found == kept_.end() || found->second.candles.lock().get() != key.candles) return nullptr;
  found->second.asked = ++asked_;
  return &found->second;
}

SharedColumns::Map::iterator SharedColumns::drop(Map::iterator kept) {
  bytes_ -= kept->second.bytes;
  return kept_.erase(kept);
}

SharedColumns::Kept& SharedColumns::keep(const Key& key, Kept kept) {
  for (auto it = kept_.begin(); it != kept_.end();) it = it->second.candles.expired() ? drop(it) : std::next(it);
  const auto longest_ago = [](const auto& a, const auto& b) { return a.second.asked < b.second.asked; };
  while (!kept_.empty() && bytes_ + kept.bytes > most_bytes_) drop(std::ranges::min_element(kept_, longest_ago));
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
  return keep(key, {.candles = candles, .column = std::make_shared<SharedColumn>(spec, anchor),
                    .bytes = rows_of(*candles, interval) * results * sizeof(double)})
      .column;
}

std::shared_ptr<const std::vector<double>> SharedColumns::averages(const std::shared_ptr<const LoadedCandles>& candles,
                                                                   std::size_t count) {
  const std::lock_guard lock(mutex_);
  const Key key{candles.get(), Interval::m1, {.name = "averages", .parameters = {static_cast<double>(count)}, .source = {}}, 0};
  if (const Kept* known = find(key)) return known->averages;
  auto made = std::make_shared<const std::vector<double>>(average_prices(candles->series, count));
  return keep(key, {.candles = candles, .averages = std::move(made), .bytes = candles->series.size() * sizeof(double)}).averages;
}

std::shared_ptr<const CandleSeries> SharedColumns::longer(const std::shared_ptr<const LoadedCandles>& candles, Interval interval) {
  const std::lock_guard lock(mutex_);
  const Key key{candles.get(), interval, {.name = {}, .parameters = {}, .source = {}}, 0};
  if (const Kept* known = find(key)) return known->longer;
  auto made = std::make_shared<const CandleSeries>(candles->series.resample(interval));
  return keep(key, {.candles = candles, .longer = std::move(made), .bytes = rows_of(*candles, interval) * kCandleBytes}).longer;
}

}  // namespace btk::lua
