#include "lua/guard.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "lua/isolate.h"

extern "C" {
#include <luajit.h>
}

namespace btk::lua {
namespace {

constexpr unsigned char kProfileFlag = 0x80;  // checked at start-up, see find_hook_flags
constexpr std::chrono::milliseconds kRepeat{2};
constexpr std::chrono::milliseconds kSeldom{1000};  ///< between two looks at a script's progress, at most

thread_local Execution* running = nullptr;

int poke_signal() { return SIGRTMIN + 3; }

/// Where LuaJIT keeps its hook flags, as distance from the main thread's address: the one byte whose lower
/// half follows lua_sethook and whose upper bit follows the profiler's signal. Nothing when that cannot be
/// shown.
std::optional<std::size_t> find_hook_flags(lua_State* idle) {
  constexpr std::size_t kSearched = 2048;  // both lie at the start of one larger block
  const auto* bytes = reinterpret_cast<const volatile unsigned char*>(idle);
  const auto nothing = [](lua_State*, lua_Debug*) {};
  std::optional<std::size_t> found;
  for (std::size_t at = 0; at < kSearched; ++at) {
    bool follows = true;
    for (const int mask : {LUA_MASKCALL, LUA_MASKLINE, LUA_MASKRET | LUA_MASKCOUNT, 0}) {
      lua_sethook(idle, mask != 0 ? +nothing : nullptr, mask, mask != 0 ? 1000 : 0);
      if (bytes[at] != mask) {
        follows = false;
        break;
      }
    }
    lua_sethook(idle, nullptr, 0, 0);
    if (!follows) continue;
    if (found) return std::nullopt;
    found = at;
  }
  if (!found) return std::nullopt;
  std::raise(SIGPROF);  // goes to LuaJIT's handler: the idle state owns the profiler
  return bytes[*found] == kProfileFlag ? found : std::nullopt;
}

/// LuaJIT has one profiler per process. An idle state owns it for good, so that every other state may ask for
/// profiled code and gets the checks, but no samples.
class IdleProfiler {
 public:
  IdleProfiler() : state_(luaL_newstate(), lua_close) {
    if (state_ == nullptr) return;
    luaJIT_profile_start(
        state_.get(), "i1000000", [](void*, lua_State*, int, int) {}, nullptr);
    const itimerval never{};
    setitimer(ITIMER_PROF, &never, nullptr);
    hook_flags_ = find_hook_flags(state_.get());
  }
  ~IdleProfiler() {
    if (state_ != nullptr) luaJIT_profile_stop(state_.get());
  }
  IdleProfiler(const IdleProfiler&) = delete;
  IdleProfiler& operator=(const IdleProfiler&) = delete;
  std::optional<std::size_t> hook_flags() const { return hook_flags_; }

 private:
  std::unique_ptr<lua_State, decltype(&lua_close)> state_;
  std::optional<std::size_t> hook_flags_;
};

/// Process-wide because LuaJIT's profiler and signal handlers are; made when the first guarded isolate needs
/// it.
const IdleProfiler& idle_profiler() {
  static const IdleProfiler profiler;
  return profiler;
}

void raise_stop(lua_State* L, lua_Debug*) {
  if (running != nullptr && running->control().stopped())
    luaL_error(L, "%s", describe(running->control().reason()).data());
}

}  // namespace

void on_poke(int) {
  const int saved = errno;
  if (running != nullptr) running->take_notice();
  errno = saved;
}

bool compiled_code_can_be_stopped() { return idle_profiler().hook_flags().has_value(); }

void Execution::attach(lua_State* L, bool guarded) {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_handler = on_poke;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(poke_signal(), &action, nullptr) == 0;
  }();
  L_ = L;
  if (!guarded) return;
  if (const auto offset = idle_profiler().hook_flags(); offset && installed) {
    hook_flags_ = reinterpret_cast<volatile unsigned char*>(L) + *offset;
    luaJIT_profile_start(L, "l", nullptr, nullptr);  // only marks the state: the idle one owns the profiler
  } else {
    may_compile_ = false;
    compile(false);
  }
}

void Execution::compile(bool on) {
  luaJIT_setmode(L_, 0, LUAJIT_MODE_ENGINE | (on && may_compile_ ? LUAJIT_MODE_ON : LUAJIT_MODE_OFF));
}

Execution::Scope::Scope(Execution& execution) : execution_(execution), outer_(running) {
  if (execution_.depth_++ == 0) {
    execution_.nesting_.reset();
    execution_.thread_.store(static_cast<int>(syscall(SYS_gettid)));
  }
  running = &execution_;
  // After its memory error a state still runs, for whoever cleans up.
  if (execution_.control_.stopped() && execution_.control_.reason() != StopReason::memory) execution_.take_notice();
}

Execution::Scope::~Scope() {
  running = outer_;
  if (--execution_.depth_ > 0) return;
  execution_.thread_.store(0);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  execution_.forget_notice();
}

