#include "optimizer/sandbox/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "engine/error.h"
#include "optimizer/sandbox/child_main.h"
#include "optimizer/sandbox/wire.h"

namespace btk::optimizer {
namespace {

using Clock = std::chrono::steady_clock;
using net::Descriptor;

constexpr int kFirstFree = 10;  ///< descriptors below are the child's 0 to 3
constexpr std::size_t kLongestAnswer = std::size_t{128} << 20;
constexpr std::size_t kLongestComplaint = 4096;
constexpr double kLook = 0.1;  ///< seconds between two questions whether to stop

[[noreturn]] void cannot_start(const char* what) {
  throw Error(fmt::format("a child process for a generated file cannot be started: {}: {}", what, std::strerror(errno)));
}

/// Out of the way of the child's own numbers, and closed in every program that the host starts.
Descriptor moved_up(int number) {
  if (number < 0) cannot_start("no descriptor is left");
  Descriptor low(number);
  const int high = fcntl(number, F_DUPFD_CLOEXEC, kFirstFree);
  if (high < 0) cannot_start("no descriptor is left");
  return Descriptor(high);
}

/// A sealed block of memory: what the host wrote, no child can change.
Descriptor sealed_memory(const std::vector<std::string_view>& pieces) {
  Descriptor memory = moved_up(memfd_create("btkhost", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      const ssize_t put = write(memory.get(), piece.data(), piece.size());
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) cannot_start("there is not enough memory");
      piece.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  if (fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) cannot_start("sealing memory");
  return memory;
}

struct Pipe {
  Descriptor read, write;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) cannot_start("no pipe is left");
    Descriptor second(ends[1]);
    read = moved_up(ends[0]);
    write = moved_up(second.release());
    fcntl(read.get(), F_SETFL, O_NONBLOCK);
  }
};

class Actions {
 public:
  Actions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
  }
  ~Actions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  Actions(const Actions&) = delete;
  Actions& operator=(const Actions&) = delete;

