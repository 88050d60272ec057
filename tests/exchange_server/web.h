// HTTP without a library's types: what came in, what goes out, and whether the
// connection survives it. The transport is in web.cpp, the only file that knows
// cpp-httplib.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace btk::exchange_server {

using Parameters = std::vector<std::pair<std::string, std::string>>;

struct WebRequest {
  std::string method, path;
  std::string query;  ///< as it was sent, after the question mark
  std::string body;
  Parameters parameters;  ///< decoded, of the query and of a form body
  std::string api_key;    ///< header X-MBX-APIKEY
  /// Is somebody still there to hear the answer?
  std::function<bool()> connected = [] { return true; };

  /// The first parameter of that name; empty when there is none.
  std::string get(std::string_view name) const;
};

struct WebAnswer {
  int status = 200;
  std::string body = "{}";
  Parameters headers;
  bool drop = false;  ///< close the connection instead of answering
};

/// "a=1&b=x%20y" as pairs.
Parameters parse_form(std::string_view text);

class WebServer {
 public:
  /// Any thread calls `handle`, one for each connection at a time.
  explicit WebServer(std::function<WebAnswer(const WebRequest&)> handle);
  ~WebServer();

  /// Binds to loopback; 0 chooses a port. Returns the port; throws btk::Error.
  int bind(int port);
  /// Serves until stop().
  void serve();
  void stop();

 private:
  struct Library;
  std::unique_ptr<Library> library_;
};

}  // namespace btk::exchange_server
