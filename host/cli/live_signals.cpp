#include "host/cli/live_signals.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "engine/error.h"
#include "host/cli/exit_code.h"
#include "host/cli/signal_handling.h"

namespace btk::host {
namespace {

constexpr unsigned kDetachLimit = 5;  ///< seconds

enum Stage : int { kRunning, kDraining, kDetaching };
constexpr char kStop = 's', kReload = 'h', kStatus = 'u', kEnd = 'e';

// Handlers have no other way to reach the object.
std::atomic<int> stage{kRunning};
std::atomic<std::int64_t> last_interrupt{0};  ///< that counted, ns of the monotonic clock
std::atomic<bool> forced{false};
std::atomic<int> bell{-1};  ///< the pipe's end for writing
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<int>::is_always_lock_free &&
              std::atomic<bool>::is_always_lock_free);

void ring(char what) {
  const int kept = errno;
  // A full pipe has already woken the thread, and stops are flags as well.
  [[maybe_unused]] const auto written = ::write(bell.load(), &what, 1);
  errno = kept;
}

void begin_detach() {
  stage.store(kDetaching);
  ::alarm(kDetachLimit);
}

// All of this is async-signal-safe.
void on_interrupt(int) {
  const std::int64_t now = monotonic_ns();
  // Against the last one that counted, or a key that is held down would never count again.
  std::int64_t before = last_interrupt.load();
  if (before != 0 && now - before < kSameRequest) return;
  if (!last_interrupt.compare_exchange_strong(before, now)) return;  // another thread counts this very one
  if (stage.load() == kDetaching) ::_exit(kInterrupted);
  if (stage.load() == kRunning) {
    stage.store(kDraining);
  } else {
    forced.store(true);
    begin_detach();
  }
  ring(kStop);
}

void on_terminate(int) {
  if (stage.load() != kDetaching) begin_detach();
  ring(kStop);
}

void on_hangup(int) { ring(kReload); }
void on_user(int) { ring(kStatus); }
void on_alarm(int) { ::_exit(kInterrupted); }

const std::array<HandledSignal, 6> kSessionSignals{{{SIGINT, on_interrupt},
                                                    {SIGTERM, on_terminate},
                                                    {SIGHUP, on_hangup},
                                                    {SIGUSR1, on_user},
                                                    {SIGALRM, on_alarm},
                                                    {SIGPIPE, SIG_IGN}}};

}  // namespace

LiveSignals::LiveSignals(Console& console) : console_(console) {
  if (::pipe2(pipe_.data(), O_CLOEXEC) != 0)
    throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  ::fcntl(pipe_[1], F_SETFL, O_NONBLOCK);
  stage.store(kRunning);
  last_interrupt.store(0);
  forced.store(false);
  bell.store(pipe_[1]);
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSessionSignals.size(); ++i) {
    action.sa_handler = kSessionSignals[i].handler;
    sigaction(kSessionSignals[i].signal, &action, &before_[i]);
  }
  thread_ = std::thread([this] { look(); });
}

LiveSignals::~LiveSignals() {
  for (std::size_t i = 0; i < kSessionSignals.size(); ++i) sigaction(kSessionSignals[i].signal, &before_[i], nullptr);
  ::alarm(0);
  const char end = kEnd;
  while (::write(pipe_[1], &end, 1) < 0) ::sched_yield();  // full: the thread is about to read
  thread_.join();
  bell.store(-1);
  for (const int descriptor : pipe_) ::close(descriptor);
}

void LiveSignals::on(Callbacks callbacks) {
  const std::lock_guard lock(mutex_);
  callbacks_ = std::move(callbacks);
  if (detach_told_.load()) {
    if (callbacks_.detach) callbacks_.detach();
  } else if (drain_told_.load() && callbacks_.drain) {
    callbacks_.drain();
  }
}

void LiveSignals::request_drain() {
  int running = kRunning;
  stage.compare_exchange_strong(running, kDraining);
  ring(kStop);
}

void LiveSignals::request_detach() {
  if (stage.load() != kDetaching) begin_detach();
  ring(kStop);
}

int LiveSignals::exit_code() const { return forced.load() ? kInterrupted : 0; }

void LiveSignals::look() {
  char what = 0;
  while (true) {
    const auto count = ::read(pipe_[0], &what, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count != 1 || what == kEnd) return;
    tell_stops();
    const std::lock_guard lock(mutex_);
    if (what == kReload && callbacks_.reload) callbacks_.reload();
    if (what == kStatus && callbacks_.status) callbacks_.status();
  }
}

void LiveSignals::tell_stops() {
  const int now = stage.load();
  if (now == kRunning || detach_told_.load()) return;
  if (now == kDraining && drain_told_.load()) return;
  const std::lock_guard lock(mutex_);
  if (now == kDraining) {
    console_.note("Graceful shutdown initiated.\nPress Ctrl+C again to force quit.");
    drain_told_.store(true);
    if (callbacks_.drain) callbacks_.drain();
  } else {
    console_.note("Ending now; open positions stay open and are resumed at the next start.");
    detach_told_.store(true);
    if (callbacks_.detach) callbacks_.detach();
  }
}

}  // namespace btk::host