  void give(const Descriptor& what, int number) { posix_spawn_file_actions_adddup2(&actions_, what.get(), number); }
  void close_from(int number) { posix_spawn_file_actions_addclosefrom_np(&actions_, number); }
  pid_t start(const std::string& program, char* const* environment) {
    std::string name = "btkhost", word(kSandboxChild);
    char* const arguments[] = {name.data(), word.data(), nullptr};
    pid_t child = 0;
    const int code = posix_spawn(&child, program.c_str(), &actions_, &attributes_, arguments, environment);
    if (code != 0) {
      errno = code;
      cannot_start(program.c_str());
    }
    return child;
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// A started child. It does not outlive this.
class Child {
 public:
  explicit Child(pid_t id) : id_(id), handle_(static_cast<int>(syscall(SYS_pidfd_open, id, 0))) {}
  ~Child() {
    if (ended_) return;
    kill();
    wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  int handle() const { return handle_.get(); }
  /// With whatever it may have started.
  void kill() const {
    ::kill(-id_, SIGKILL);
    ::kill(id_, SIGKILL);
  }
  int wait() {
    int status = 0;
    while (wait4(id_, &status, 0, &usage_) < 0 && errno == EINTR) {}
    ended_ = true;
    return status;
  }
  double cpu_seconds() const {
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
    return seconds(usage_.ru_utime) + seconds(usage_.ru_stime);
  }

 private:
  pid_t id_;
  Descriptor handle_;
  rusage usage_{};
  bool ended_ = false;
};

/// Takes what is in the pipe. False when nothing will come any more.
bool drain(const Descriptor& from, std::string& into) {
  std::array<char, 65536> piece;
  for (;;) {
    const ssize_t got = read(from.get(), piece.data(), piece.size());
    if (got > 0) {
      into.append(piece.data(), static_cast<std::size_t>(got));
      if (into.size() > kLongestAnswer) return true;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    return got < 0 && errno == EAGAIN;
  }
}

// One child from its start to its end.
class Conversation {
 public:
  Conversation(const CandidateSandbox::Setup& setup, const SharedCandles& candles, const Candidate& candidate)
      : setup_(setup), began_(Clock::now()), child_(start(candles, candidate)) {
    answer_.write.close();
    complaint_.write.close();
  }

  CandidateResult result() {
    const Failure broken = listen();
    if (broken.kind != FailureKind::none) child_.kill();
    const int status = child_.wait();
    CandidateResult result;
    if (broken.kind != FailureKind::none) {
      result.failure = broken;
    } else {
      read_answer(status, result);
    }
    result.cpu_seconds = child_.cpu_seconds();
    result.wall_seconds = elapsed();
    return result;
  }

 private:
  double elapsed() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

  pid_t start(const SharedCandles& candles, const Candidate& candidate) {
    ChildOrder order;
    order.parent = getpid();
    order.ground = setup_.ground;
    order.ground.candles = nullptr;
    order.limits = setup_.limits;
    order.guards = setup_.guards;
    order.candidate = candidate;
    const std::string bytes = encode(order);
    const Descriptor written = sealed_memory({bytes});
    Actions actions;
    actions.give(written, 0);
    actions.give(answer_.write, 1);
    actions.give(complaint_.write, 2);
    const Descriptor block = moved_up(dup(candles.descriptor()));
    actions.give(block, 3);
    if (setup_.guards.closed_descriptors) actions.close_from(4);
    char* const nothing[] = {nullptr};
    return actions.start(setup_.program.empty() ? "/proc/self/exe" : setup_.program,
                         setup_.guards.empty_environment ? nothing : environ);
  }

  /// Until the child has ended, or must.
  Failure listen() {
    const double limit = setup_.guards.wall_clock ? setup_.limits.wall_seconds : HUGE_VAL;
    std::string complaint;
    for (;;) {
      const double left = limit - elapsed();
      if (left <= 0) return {FailureKind::timeout, fmt::format("it still ran after {:g} s", limit)};
      if (setup_.stopped && setup_.stopped()) return {FailureKind::interrupted, "it was interrupted"};
      pollfd watched[] = {{answer_.read.get(), POLLIN, 0}, {complaint_.read.get(), POLLIN, 0}, {child_.handle(), POLLIN, 0}};
      if (!answer_open_) watched[0].fd = -1;
      if (!complaint_open_) watched[1].fd = -1;
      poll(watched, 3, static_cast<int>(std::ceil(std::min(left, kLook) * 1000)));
      const bool ended = watched[2].revents != 0;  // looked at first: what it wrote before is in the pipes
      answer_open_ = answer_open_ && drain(answer_.read, said_);
      complaint_open_ = complaint_open_ && drain(complaint_.read, complaint);
      words_.append(complaint, 0, kLongestComplaint - std::min(words_.size(), kLongestComplaint));
      complaint.clear();
      if (said_.size() > kLongestAnswer) return {FailureKind::too_much_output, "its answer is longer than any that makes sense"};
      if (ended) return {};
    }
  }

  void read_answer(int status, CandidateResult& result) const {
    if (WIFSIGNALED(status)) {
      result.failure = of_signal(WTERMSIG(status));
      return;
    }
    if (WEXITSTATUS(status) == 0) {
      try {
        result = decode_result(said_);
        if (result.ok() && !is_strategy_name(result.report.strategy_name)) throw Error("the answer of the child process makes no sense");
        result.report.symbol = setup_.ground.symbol;
        for (const auto& [key, value] : setup_.ground.settings) set_from_text(result.report.config, key, value);
        return;
      } catch (const std::exception& problem) {
        result = {};
        result.failure = {FailureKind::crashed, problem.what()};
        return;
      }
    }
    result.failure = {FailureKind::crashed, fmt::format("the child process ended with {}{}", WEXITSTATUS(status), last_words())};
  }

  Failure of_signal(int number) const {
    const SandboxLimits& limits = setup_.limits;
    if (number == SIGXCPU) return {FailureKind::timeout, fmt::format("it used more than {:g} s of processor time", limits.cpu_seconds), number};
    if (number == SIGSYS) return {FailureKind::forbidden, "it made a system call that generated files may not make", number};
    return {FailureKind::killed,
            fmt::format("the child process was killed by signal {} ({}){}", number, sigabbrev_np(number) ? sigabbrev_np(number) : "?",
                        last_words()),
            number};
  }

  std::string last_words() const {
    const std::string line = words_.substr(0, words_.find('\n'));
    return line.empty() ? "" : ": " + line;
  }

  const CandidateSandbox::Setup& setup_;
  Clock::time_point began_;
  Pipe answer_, complaint_;
  std::string said_, words_;
  bool answer_open_ = true, complaint_open_ = true;
  Child child_;
};

}  // namespace

SharedCandles::SharedCandles(const lua::LoadedCandles& candles) {
  std::string head;
  memory_ = sealed_memory(pieces(candles, head));
}

CandidateResult evaluate_in_child(const CandidateSandbox::Setup& setup, const SharedCandles& candles, const Candidate& candidate) {
  try {
    return Conversation(setup, candles, candidate).result();
  } catch (const std::exception& problem) {
    CandidateResult result;
    result.failure = {FailureKind::sandbox, problem.what()};
    return result;
  }
}

}  // namespace btk::optimizer
