#include "host/service/control_socket.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "host/clock/machine_clock.h"
#include "host/json.h"
#include "host/net/outside_json.h"
#include "host/service/unix_socket.h"

namespace btk::host {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kLongestQuestion = 64 * 1024;
constexpr std::size_t kLongestReply = 64 * 1024 * 1024;
constexpr std::size_t kMostVisitors = 32;
constexpr auto kVisitLimit = 10s;  ///< for one question and its answer
constexpr auto kLookAtSockets = 1000ms;

std::string line_of(const Json& document) {
  return document.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json refusal(const std::string& why) { return {{"ok", false}, {"error", why}}; }

[[noreturn]] void cannot_make_socket(const std::filesystem::path& socket, const std::string& why) {
  throw Error(fmt::format("cannot make the control socket {}: {}; choose another folder with --out",
                          socket.string(), why));
}

}  // namespace

std::filesystem::path control_socket_path(const std::filesystem::path& out) {
  return out / "data" / "control.sock";
}

// --- the running process ---------------------------------------------------------

struct ControlServer::Visitor {
  net::Descriptor descriptor;
  SteadyClock::time_point since = SteadyClock::now();
  std::string question, answer;
  std::size_t sent = 0;
};

ControlServer::ControlServer(const std::filesystem::path& socket, Handler handler)
    : socket_(socket), handler_(std::move(handler)) {
  std::error_code problem;
  if (socket_.has_parent_path()) std::filesystem::create_directories(socket_.parent_path(), problem);
  if (problem) cannot_make_socket(socket_, problem.message());

  net::Descriptor listener = bind_unix(socket_);
  if (!listener && errno == EADDRINUSE) {
    if (connect_unix(socket_)) cannot_make_socket(socket_, "another btkhost answers there");
    if (errno != ECONNREFUSED) cannot_make_socket(socket_, std::strerror(errno));
    if (!std::filesystem::is_socket(std::filesystem::symlink_status(socket_)))
      cannot_make_socket(socket_, "there is another file");
    ::unlink(socket_.c_str());
    listener = bind_unix(socket_);
  }
  struct stat made {};
  if (!listener || ::listen(listener.get(), 16) != 0 || ::lstat(socket_.c_str(), &made) != 0) {
    cannot_make_socket(socket_, std::strerror(errno));
  }
  device_ = made.st_dev;
  inode_ = made.st_ino;
  listener_ = listener.get();
  thread_ = std::thread([this] { serve(); });
  listener.release();
}

ControlServer::~ControlServer() {
  ending_.ring();
  thread_.join();
  struct stat there {};
  if (::lstat(socket_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_) {
    ::unlink(socket_.c_str());
  }
  ::close(listener_);
}

void ControlServer::serve() {
  std::vector<pollfd> watched;
  while (true) {
    watched.assign({{ending_.descriptor(), POLLIN, 0}, {listener_, POLLIN, 0}});
    if (visitors_.size() >= kMostVisitors) watched[1].fd = -1;  // the others wait in the queue
    for (const auto& [descriptor, visitor] : visitors_) {
      watched.push_back({descriptor, static_cast<short>(visitor->answer.empty() ? POLLIN : POLLOUT), 0});
    }
    ::poll(watched.data(), watched.size(), static_cast<int>(kLookAtSockets.count()));
    if (watched[0].revents != 0) return;
    for (std::size_t i = 2; i < watched.size(); ++i) {
      const auto found = visitors_.find(watched[i].fd);
      if (!attend(found->first, *found->second, watched[i].revents)) visitors_.erase(found);
    }
    if (watched[1].revents != 0) admit();
  }
}

void ControlServer::admit() {
  net::Descriptor descriptor(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!descriptor) return;
  auto visitor = std::make_unique<Visitor>();
  visitor->descriptor = std::move(descriptor);
  const int key = visitor->descriptor.get();
  visitors_[key] = std::move(visitor);
}

// False when the visit is over.
bool ControlServer::attend(int descriptor, Visitor& visitor, short events) {
  if (SteadyClock::now() - visitor.since > kVisitLimit) return false;
  if (events == 0) return true;
  if (visitor.answer.empty()) {
    char buffer[4096];
    const auto count = ::recv(descriptor, buffer, sizeof buffer, 0);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) return false;
    visitor.question.append(buffer, static_cast<std::size_t>(count));
    const auto end = visitor.question.find('\n');
    if (end != std::string::npos) {
      visitor.answer = answer(visitor.question.substr(0, end));
    } else if (visitor.question.size() > kLongestQuestion) {
      visitor.answer = line_of(refusal("the question is too long"));
    } else {
      return true;
    }
  }
  const auto count = ::send(descriptor, visitor.answer.data() + visitor.sent,
                            visitor.answer.size() - visitor.sent, MSG_NOSIGNAL);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  visitor.sent += static_cast<std::size_t>(count);
  return visitor.sent < visitor.answer.size();
}

std::string ControlServer::answer(const std::string& line) {
  const Json question = net::try_json<Json>(line);
  if (!question.is_object()) return line_of(refusal("the question is not a JSON object"));
  try {
    return line_of(handler_(question));
  } catch (const std::exception& e) {
    return line_of(refusal(e.what()));
  }
}

// --- the command that asks ------------------------------------------------------------

namespace {

// Waits until the socket can be read or written; false when the time is up.
bool ready(int descriptor, short what, SteadyClock::time_point end) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now()).count();
    if (left <= 0) return false;
    pollfd watched{descriptor, what, 0};
    const int count = ::poll(&watched, 1, static_cast<int>(left));
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return false;
  }
}

}  // namespace

nlohmann::ordered_json ask_control(const std::filesystem::path& socket, const Json& question,
                                   std::chrono::milliseconds patience) {
  const auto end = SteadyClock::now() + patience;
  const net::Descriptor connection = connect_unix(socket);
  if (!connection) {
    if (errno == EACCES || errno == EPERM) {
      throw Error(fmt::format("{}: {}; only the user who started the session may ask it", socket.string(),
                              std::strerror(errno)));
    }
    throw NothingRuns(fmt::format("nothing runs at {}", socket.string()));
  }
  const auto silent = [&] {
    return Error(fmt::format("{}: the process there does not answer", socket.string()));
  };

  const std::string line = line_of(question);
  for (std::size_t sent = 0; sent < line.size();) {
    if (!ready(connection.get(), POLLOUT, end)) throw silent();
    const auto count =
        ::send(connection.get(), line.data() + sent, line.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN && errno != EINTR) throw silent();
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
  std::string text;
  char buffer[65536];
  while (text.find('\n') == std::string::npos) {
    if (text.size() > kLongestReply || !ready(connection.get(), POLLIN, end)) throw silent();
    const auto count = ::recv(connection.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) throw silent();
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
  }
  Json answer = net::try_json<Json>(text);
  if (!answer.is_object())
    throw Error(fmt::format("{}: the answer there is not from a btkhost", socket.string()));
  return answer;
}

}  // namespace btk::host
