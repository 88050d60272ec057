// What a proof against look-ahead (prove.h) cuts, and what it concludes from one
// repetition, whoever made it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/prove/decisions.h"
#include "host/prove/proof_options.h"
#include "host/prove/prove.h"

namespace btk::host {

/// Why a proof without a truncation proves nothing.
inline constexpr const char* kNothingCut = "nothing was cut: there are no random moments (--prove-moments) and no entries";

/// A repetition in which candles that open at `moment` or later are other ones.
struct Truncation {
  Timestamp moment = 0;
  bool cut = false;  ///< they are cut off, not replaced

  friend auto operator<=>(const Truncation&, const Truncation&) = default;
};

/// Random moments in (from, to] and entries of `times`, each cut off and replaced; in order. Follows from the
/// options' seed.
std::vector<Truncation> choose_truncations(Timestamp from, Timestamp to, std::vector<Timestamp> times,
                                           const ProofOptions& options);

/// Counts a repetition; one that decided otherwise before the moment saw the future. `expected`: the run's
/// decisions; `decisions` and `failure`: the repetition's.
void judge_truncation(Proof& proof, const std::vector<DecisionLine>& expected, std::string_view decisions,
                      const std::string& failure, const Truncation& how);

/// Compares the run with the usual history before its frame to that with `times` as much.
void judge_history(Proof& proof, int times, std::string_view usual, std::string_view longer);

}  // namespace btk::host
