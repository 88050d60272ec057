// The inside of SHA-256: the round constants and the work on one block, by the
// processor's own instructions where it has them. Same digests either way.
#pragma once

#include <array>
#include <cstdint>

namespace btk::sha256 {

/// First 32 bits of the fractional parts of the cube roots of the first 64 primes.
extern const std::array<std::uint32_t, 64> kRound;

/// Does this processor have SHA instructions?
bool has_instructions();

/// Works one block of 64 bytes into the eight words of `state`. Only where has_instructions().
void block_by_instructions(std::uint32_t* state, const std::uint8_t* bytes);

}  // namespace btk::sha256
