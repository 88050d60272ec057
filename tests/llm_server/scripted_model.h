// A language model without a model: what it answers follows from the request
// alone, so that two runs get the same. A word "MOOD:<name>" anywhere in the
// conversation chooses how it behaves:
//
//   sound      (default) strategies that trade, signals that can be traded
//   broken     the first answer does not compile, the repaired one is sound
//   hopeless   never writes anything that compiles
//   hostile    endless loops, memory bombs, ways out of the sandbox
//   lookahead  asks for candles of the future
//   idle       sound code that never trades
//   babble     no JSON at first
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace btk::llm_server {

/// What the model answers to a request body of either protocol.
std::string scripted_answer(const nlohmann::json& request);

}  // namespace btk::llm_server
