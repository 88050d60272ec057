// What btk.http asks of its host, as plain values. The host does the transport.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace btk::lua {

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  int timeout_ms = 10'000;  ///< of the whole exchange, wall clock
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
  std::string body;
};

/// Throws btk::Error when there is no answer. Several threads may call.
using HttpClient = std::function<HttpResponse(const HttpRequest&)>;

}  // namespace btk::lua
