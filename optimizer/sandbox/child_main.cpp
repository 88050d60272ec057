#include "optimizer/sandbox/child_main.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "engine/error.h"
#include "optimizer/sandbox/confine.h"
#include "optimizer/sandbox/evaluation.h"
#include "optimizer/sandbox/wire.h"

namespace btk::optimizer {
namespace {

constexpr int kOrder = 0, kAnswer = 1, kCandles = 3;
constexpr int kNoAnswer = 3;
constexpr std::size_t kOwnNeeds = std::size_t{192} << 20;  ///< address space beside the script's: the report, LuaJIT's code

std::string read_all(int descriptor) {
  std::string bytes;
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t got = pread(descriptor, piece.data(), piece.size(), static_cast<off_t>(bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error("a block of memory from the host cannot be read");
    if (got == 0) return bytes;
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
}

struct Block {
  std::shared_ptr<std::byte[]> memory;
  std::size_t size = 0;
};

/// Read only: the block is shared with other children.
Block map_all(int descriptor) {
  struct stat found {};
  if (fstat(descriptor, &found) != 0) throw Error("the candles of the host cannot be read");
  const auto size = static_cast<std::size_t>(found.st_size);
  // All pages at once: one by one they cost more than the candidate's work. Private, because kernels before 6.7 give no
  // shared view of sealed memory, not even one to read.
  void* const base = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
  if (base == MAP_FAILED) throw Error("the candles of the host find no room");
  return {std::shared_ptr<std::byte[]>(static_cast<std::byte*>(base), [size](std::byte* p) { munmap(p, size); }), size};
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = write(kAnswer, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

CandidateResult confined(const ChildOrder& order, std::size_t candle_bytes) {
  try {
    // Beside the candles, which are there: what is made of them, longer ones and columns of btk.series.
    const std::size_t memory = order.limits.memory_bytes * 2 + candle_bytes * 6 + kOwnNeeds;
    if (order.guards.resource_limits) limit_resources(order.limits.cpu_seconds, memory);
    if (order.guards.system_calls) filter_system_calls();
  } catch (const std::exception& problem) {
    CandidateResult result;
    result.failure = {FailureKind::sandbox, problem.what()};
    return result;
  }
  const std::function<bool()> never;
  return evaluate_here({order.ground, order.limits, order.guards, true, never}, order.candidate);
}

}  // namespace

int sandbox_child() {
  try {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    // strftime looks for the time zone at every call, unless it is named and was looked for before.
    setenv("TZ", "UTC0", 1);
    tzset();
    ChildOrder order = decode_order(read_all(kOrder));
    if (getppid() != order.parent) return kNoAnswer;  // the host is gone already
    const Block candles = map_all(kCandles);
    order.ground.candles = std::make_shared<const lua::LoadedCandles>(decode_candles(candles.memory, candles.size));
    close(kOrder);
    close(kCandles);
    const std::string answer = encode(confined(order, candles.size));
    // Not by way of exit(): nothing that was set up before is to run now.
    _exit(write_all(answer) ? 0 : kNoAnswer);
  } catch (const std::exception& problem) {
    const std::string line = std::string("btkhost's sandbox starts itself with this word; by hand it does nothing: ") + problem.what() + "\n";
    static_cast<void>(!write(STDERR_FILENO, line.data(), line.size()));
    return kNoAnswer;
  }
}

}  // namespace btk::optimizer
