// Random numbers that are a function of a counter: any of them can be had without the ones
// before. Integers and exact floating-point steps only, so the bits are the same on every machine.
#pragma once

#include <cstdint>
#include <string_view>

namespace btk::host {

/// Mixes all bits of `x` into all bits of the result (the finaliser of SplitMix64, a bijection).
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

/// A key for a name (FNV-1a, then mixed).
constexpr std::uint64_t key_of(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return mix(hash);
}

/// In [0, 1), in steps of 2^-53.
constexpr double uniform(std::uint64_t bits) { return static_cast<double>(bits >> 11) * 0x1p-53; }

/// About normal with mean 0 and standard deviation 1: the sum of the four 16-bit parts, never beyond 3.47.
constexpr double normal(std::uint64_t bits) {
  const std::uint64_t sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
  // The sum's mean is 2 * 65535, its variance 4 * (65536^2 - 1) / 12; this is 1 / sqrt of it.
  return (static_cast<double>(sum) - 131070.0) * 2.6428997921303018e-05;
}

}  // namespace btk::host
