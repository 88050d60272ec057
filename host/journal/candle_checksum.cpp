#include "host/journal/candle_checksum.h"

#include <zlib.h>

#include <bit>

namespace btk::host {

std::uint32_t candle_checksum(std::string_view symbol, const Candle& candle) {
  uLong sum = crc32(0, reinterpret_cast<const Bytef*>(symbol.data()), static_cast<uInt>(symbol.size()));
  const auto add = [&sum](std::uint64_t bits) {
    Bytef bytes[8];  // little-endian on every machine
    for (Bytef& byte : bytes) {
      byte = static_cast<Bytef>(bits & 0xFF);
      bits >>= 8;
    }
    sum = crc32(sum, bytes, sizeof bytes);
  };
  add(static_cast<std::uint64_t>(candle.timestamp));
  for (const double value : {candle.open, candle.high, candle.low, candle.close, candle.volume}) {
    add(std::bit_cast<std::uint64_t>(value));
  }
  return static_cast<std::uint32_t>(sum);
}

}  // namespace btk::host
