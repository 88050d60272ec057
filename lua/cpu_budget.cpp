#include "lua/cpu_budget.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "engine/error.h"
#include "lua/host_work.h"
#include "lua/isolate.h"

namespace btk::lua {
namespace {

constexpr long kTick = 5'000'000;  ///< nanoseconds of processor time between two looks
// What a call is charged between two looks at most. A thread that computes is looked at every few milliseconds; time
// that passes without a look (a page that the machine's host has to fetch, say) is none of the script's.
constexpr double kMostPerLook = 0.05;

thread_local CpuBudget* current = nullptr;
thread_local int host_at_work = 0;      ///< HostWork objects that live
thread_local double host_seconds = 0;   ///< processor time that they took since the budget began

int tick_signal() { return SIGRTMIN + 4; }

timespec read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return now;
}

double between(const timespec& from, const timespec& to) {
  return static_cast<double>(to.tv_sec - from.tv_sec) + static_cast<double>(to.tv_nsec - from.tv_nsec) * 1e-9;
}

}  // namespace

void on_budget_tick(int) {
  const int saved = errno;
  if (current != nullptr && host_at_work == 0) current->look();
  errno = saved;
}

CpuBudget::CpuBudget(Isolate& isolate, const CpuLimits& limits)
    : isolate_(isolate), limits_(limits), began_(read_clock(CLOCK_THREAD_CPUTIME_ID)), began_wall_(read_clock(CLOCK_MONOTONIC)) {
  static const bool installed = [] {
    struct sigaction action {};
    action.sa_handler = on_budget_tick;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(tick_signal(), &action, nullptr) == 0;
  }();
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = tick_signal();
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  if (!installed || timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) != 0)
    throw Error("the system has no timer left to watch over a generated file; run fewer of them in parallel");
  current = this;
  host_seconds = 0;
  const itimerspec every{{0, kTick}, {0, kTick}};
  timer_settime(timer_, 0, &every, nullptr);
}

CpuBudget::~CpuBudget() {
  timer_delete(timer_);
  std::atomic_signal_fence(std::memory_order_seq_cst);
  current = nullptr;  // a signal that was on its way finds nothing
  if (breach() != Breach::none && isolate_.stop_reason() == StopReason::deadline) isolate_.resume();
}

double CpuBudget::used() const { return between(began_, read_clock(CLOCK_THREAD_CPUTIME_ID)) - host_seconds; }

HostWork::HostWork() : began_(read_clock(CLOCK_THREAD_CPUTIME_ID)) { ++host_at_work; }

HostWork::~HostWork() {
  if (host_at_work == 1) host_seconds += between(began_, read_clock(CLOCK_THREAD_CPUTIME_ID));  // the outermost one has the time of all
  std::atomic_signal_fence(std::memory_order_seq_cst);
  --host_at_work;
}

void CpuBudget::begin_call() {
  const Steps* steps = steps_.load(std::memory_order_relaxed);
  seen_ = steps != nullptr ? steps->count.load(std::memory_order_relaxed) : 0;
  call_began_ = looked_ = used();
}

void CpuBudget::follow(const Steps* steps) {
  steps_.store(steps, std::memory_order_relaxed);
  begin_call();
}

// In the signal handler, on the script's own thread.
void CpuBudget::look() {
  if (breach() == Breach::none) {
    const double now = used();
    const Steps* steps = steps_.load(std::memory_order_relaxed);
    if (steps != nullptr && steps->count.load(std::memory_order_relaxed) != seen_) {
      seen_ = steps->count.load(std::memory_order_relaxed);
      call_began_ = now;
    } else if (now - looked_ > kMostPerLook) {
      call_began_ += now - looked_ - kMostPerLook;
    }
    looked_ = now;
    Breach found = Breach::none;
    if (now > limits_.total_seconds)
      found = Breach::total;
    else if (between(began_wall_, read_clock(CLOCK_MONOTONIC)) > limits_.wall_seconds)
      found = Breach::wall;
    else if (now - call_began_ > limits_.call_seconds)
      found = Breach::call;
    if (found == Breach::none) return;
    breach_.store(static_cast<std::int32_t>(found), std::memory_order_relaxed);
  }
  // Again at every tick until the script has ended: one signal may come at a moment without effect.
  isolate_.control().stop(StopReason::deadline);
  isolate_.execution().poke();
}

bool CpuBudget::forgive() {
  if (breach() != Breach::call || isolate_.stop_reason() != StopReason::deadline) return false;
  begin_call();
  std::atomic_signal_fence(std::memory_order_seq_cst);
  breach_.store(0, std::memory_order_relaxed);
  isolate_.resume();
  isolate_.execution().forget_notice();
  return true;
}

}  // namespace btk::lua
