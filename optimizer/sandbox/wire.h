// What passes between the host and a child process that evaluates a candidate, as
// bytes. The child may be in the candidate's hands by then: reading checks every
// length and every code, and throws btk::Error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

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

/// Candles as one block of memory, for all children to read.
std::string encode(const lua::LoadedCandles& candles);
lua::LoadedCandles decode_candles(std::string_view bytes);

}  // namespace btk::optimizer
