// Signals are for a whole process, so each case has a child of its own.
#include "host/cli/live_signals.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>

using namespace btk::host;
using namespace std::chrono_literals;

namespace {

constexpr int kPatience = 60'000;  ///< ms

// A session in a child: what it says comes line by line.
class Child {
 public:
  explicit Child(const std::function<int(LiveSignals&, const std::function<void(const char*)>&)>& session) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[0]);
      std::FILE* out = ::fdopen(ends[1], "w");
      Console console(out, out);
      LiveSignals signals(console);
      const int code = session(signals, [&](const char* word) { console.note(word); });
      ::_exit(code);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~Child() {
    ::close(from_);
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  void send(int signal) const { ::kill(pid_, signal); }

  std::string line() {
    std::string text;
    char c = 0;
    pollfd watched{from_, POLLIN, 0};
    while (::poll(&watched, 1, kPatience) > 0 && ::read(from_, &c, 1) == 1 && c != '\n') text += c;
    return text;
  }
  int end() {
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t pid_ = -1;
  int from_ = -1;
};

int until_detached(LiveSignals& signals, const std::function<void(const char*)>& say) {
  signals.on({.drain = [&] { say("drain"); },
              .detach = [&] { say("detach"); },
              .reload = [&] { say("reload"); },
              .status = [&] { say("status"); }});
  say("ready");
  while (!signals.detaching()) std::this_thread::sleep_for(2ms);
  std::this_thread::sleep_for(50ms);  // the function's word comes after the flag
  return signals.exit_code();
}

}  // namespace

TEST_CASE("The first Ctrl-C drains, the second detaches with 130") {
  Child child(until_detached);
  CHECK(child.line() == "ready");
  child.send(SIGINT);
  CHECK(child.line() == "Graceful shutdown initiated.");
  CHECK(child.line() == "Press Ctrl+C again to force quit.");
  CHECK(child.line() == "drain");
  std::this_thread::sleep_for(50ms);  // two within a moment are one request
  child.send(SIGINT);
  CHECK_THAT(child.line(), Catch::Matchers::Contains("open positions stay open"));
  CHECK(child.line() == "detach");
  CHECK(child.end() == 130);
}

TEST_CASE("Ctrl-C pressed again and again counts as pressed twice, however quickly") {
  Child child([](LiveSignals& signals, const std::function<void(const char*)>& say) {
    say("ready");
    for (int i = 0; i < 5000 && !signals.detaching(); ++i) std::this_thread::sleep_for(2ms);
    return signals.exit_code();
  });
  CHECK(child.line() == "ready");
  for (int i = 0; i < 30; ++i) {
    child.send(SIGINT);
    std::this_thread::sleep_for(10ms);
  }
  CHECK(child.end() == 130);
}

TEST_CASE("SIGTERM detaches at once, with 0") {
  Child child(until_detached);
  CHECK(child.line() == "ready");
  child.send(SIGTERM);
  CHECK_THAT(child.line(), Catch::Matchers::Contains("open positions stay open"));
  CHECK(child.line() == "detach");
  CHECK(child.end() == 0);
}

TEST_CASE("SIGHUP reloads, SIGUSR1 asks for the status; both as often as they come") {
  Child child(until_detached);
  CHECK(child.line() == "ready");
  for (int i = 0; i < 3; ++i) {
    child.send(SIGHUP);
    CHECK(child.line() == "reload");
    child.send(SIGUSR1);
    CHECK(child.line() == "status");
  }
}

TEST_CASE("A detach that hangs ends with 130 all the same") {
  Child child([](LiveSignals& signals, const std::function<void(const char*)>& say) {
    signals.on({.detach = [] { std::this_thread::sleep_for(24h); }});
    say("ready");
    std::this_thread::sleep_for(24h);
    return 0;
  });
  CHECK(child.line() == "ready");
  child.send(SIGTERM);
  CHECK(child.end() == 130);  // after five seconds
}

TEST_CASE("A stop from the control socket is a stop; one that came early is told later") {
  Child child([](LiveSignals& signals, const std::function<void(const char*)>& say) {
    signals.request_drain();
    while (!signals.draining()) std::this_thread::sleep_for(2ms);
    signals.on({.drain = [&] { say("told"); }});
    signals.request_detach();
    while (!signals.detaching()) std::this_thread::sleep_for(2ms);
    return signals.exit_code();
  });
  CHECK(child.line() == "Graceful shutdown initiated.");
  CHECK(child.line() == "Press Ctrl+C again to force quit.");
  CHECK(child.line() == "told");
  CHECK(child.end() == 0);
}
