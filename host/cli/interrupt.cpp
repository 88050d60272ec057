#include "host/cli/interrupt.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "host/cli/exit_code.h"
#include "host/cli/signal_handling.h"

namespace btk::host {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookForSignals = 20ms;
constexpr auto kScriptPatience = 300ms;  ///< for a script that is about to reach its next step
// A script that has not ended by then cannot be stopped: the main script's own endless loop.
constexpr auto kLastMoment = 800ms;

// Handlers have no other way to reach the object.
std::atomic<std::int64_t> first_stop{0};  ///< ns of the monotonic clock; 0: none yet
std::atomic<bool> status_asked{false};
static_assert(std::atomic<std::int64_t>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void on_stop(int) {
  const std::int64_t now = monotonic_ns();
  std::int64_t first = 0;
  if (first_stop.compare_exchange_strong(first, now)) return;
  if (now - first > kSameRequest) _exit(kInterrupted);
}

void on_status_signal(int) { status_asked.store(true); }

constexpr std::array<HandledSignal, 3> kCommandSignals{{{SIGINT, on_stop}, {SIGTERM, on_stop}, {SIGUSR1, on_status_signal}}};

}  // namespace

bool was_interrupted() { return first_stop.load() != 0; }

Interrupt::Interrupt(Console& console) : console_(console) {
  first_stop.store(0);
  status_asked.store(false);
  struct sigaction action {};
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kCommandSignals.size(); ++i) {
    action.sa_handler = kCommandSignals[i].handler;
    sigaction(kCommandSignals[i].signal, &action, &before_[i]);
  }
  action.sa_handler = SIG_IGN;
  sigaction(SIGHUP, &action, &before_.back());
  thread_ = std::thread([this] { look(); });
}

Interrupt::~Interrupt() {
  {
    const std::lock_guard lock(ending_mutex_);
    ending_ = true;
  }
  ended_.notify_one();
  thread_.join();
  for (std::size_t i = 0; i < kCommandSignals.size(); ++i) sigaction(kCommandSignals[i].signal, &before_[i], nullptr);
  sigaction(SIGHUP, &before_.back(), nullptr);
}

void Interrupt::on_status(std::function<void()> status) {
  const std::lock_guard lock(mutex_);
  status_ = std::move(status);
}

void Interrupt::look() {
  std::unique_lock ending(ending_mutex_);
  while (!ended_.wait_for(ending, kLookForSignals, [this] { return ending_; })) {
    if (first_stop.load() != 0 && !requested_.load()) {
      since_ = Clock::now();
      requested_.store(true);
      console_.note("Graceful shutdown initiated.\nPress Ctrl+C again to force quit.");
    }
    if (requested_.load()) stop_scripts();
    if (status_asked.exchange(false)) {
      const std::lock_guard lock(mutex_);
      if (status_) status_();
    }
  }
}

void Interrupt::stop_scripts() {
  const auto waited = Clock::now() - since_;
  if (waited < kScriptPatience) return;
  const std::lock_guard lock(mutex_);
  if (watched_.empty()) return;
  for (lua::Isolate* isolate : watched_) {
    isolate->interrupt();
    if (waited > kLastMoment && !isolate->options().guarded) _exit(kInterrupted);
  }
}

Interrupt::Watch::Watch(Interrupt& interrupt, lua::Isolate& isolate) : interrupt_(interrupt), isolate_(isolate) {
  const std::lock_guard lock(interrupt_.mutex_);
  interrupt_.watched_.push_back(&isolate_);
}

Interrupt::Watch::~Watch() {
  const std::lock_guard lock(interrupt_.mutex_);
  std::erase(interrupt_.watched_, &isolate_);
}

}  // namespace btk::host
