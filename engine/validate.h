// The rules a signal must meet before it trades (engine.md 3.4). Every broken
// rule is one Refusal: a short code for machines, a sentence for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/config.h"
#include "engine/signal.h"

namespace btk {

struct Refusal {
  std::string code;      ///< "tp_too_close"
  std::string sentence;  ///< "price_stop_loss is 0.20 % from the entry; at least 0.5 % is allowed (CC_MIN_...)"; empty: another one says it
};

/// Fills what the request leaves out: life time, cost, leverage, margin.
SignalRequest with_defaults(SignalRequest request, const Config& config);

/// How the request would enter at the average price `price` (engine.md 3.5).
enum class EntryMode { market, immediate, scheduled };
EntryMode entry_mode(const SignalRequest& request, double price);

/// All broken rules of a request with defaults, in the reference's order; the rules about the present price
/// are only looked at when the others hold. `price_open` falls back to `price`.
std::vector<Refusal> validate(const SignalRequest& request, double price, const Config& config);

/// The sentences of `refusals` as one text.
std::string join(const std::vector<Refusal>& refusals);

}  // namespace btk
