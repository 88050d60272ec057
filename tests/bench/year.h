// The benchmark's market: one synthetic year of one-minute candles, the same on
// every machine. A random walk of four steps a minute with prices in cents.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "lua/candle_source.h"

namespace btk::bench {

constexpr std::size_t kYear = 525600;  ///< minutes of 2023

/// The first `minutes` of the year 2023.
lua::LoadedCandles make_year(std::size_t minutes = kYear);

/// Writes the candles as CSV with a header line; prices with two decimals, as an exchange gives them.
void write_csv(const CandleSeries& series, const std::filesystem::path& file);

/// Candles in memory: whoever asks gets the same object.
class MemorySource : public lua::CandleSource {
 public:
  explicit MemorySource(std::shared_ptr<const lua::LoadedCandles> candles) : candles_(std::move(candles)) {}
  std::shared_ptr<const lua::LoadedCandles> load(const std::string&, Timestamp, Timestamp) override { return candles_; }

 private:
  std::shared_ptr<const lua::LoadedCandles> candles_;
};

}  // namespace btk::bench
