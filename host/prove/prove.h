// The proof against look-ahead (docs/honest-ranking.md): a run is repeated with all
// later candles cut off, and with other ones in their place, at random moments and
// at entries. No decision before the moment may change. Files that the script reads
// and that follow the candles (price_file.h) are cut and replaced with them.
//
// Beside it the warm-up check: the run with one, two and four times as much history
// before its frame.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/cli/run_pool.h"
#include "host/prove/decisions.h"
#include "host/prove/proof_options.h"

namespace btk::host {

/// A run that was made, to be proven.
struct ProofWish {
  lua::PlannedRun planned;
  const lua::ScriptOptions* script = nullptr;  ///< must outlive the call
  std::string run_hash;                        ///< of the run
  double seconds = 0;                          ///< that it took
  std::string label{};                         ///< its name in a comparison
};

enum class ProofResult { holds, saw_the_future, not_proven };
/// "holds", "saw the future", "not proven"
std::string_view to_string(ProofResult result);

struct WarmupChange {
  int times = 2;            ///< that much more history than the run looked back
  std::size_t changed = 0;  ///< decisions
  Difference first{};
};

struct FileRead {
  std::string path;
  std::string symbol;         ///< whose candles it follows; empty: none
  std::size_t numbers = 0;    ///< that do
};

struct Proof {
  std::string symbol, strategy_name, exchange_name, frame_name;
  ProofResult result = ProofResult::not_proven;
  std::size_t truncations = 0, identical = 0;
  std::size_t moments = 0, entries = 0, all_entries = 0;
  std::optional<Difference> first{};   ///< the earliest decision that saw the future
  Timestamp moment = 0;                ///< candles from there on were others when it changed
  bool cut = false;                    ///< they were cut off, not replaced
  std::string why;                     ///< when not proven
  std::vector<FileRead> files{};       ///< that the script read besides Lua files
  Timestamp history = 0;               ///< ms before the frame that the run looked back
  std::vector<WarmupChange> warmup{};  ///< where decisions changed
  std::string warmup_gap;              ///< why longer histories could not be tried; else empty
  double seconds = 0, run_seconds = 0; ///< that the proofs of all wishes took together, and their runs
};

/// In the order of the wishes. Runs that share risk limits are repeated together.
std::vector<Proof> prove(const std::vector<ProofWish>& wishes, const ProofOptions& options, Interrupt& interrupt,
                         const std::function<void(const PoolProgress&)>& tick);

}  // namespace btk::host
