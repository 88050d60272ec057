// How the candle store lays out a day: five columns of doubles, NaN in all of
// them where a candle is missing. For the store's own sources.
#pragma once

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "engine/candles.h"
#include "host/store/sqlite.h"

namespace btk::host {

/// The key of a day is series * kSeriesStride + day since 1970.
inline constexpr std::int64_t kSeriesStride = std::int64_t{1} << 32;

inline std::int64_t day_of(Timestamp t) { return align(t, kDay) / kDay; }

inline std::size_t candles_per_day(Interval interval) {
  return static_cast<std::size_t>(kDay / length(interval));
}

struct CandleDay {
  std::array<std::vector<double>, 5> columns;

  explicit CandleDay(std::size_t candles) {
    for (auto& column : columns) column.assign(candles, std::numeric_limits<double>::quiet_NaN());
  }
  bool has(std::size_t i) const { return !std::isnan(columns[3][i]); }
  Candle at(std::size_t i, Timestamp t) const {
    return {t, columns[0][i], columns[1][i], columns[2][i], columns[3][i], columns[4][i]};
  }
  void set(std::size_t i, const Candle& c) {
    const double values[] = {c.open, c.high, c.low, c.close, c.volume};
    for (std::size_t k = 0; k < columns.size(); ++k) columns[k][i] = values[k];
  }
  using Blobs = std::array<std::span<const std::byte>, 5>;
  /// The row's columns, the first of which is `first_column`, valid until the next step; nothing when one has the wrong
  /// size.
  std::optional<Blobs> blobs(const Statement& row, int first_column) const {
    Blobs all;
    for (std::size_t k = 0; k < all.size(); ++k) {
      all[k] = row.bytes(first_column + static_cast<int>(k));
      if (all[k].size() != columns[k].size() * sizeof(double)) return std::nullopt;
    }
    return all;
  }
  void take(const Blobs& all) {
    for (std::size_t k = 0; k < columns.size(); ++k) std::memcpy(columns[k].data(), all[k].data(), all[k].size());
  }
  /// False when a blob has the wrong size.
  bool take(const Statement& row, int first_column) {
    const auto all = blobs(row, first_column);
    if (all) take(*all);
    return all.has_value();
  }
};

}  // namespace btk::host
