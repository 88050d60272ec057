// An HTTP server on loopback for tests, bare enough to misbehave: it can drop a
// connection without a byte, end an answer in the middle, answer late. One
// thread per connection; connections are kept open.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace btk::test {

struct ServedRequest {
  std::string method, path;  ///< path without the query
  std::map<std::string, std::string> query, headers;  ///< header names in lower case
  std::string body;
};

struct ServedAnswer {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  enum class Fault { none, drop, cut } fault = Fault::none;  ///< drop: not a byte; cut: half of the body
  int delay_ms = 0;
};

class HttpServer {
 public:
  using Handler = std::function<ServedAnswer(const ServedRequest&)>;

  /// `handler` is called by several threads.
  explicit HttpServer(Handler handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return accepted_.load(); }  ///< so far
  int requests() const { return requests_.load(); }     ///< so far

 private:
  void accept_all();
  void serve(int socket);
  bool answer(int socket, const ServedRequest& request);

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> accepted_{0}, requests_{0};
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread accepting_;
};

/// A port of loopback where nobody listens.
int unused_port();

}  // namespace btk::test
