// A few lines of HTTP on loopback for tests of clients: every connection has a
// thread, every request goes to one function.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace btk::test {

struct SmallRequest {
  std::string method, path, body;
};

struct SmallAnswer {
  int status = 200;  ///< 0: the connection is dropped without a word
  std::string body;
};

class SmallServer {
 public:
  /// `answer` is called from several threads and must return before the server's end.
  explicit SmallServer(std::function<SmallAnswer(const SmallRequest&)> answer) : answer_(std::move(answer)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof place;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&place), size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&place), &size) != 0) {
      throw std::runtime_error("no loopback socket for the test's server");
    }
    port_ = ntohs(place.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~SmallServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int connection : connections_) ::shutdown(connection, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int connection : connections_) ::close(connection);
    ::close(listener_);
  }
  SmallServer(const SmallServer&) = delete;
  SmallServer& operator=(const SmallServer&) = delete;

  std::string address() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void accept_all() {
    while (true) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      const std::lock_guard lock(mutex_);
      connections_.push_back(connection);
      threads_.emplace_back([this, connection] { serve(connection); });
    }
  }

  void serve(int connection) {
    std::string text;
    while (true) {
      std::size_t head = 0, length = 0;
      while ((head = text.find("\r\n\r\n")) == std::string::npos) {
        if (!read_more(connection, text)) return;
      }
      std::string lower = text.substr(0, head);
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](unsigned char c) { return std::tolower(c); });
      if (const auto at = lower.find("content-length:"); at != std::string::npos) {
        length = std::strtoul(lower.c_str() + at + 15, nullptr, 10);
      }
      while (text.size() < head + 4 + length) {
        if (!read_more(connection, text)) return;
      }
      const auto first = text.find(' '), second = text.find(' ', first + 1);
      const SmallRequest request{text.substr(0, first), text.substr(first + 1, second - first - 1),
                                 text.substr(head + 4, length)};
      text.erase(0, head + 4 + length);
      const SmallAnswer answer = answer_(request);
      if (answer.status == 0) {
        ::shutdown(connection, SHUT_RDWR);
        return;
      }
      const std::string reply = "HTTP/1.1 " + std::to_string(answer.status) +
                                " -\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" +
                                answer.body;
      if (::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  static bool read_more(int connection, std::string& text) {
    char buffer[4096];
    const auto count = ::recv(connection, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    text.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  std::function<SmallAnswer(const SmallRequest&)> answer_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<int> connections_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace btk::test
