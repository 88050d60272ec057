// HTTP over libcurl: one request, one answer or one exception. Connections are
// kept open and used again, a few per host. TLS certificates are always
// verified, redirects are not followed, proxies come from the environment as
// curl reads them. No message holds more of an address than the host: queries
// carry signatures.
//
// Any number of threads may use one client. A request is on the wire at most
// once unless its method is GET or HEAD: what moves money must not be repeated
// behind the caller's back.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/error.h"
#include "lua/http.h"

namespace btk::net {

using HttpRequest = lua::HttpRequest;
using HttpResponse = lua::HttpResponse;

/// There is no answer. The sentence names the host and the reason.
class TransportError : public Error {
 public:
  enum class Kind {
    bad_request,  ///< never sent: the address or a header is malformed
    unreachable,  ///< never sent: no such name, refused, no trusted TLS
    timeout,
    dropped,      ///< the connection ended before the answer was complete
    too_large,    ///< the answer exceeds the limit
    cancelled,
  };
  TransportError(Kind kind, bool may_have_arrived, const std::string& sentence)
      : Error(sentence), kind_(kind), may_have_arrived_(may_have_arrived) {}

  Kind kind() const { return kind_; }
  /// False: the other side has certainly not seen the request.
  bool may_have_arrived() const { return may_have_arrived_; }

 private:
  Kind kind_;
  bool may_have_arrived_;
};

struct HttpOptions {
  int connect_timeout_ms = 5000;
  std::size_t max_body = std::size_t{64} << 20;  ///< bytes, after decompression
  std::size_t idle_per_host = 8;                 ///< connections kept for later
  std::string user_agent = "btkhost";
  /// Asked about ten times a second while a request runs; true ends it. Several threads call it.
  std::function<bool()> stopped;
};

class HttpClient {
 public:
  explicit HttpClient(HttpOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Whatever status the answer has, it is returned; throws TransportError when there is none.
  HttpResponse send(const HttpRequest& request);

  /// Ends the requests that run (within a fifth of a second) and all later ones.
  void cancel() { cancelled_.store(true); }

 private:
  class Lane;
  class Loan;

  std::unique_ptr<Lane> borrow(const std::string& host);
  void give_back(const std::string& host, std::unique_ptr<Lane> lane);
  bool stopping() const { return cancelled_.load() || (options_.stopped && options_.stopped()); }

  HttpOptions options_;
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<Lane>>> idle_;
};

/// The value of a header (its name in lower case), or nullptr.
const std::string* header(const HttpResponse& response, const std::string& name);

}  // namespace btk::net
