#include "host/report/page_candles.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/error.h"

namespace btk::host {
namespace {

constexpr int kDigits = 7;  // of a price: enough for the widest chart
constexpr int kMaxDecimals = 12;
constexpr double kVolumeSteps = 32;

using Bytes = std::vector<unsigned char>;

void put(std::int64_t value, Bytes& out) {
  auto rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  for (; rest > 0x7f; rest >>= 7) out.push_back(static_cast<unsigned char>((rest & 0x7f) | 0x80));
  out.push_back(static_cast<unsigned char>(rest));
}

// As many digits after the point as the prices have, at most seven digits in all.
int decimals_of(std::span<const double> prices) {
  const double highest = *std::ranges::max_element(prices);
  const int most =
      std::clamp(kDigits - 1 - static_cast<int>(std::floor(std::log10(highest))), 0, kMaxDecimals);
  for (int decimals = 0; decimals < most; ++decimals) {
    const double scale = std::pow(10, decimals);
    const auto fits = [&](double price) {
      const double scaled = price * scale;
      return std::fabs(scaled - std::round(scaled)) <= scaled * 1e-9;
    };
    if (std::ranges::all_of(prices, fits)) return decimals;
  }
  return most;
}

double median_but_zero(std::vector<double> values) {
  std::erase(values, 0.0);
  if (values.empty()) return 1;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::string compressed_base64(const Bytes& bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  Bytes packed(size);
  if (compress2(packed.data(), &size, bytes.data(), static_cast<uLong>(bytes.size()), 6) != Z_OK) {
    throw Error("the candles of the page cannot be compressed: not enough memory");
  }
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  const int length =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), packed.data(), static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace

PackedCandles pack_candles(const CandleSeries& series, Timestamp from, Timestamp to) {
  const auto size = static_cast<std::ptrdiff_t>(series.size());
  const std::ptrdiff_t begin = std::clamp<std::ptrdiff_t>(series.index_of(from), 0, size);
  const std::ptrdiff_t end = std::clamp<std::ptrdiff_t>(series.index_of(to) + 1, begin, size);
  PackedCandles out;
  out.count = static_cast<std::size_t>(end - begin);
  if (out.count == 0) return out;
  const auto first = static_cast<std::size_t>(begin);
  const auto column = [&](std::span<const double> all) { return all.subspan(first, out.count); };
  const auto open = column(series.open()), high = column(series.high()), low = column(series.low()),
             close = column(series.close()), volume = column(series.volume());
  out.first = series.time(first);
  out.decimals = std::max({decimals_of(open), decimals_of(high), decimals_of(low), decimals_of(close)});
  out.volume_unit = median_but_zero({volume.begin(), volume.end()});

  const double scale = std::pow(10, out.decimals);
  const auto whole = [scale](double price) { return static_cast<std::int64_t>(std::llround(price * scale)); };
  std::array<Bytes, 5> columns;
  for (Bytes& bytes : columns) bytes.reserve(out.count * 2);
  std::int64_t before = 0;
  for (std::size_t i = 0; i < out.count; ++i) {
    const std::int64_t o = whole(open[i]), c = whole(close[i]);
    put(o - before, columns[0]);
    put(c - o, columns[1]);
    put(whole(high[i]) - std::max(o, c), columns[2]);
    put(std::min(o, c) - whole(low[i]), columns[3]);
    put(std::llround(kVolumeSteps * std::log1p(volume[i] / out.volume_unit)), columns[4]);
    before = c;
  }
  Bytes all;
  for (const Bytes& bytes : columns) all.insert(all.end(), bytes.begin(), bytes.end());
  out.data = compressed_base64(all);
  return out;
}

}  // namespace btk::host
