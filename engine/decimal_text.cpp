// Raffaello Giulietti, "The Schubfach way to render doubles" (2020): a double stands for every real number nearer to it
// than to its neighbours; of the multiples of 10^k between them, where 10^k is just below their distance, one or two
// candidates remain. In our range -k is never negative, so that all the powers of ten are exact.
#include "engine/decimal_text.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace btk {
namespace {

__extension__ using U128 = unsigned __int128;

constexpr int kFractionBits = 52;
constexpr int kExponentBias = 1075;  // value = mantissa * 2^(exponent field - 1075)
constexpr int kMostPower = 23;
constexpr int kMostPlaces = 19;          // of a power of ten that fits 64 bits

// floor(log10(2^e)), floor(log10(3/4 * 2^e)), floor(log2(10^e)); exact for |e| < 1000 (section 9 of the paper).
constexpr int log10_of_pow2(int e) { return (e * 1262611) >> 22; }
constexpr int log10_of_three_quarters_pow2(int e) { return (e * 1262611 - 524031) >> 22; }
constexpr int log2_of_pow10(int e) { return (e * 1741647) >> 19; }

// 10^i, shifted until the highest bit is set.
constexpr auto kPowers = [] {
  std::array<U128, kMostPower + 1> powers{};
  U128 power = 1;
  for (int i = 0; i <= kMostPower; ++i, power *= 10) powers[static_cast<std::size_t>(i)] = power << (127 - log2_of_pow10(i));
  return powers;
}();

constexpr auto kOnes = [] {
  std::array<std::uint64_t, kMostPlaces + 1> ones{1};
  for (std::size_t i = 1; i < ones.size(); ++i) ones[i] = 10 * ones[i - 1];
  return ones;
}();

constexpr auto kPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// power * factor / 2^128, odd when anything is cut off: enough to compare it with multiples of two.
std::uint64_t product(U128 power, std::uint64_t factor) {
  const U128 low = U128{static_cast<std::uint64_t>(power)} * factor;
  const U128 high = (power >> 64) * factor + (low >> 64);
  return static_cast<std::uint64_t>(high >> 64) | (static_cast<std::uint64_t>(high) > 1 ? 1 : 0);
}

struct Decimal {
  std::uint64_t digits;
  int exponent;  // value = digits * 10^exponent
};

// May end in zeros.
Decimal shortest_decimal(std::uint64_t bits) {
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << kFractionBits) - 1);
  const int q = static_cast<int>(bits >> kFractionBits & 0x7FF) - kExponentBias;
  const std::uint64_t c = fraction | std::uint64_t{1} << kFractionBits;
  // Below a power of two the neighbour is half as far away.
  const bool closer_below = fraction == 0;
  const int k = closer_below ? log10_of_three_quarters_pow2(q) : log10_of_pow2(q);
  const U128 power = kPowers[static_cast<std::size_t>(-k)];
  const int h = q + log2_of_pow10(-k) + 1;

  // Four times the value and the ends of its interval, in units of 10^k. The ends belong to it when the mantissa is even.
  const std::uint64_t odd = c & 1;
  const std::uint64_t value = product(power, 4 * c << h);
  const std::uint64_t least = product(power, (4 * c - (closer_below ? 1 : 2)) << h) + odd;
  const std::uint64_t most = product(power, (4 * c + 2) << h) - odd;

  const std::uint64_t below = value / 4;
  const std::uint64_t short_below = below / 10;
  const bool short_below_fits = least <= 40 * short_below, short_above_fits = 40 * short_below + 40 <= most;
  if (short_below_fits != short_above_fits) return {short_below + (short_above_fits ? 1 : 0), k + 1};

  const bool below_fits = least <= 4 * below, above_fits = 4 * below + 4 <= most;
  if (below_fits != above_fits) return {below + (above_fits ? 1 : 0), k};
  const std::uint64_t middle = 4 * below + 2;
  const bool up = value > middle || (value == middle && (below & 1) != 0);
  return {below + (up ? 1 : 0), k};
}

char* write_whole(char* out, std::uint64_t value) {
  int digits = 1;
  while (digits < 16 && value >= kOnes[static_cast<std::size_t>(digits)]) ++digits;
  out += digits;
  char* to = out;
  for (; value >= 100; value /= 100) std::memcpy(to -= 2, &kPairs[2 * (value % 100)], 2);
  if (value >= 10) {
    std::memcpy(to - 2, &kPairs[2 * value], 2);
  } else {
    to[-1] = static_cast<char>('0' + value);
  }
  return out;
}

}  // namespace

char* write_decimal(char* out, double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  *out = '-';
  out += bits >> 63;
  const Decimal decimal = shortest_decimal(bits);
  if (decimal.exponent >= 0) return write_whole(out, decimal.exponent == 0 ? decimal.digits : 10 * decimal.digits);

  const int places = -decimal.exponent;
  std::uint64_t part = decimal.digits;
  if (places <= kMostPlaces) {
    const std::uint64_t one = kOnes[static_cast<std::size_t>(places)];
    const std::uint64_t whole = part / one;
    part -= whole * one;
    out = write_whole(out, whole);
  } else {
    *out++ = '0';
  }
  if (part == 0) return out;
  *out++ = '.';
  out += places;
  int left = places;
  for (char* to = out; left > 0; left -= 2, part /= 100) std::memcpy(to -= 2, &kPairs[2 * (part % 100)], 2);
  if (left < 0) out[-places - 1] = '.';  // the first pair had a zero too many
  while (out[-1] == '0') --out;
  return out;
}

}  // namespace btk
