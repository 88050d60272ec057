#include "host/ledger/candles_hash.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "engine/sha256.h"

namespace btk::host {

std::string candles_hash(const lua::LoadedCandles& candles, Timestamp end) {
  const CandleSeries& s = candles.series;
  const auto before = std::clamp<std::ptrdiff_t>(s.empty() ? 0 : (end - s.first() + kMinute - 1) / kMinute, 0,
                                                 static_cast<std::ptrdiff_t>(s.size()));
  const auto count = static_cast<std::size_t>(before);
  Sha256 sum;
  sum.update(fmt::format("{} {}\n", s.empty() ? 0 : s.first(), count));
  for (const double* column : {s.open().data(), s.high().data(), s.low().data(), s.close().data(), s.volume().data()}) {
    const auto bytes = std::as_bytes(std::span(column, count));
    sum.update({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  return sum.hex();
}

}  // namespace btk::host
