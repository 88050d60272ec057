// How thorough a proof against look-ahead is (prove.h).
#pragma once

#include <cstddef>
#include <cstdint>

namespace btk::host {

struct ProofOptions {
  std::size_t moments = 10;  ///< random ones
  std::size_t entries = 20;  ///< entries at most; of more a random choice
  std::uint64_t seed = 1;
  unsigned threads = 0;      ///< 0: one per core
};

}  // namespace btk::host
