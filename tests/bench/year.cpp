#include "year.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>

namespace btk::bench {
namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01T00:00:00Z
constexpr double kStartPrice = 30000;
constexpr double kStepVolatility = 0.00035;  // of a quarter of a minute

// Bits that depend on a counter only, spread by two multiplications (splitmix64).
class Random {
 public:
  /// In (0, 1).
  double uniform() {
    counter_ += 0x9E3779B97F4A7C15u;
    std::uint64_t bits = counter_;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EBu;
    bits ^= bits >> 31;
    return (static_cast<double>(bits >> 11) + 0.5) / 9007199254740992.0;
  }
  /// About normal: twelve uniform numbers have variance one.
  double normal() {
    double sum = -6;
    for (int i = 0; i < 12; ++i) sum += uniform();
    return sum;
  }

 private:
  std::uint64_t counter_ = 0x9E3779B97F4A7C15u;
};

double to_cents(double price) { return std::round(price * 100) / 100; }

}  // namespace

lua::LoadedCandles make_year(std::size_t minutes) {
  lua::LoadedCandles year;
  year.series = CandleSeries(Interval::m1, kStart);
  year.series.reserve(minutes);
  Random random;
  double price = kStartPrice;
  for (std::size_t i = 0; i < minutes; ++i) {
    const double open = price;
    double high = open, low = open;
    for (int quarter = 0; quarter < 4; ++quarter) {
      price *= 1 + kStepVolatility * random.normal();
      high = std::max(high, price);
      low = std::min(low, price);
    }
    price = to_cents(price);
    year.series.push(open, to_cents(high), to_cents(low), price, to_cents(-20 * std::log(random.uniform())));
  }
  return year;
}

void write_csv(const CandleSeries& series, const std::filesystem::path& file) {
  fmt::memory_buffer text;
  fmt::format_to(std::back_inserter(text), "timestamp,open,high,low,close,volume\n");
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Candle c = series.at(i);
    fmt::format_to(std::back_inserter(text), "{},{:.2f},{:.2f},{:.2f},{:.2f},{:.5f}\n", c.timestamp, c.open, c.high,
                   c.low, c.close, c.volume);
  }
  std::ofstream out(file, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace btk::bench