void Execution::poke() {
  const int thread = thread_.load();
  if (thread != 0) syscall(SYS_tgkill, getpid(), thread, poke_signal());
}

void Execution::take_notice() {
  if (!control_.stopped()) return;
  noticed_ = 1;
  // Off and on again: should the signal have come in the middle of LuaJIT's own change of its dispatch table,
  // the next signal writes the whole table anew.
  lua_sethook(L_, nullptr, 0, 0);
  lua_sethook(L_, raise_stop, LUA_MASKLINE | LUA_MASKCOUNT, 1);
  if (hook_flags_ != nullptr) *hook_flags_ = static_cast<unsigned char>(*hook_flags_ | kProfileFlag);
}

void Execution::forget_notice() {
  if (noticed_ == 0) return;
  noticed_ = 0;
  if (hook_flags_ != nullptr) *hook_flags_ = static_cast<unsigned char>(*hook_flags_ & ~kProfileFlag);
  lua_sethook(L_, raise_stop, LUA_MASKCALL, 0);
  lua_sethook(L_, nullptr, 0, 0);
}

Watchdog::Watchdog() : thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto now = Clock::now();
    auto next = Clock::time_point::max();
    for (Entry& entry : entries_) {
      if (entry.when <= now) {
        end(*entry.execution);
        entry.when = now + kRepeat;
        entry.past = true;
      }
      next = std::min(next, entry.when);
    }
    for (Progress& progress : progress_) {
      if (progress.next <= now) look(progress, now);
      next = std::min(next, progress.next);
    }
    if (next == Clock::time_point::max())
      changed_.wait(lock);
    else
      changed_.wait_until(lock, next);
  }
}

// To be repeated until the script has ended: one signal may come at a moment without effect.
void Watchdog::end(Execution& execution) {
  execution.control().stop(StopReason::deadline);
  execution.poke();
}

void Watchdog::look(Progress& p, Clock::time_point now) {
  const std::uint64_t steps = p.steps->count.load(std::memory_order_relaxed);
  if (steps != p.seen || !p.execution->is_running() || !p.steps->watched.load(std::memory_order_relaxed)) {
    p.seen = steps;
    p.since = now;
  }
  if (now - p.since >= p.limit) {
    end(*p.execution);
    p.next = now + kRepeat;
  } else {
    p.next = now + std::clamp<std::chrono::milliseconds>(p.limit / 10, kRepeat, kSeldom);
  }
}

void Watchdog::add(const Progress& progress) {
  {
    const std::lock_guard lock(mutex_);
    progress_.push_back(progress);
  }
  changed_.notify_one();
}

void Watchdog::add(Execution& execution, Clock::time_point when) {
  {
    const std::lock_guard lock(mutex_);
    entries_.push_back({&execution, when, false});
  }
  changed_.notify_one();
}

void Watchdog::remove(Execution& execution) {
  const std::lock_guard lock(mutex_);
  std::erase_if(entries_, [&](const Entry& entry) { return entry.execution == &execution; });
}

Deadline::Deadline(Watchdog& watchdog, Isolate& isolate, std::chrono::milliseconds limit)
    : watchdog_(watchdog), isolate_(isolate) {
  watchdog_.add(isolate_.execution(), Watchdog::Clock::now() + limit);
}

Deadline::~Deadline() {
  watchdog_.remove(isolate_.execution());
  if (isolate_.stop_reason() == StopReason::deadline) isolate_.resume();
}

ProgressWatch::ProgressWatch(Watchdog& watchdog, Isolate& isolate, const Steps& steps,
                             std::chrono::milliseconds limit)
    : watchdog_(watchdog), isolate_(isolate), steps_(steps) {
  const auto now = Watchdog::Clock::now();
  watchdog_.add({&isolate_.execution(), &steps_, limit, steps_.count.load(), now, now});
}

ProgressWatch::~ProgressWatch() {
  {
    const std::lock_guard lock(watchdog_.mutex_);
    std::erase_if(watchdog_.progress_, [&](const auto& entry) { return entry.steps == &steps_; });
  }
  if (isolate_.stop_reason() == StopReason::deadline) isolate_.resume();
}

bool ProgressWatch::resume() {
  // The watchdog looks and stops under this lock, so it cannot act on what it saw before.
  const std::lock_guard lock(watchdog_.mutex_);
  if (isolate_.stop_reason() != StopReason::deadline) return false;
  for (const auto& entry : watchdog_.entries_) {
    if (entry.execution == &isolate_.execution() && entry.past) return false;
  }
  isolate_.resume();
  isolate_.execution().forget_notice();
  const auto now = Watchdog::Clock::now();
  for (auto& entry : watchdog_.progress_) {
    if (entry.execution == &isolate_.execution()) entry.since = entry.next = now;
  }
  return true;
}

}  // namespace btk::lua
