// Runs one generated strategy file over the candles of one symbol without
// trusting it. Whatever the file does, the answer is a CandidateResult: the run's
// report, or why there is none. A candidate that fails harms nobody but itself.
//
//   in_process: a script state of its own with the generated profile
//     (lua/generated.h), a processor budget and a memory cap. LuaJIT's compiler is
//     off, so that a fault in it cannot be reached from here.
//   process: the same inside a child process (this program again) with an empty
//     environment, no descriptors but its pipes, resource limits, and a filter
//     that ends it at any system call which computing does not need. The host ends
//     it at its wall-clock limit. The compiler is on.
//
// Both give the same run hash for the same file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/time.h"
#include "lua/candle_source.h"
#include "lua/run.h"
#include "optimizer/sandbox/guards.h"

namespace btk::optimizer {

enum class Isolation { in_process, process };

/// One generated file.
struct Candidate {
  std::string name;  ///< what messages show: "strategy-1.lua"
  std::string text;
};

/// What candidates are tried on. The candles must reach back far enough before `from` for what strategies look at
/// (a day is usual); only those before the simulated moment can be seen.
struct Ground {
  std::string symbol;
  std::string exchange_name = "sandbox_exchange";
  std::string frame_name = "sandbox_frame";
  Timestamp from = 0, to = 0;                 ///< first and last moment that may tick, ms
  Interval frame_interval = Interval::m1;
  std::shared_ptr<const lua::LoadedCandles> candles;
  std::uint64_t seed = 1;
  std::vector<std::pair<std::string, std::string>> settings{};  ///< CC_ keys
  std::string strategy_name{};                ///< empty: the one that the file registers
  bool keep_decisions = false;                ///< the text of the decision log, not only its hash
};

struct SandboxLimits {
  double call_cpu_seconds = 0.2;  ///< processor time of one get_signal or callback (SBX-5)
  double cpu_seconds = 60;        ///< processor time of the whole evaluation
  double wall_seconds = 120;
  std::size_t memory_bytes = std::size_t{64} << 20;  ///< of its script state (SBX-6)
  std::size_t text_bytes = std::size_t{256} << 10;   ///< of the file
  std::size_t line_bytes = 1024;                     ///< of one log line; longer ones are cut (SBX-8)
  std::size_t lines_per_minute = 100;                ///< simulated minute; further lines are dropped
  std::size_t kept_output_bytes = std::size_t{64} << 10;  ///< log lines that the result holds; later ones are counted
  std::size_t output_bytes = std::size_t{16} << 20;  ///< what a candidate may try to log before it has failed
  std::size_t signals = 20'000;  ///< finished ones; one that makes more, every few minutes, has failed
};

enum class FailureKind {
  none,
  too_large,        ///< the file, or what it registered
  syntax,           ///< does not compile, or is compiled Lua
  forbidden,        ///< used what generated files may not
  no_strategy,      ///< registered none, several, or one with a name that is none
  script_error,     ///< its main chunk failed, or get_signal three times in a row
  timeout,          ///< processor or wall-clock limit
  memory,
  too_much_output,  ///< log lines or signals
  crashed,          ///< the child process ended by itself without an answer
  killed,           ///< by a signal that the host did not send; `signal` says which
  interrupted,      ///< the user wants to leave
  sandbox,          ///< the sandbox could not be set up: nothing was run
};
/// "timeout", "script error", ...
std::string_view to_string(FailureKind kind);

struct Failure {
  FailureKind kind = FailureKind::none;
  std::string reason{};  ///< one sentence
  int signal = 0;        ///< of `killed`
};

struct LogLine {
  std::string level, text;
  Timestamp when = 0;  ///< simulated; 0 while the file is loaded
};

struct CandidateResult {
  Failure failure{};
  /// Complete when nothing failed. Script errors that were not three in a row stand in its `errors`.
  lua::RunReport report{};
  std::vector<LogLine> log{};
  std::size_t lines_dropped = 0;
  /// What it asked for and may not have, once each, also when it caught the error.
  std::vector<std::string> refused{};
  double cpu_seconds = 0, wall_seconds = 0;
  Timestamp earliest = 0;  ///< the first moment from which it asked for candles; 0: none

  bool ok() const { return failure.kind == FailureKind::none; }
};

/// May a strategy be called so? 1 to 100 of A-Z a-z 0-9 . _ - and no dot in front: it becomes part of file names.
bool is_strategy_name(std::string_view name);

class CandidateSandbox {
 public:
  struct Setup {
    Ground ground;
    SandboxLimits limits{};
    Isolation isolation = Isolation::process;
    std::string program{};              ///< btkhost; empty: the running program. For `process`.
    std::function<bool()> stopped{};    ///< asked now and then; true ends the candidate as `interrupted`
    Guards guards{};                    ///< all on but in tests
  };

  /// Throws btk::Error when the ground makes no sense.
  explicit CandidateSandbox(Setup setup);
  ~CandidateSandbox();
  CandidateSandbox(const CandidateSandbox&) = delete;
  CandidateSandbox& operator=(const CandidateSandbox&) = delete;

  /// From any number of threads at once. Throws nothing that a candidate could cause.
  CandidateResult evaluate(const Candidate& candidate) const;

 private:
  class Memory;
  Setup setup_;
  std::unique_ptr<Memory> memory_;  ///< the candles for child processes
};

}  // namespace btk::optimizer
