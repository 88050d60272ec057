// What passes between the host and a child process that evaluates a candidate, as
// bytes. The child may be in the candidate's hands by then: reading checks every
// length and every code, and throws btk::Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "optimizer/sandbox/candidate.h"

namespace btk::optimizer {

/// What a child needs besides the candles.
struct ChildOrder {
  std::int64_t parent = 0;  ///< its process id
  Ground ground;            ///< without candles
  SandboxLimits limits;
  Guards guards;
  Candidate candidate;
};

std::string encode(const ChildOrder& order);
ChildOrder decode_order(std::string_view bytes);

/// Without what the host knows itself: names, configuration, statistics.
std::string encode(const CandidateResult& result);
CandidateResult decode_result(std::string_view bytes);

/// Candles as pieces of one block of memory, for all children to read: a head, and the columns, which point into `candles`.
std::vector<std::string_view> pieces(const lua::LoadedCandles& candles, std::string& head);
/// Out of such a block, whose columns stay where they are: nobody may change the block as long as it is shared.
lua::LoadedCandles decode_candles(const std::shared_ptr<std::byte[]>& block, std::size_t size);

}  // namespace btk::optimizer
