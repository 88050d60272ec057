#include "host/net/http_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>

#include "host/net/curl.h"

namespace btk::net {
namespace {

using Kind = TransportError::Kind;

constexpr int kLookMs = 100;  ///< how often a running request looks whether it should stop

struct FreeUrl {
  void operator()(CURLU* url) const { curl().url_cleanup(url); }
};
struct FreeText {
  void operator()(char* text) const { curl().free(text); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

std::string part(CURLU* url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl().url_get(url, which, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, FreeText> owner(text);
  return text;
}

struct Address {
  std::string key;   ///< scheme, host and port: what a connection belongs to
  std::string name;  ///< how messages call it
};

Address read_address(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl().url());
  const auto refuse = [](const char* why) {
    throw TransportError(Kind::bad_request, false, fmt::format("the address of an HTTP request {}", why));
  };
  if (text.find_first_of(std::string("\r\n\0 ", 4)) != std::string::npos) refuse("must not hold blanks or line breaks");
  if (curl().url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    refuse("is not of the form http://host/path or https://host/path");
  }
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") refuse("must begin with http:// or https://");
  const std::string host = part(url.get(), CURLUPART_HOST);
  const std::string port = part(url.get(), CURLUPART_PORT);
  return {fmt::format("{}://{}:{}", scheme, host, port), port.empty() ? host : fmt::format("{}:{}", host, port)};
}

bool is_token(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::strchr("!#$%&'*+-.^_`|~", c) != nullptr;
  });
}

bool repeatable(const std::string& method) { return method == "GET" || method == "HEAD"; }

/// What one request collects while libcurl works.
struct Exchange {
  HttpResponse response;
  std::size_t max_body = 0;
  bool too_large = false;
  bool once = false;      ///< must not be sent again on another connection
  int sent = 0;           ///< times that a connection was ready and the request went out
  bool repeated = false;  ///< sending it once more was prevented
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  if (exchange.response.body.size() + size > exchange.max_body) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append(data, size);
  return size;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* user) {
  HttpResponse& response = static_cast<Exchange*>(user)->response;
  const std::string_view line(data, size);
  if (line.starts_with("HTTP/")) {  // after "100 Continue" or a proxy's answer everything begins anew
    response.headers.clear();
    return size;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return size;
  std::string name(trimmed(line.substr(0, colon)));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  response.headers.emplace_back(std::move(name), trimmed(line.substr(colon + 1)));
  return size;
}

// libcurl sends a request again by itself when a kept connection turns out to be dead. That the other side had
// not read it is likely, not certain.
int on_connected(void* user, char*, char*, int, int) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  if (exchange.sent++ > 0 && exchange.once) {
    exchange.repeated = true;
    return CURL_PREREQFUNC_ABORT;
  }
  return CURL_PREREQFUNC_OK;
}

[[noreturn]] void fail(CURLcode code, CURL* easy, const Exchange& exchange, const HttpRequest& request,
                       const std::string& host) {
  const bool sent = exchange.sent > 0;
  const auto raise = [&](Kind kind, const std::string& why) {
    throw TransportError(kind, sent, fmt::format("{}: {}", host, why));
  };
  if (exchange.too_large) raise(Kind::too_large, fmt::format("the answer is larger than {} bytes", exchange.max_body));
  if (exchange.repeated) raise(Kind::dropped, "the connection was dropped before an answer came");
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      raise(Kind::unreachable, "the name cannot be resolved");
      break;
    case CURLE_COULDNT_RESOLVE_PROXY:
      raise(Kind::unreachable, "the name of the proxy cannot be resolved");
      break;
    case CURLE_COULDNT_CONNECT: {
      long error = 0;
      curl().easy_getinfo(easy, CURLINFO_OS_ERRNO, &error);
      raise(Kind::unreachable, error == 0 ? "cannot connect"
                                          : fmt::format("cannot connect: {}", std::strerror(static_cast<int>(error))));
      break;
    }
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CONNECT_ERROR:
      raise(Kind::unreachable, fmt::format("no trusted TLS connection ({})", curl().easy_strerror(code)));
      break;
    case CURLE_OPERATION_TIMEDOUT:
      raise(Kind::timeout, sent ? fmt::format("no complete answer within {} ms", request.timeout_ms)
                                : std::string("no connection in time"));
      break;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      raise(Kind::dropped, "the connection was dropped before the answer was complete");
      break;
    default:
      break;
  }
  raise(Kind::dropped, curl().easy_strerror(code));
  throw Error("unreachable");
}

}  // namespace

// One easy handle with the multi handle that owns its connection. The multi interface is what can be stopped
// at any time: the easy one looks around once a second only.
class HttpClient::Lane {
 public:
  Lane() : multi_(curl().multi_init()), easy_(curl().easy_init()) {
    if (!multi_ || !easy_) throw Error("no memory for an HTTP request");
  }
  ~Lane() = default;
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  HttpResponse perform(const HttpClient& client, const HttpRequest& request, const std::string& host) {
    Exchange exchange;
    exchange.max_body = client.options_.max_body;
    exchange.once = !repeatable(request.method);
    const std::unique_ptr<curl_slist, FreeList> headers = header_list(request);
    curl().easy_reset(easy_.get());
    set_up(client.options_, request, headers.get(), exchange);
    const CURLcode code = drive(client, host, exchange);
    if (code != CURLE_OK) fail(code, easy_.get(), exchange, request, host);
    long status = 0;
    curl().easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    exchange.response.status = static_cast<int>(status);
    return std::move(exchange.response);
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    if (const CURLcode code = curl().easy_setopt(easy_.get(), option, value); code != CURLE_OK) {
      throw Error(fmt::format("libcurl refuses an option of an HTTP request: {}", curl().easy_strerror(code)));
    }
  }

  static std::unique_ptr<curl_slist, FreeList> header_list(const HttpRequest& request) {
    std::unique_ptr<curl_slist, FreeList> list;
    const auto add = [&list](const std::string& line) {
      curl_slist* longer = curl().slist_append(list.get(), line.c_str());
      if (longer == nullptr) throw Error("no memory for an HTTP request");
      (void)list.release();
      list.reset(longer);
    };
    bool typed = false;
    for (const auto& [name, value] : request.headers) {
      if (!is_token(name) || value.find_first_of(std::string("\r\n\0", 3)) != std::string::npos) {
        throw TransportError(Kind::bad_request, false, "a header of an HTTP request is malformed");
      }
      typed = typed || curl().strequal(name.c_str(), "content-type") != 0;
      add(value.empty() ? name + ";" : name + ": " + value);
    }
    if (!typed) add("Content-Type:");  // libcurl would claim a form
    add("Expect:");
    return list;
  }

  void set_up(const HttpOptions& options, const HttpRequest& request, curl_slist* headers, Exchange& exchange) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_ACCEPT_ENCODING, "gzip");  // others are dear to make for servers that do it anew each time
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout_ms));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(std::max(request.timeout_ms, 1)));
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&exchange));
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&exchange));
    set(CURLOPT_PREREQFUNCTION, on_connected);
    set(CURLOPT_PREREQDATA, static_cast<void*>(&exchange));
    if (request.method == "HEAD") {
      set(CURLOPT_NOBODY, 1L);
    } else if (request.method == "POST" || !request.body.empty()) {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
      set(CURLOPT_POSTFIELDS, request.body.c_str());
    }
    if (request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  CURLcode drive(const HttpClient& client, const std::string& host, const Exchange& exchange) {
    struct Added {
      CURLM* multi;
      CURL* easy;
      Added(CURLM* m, CURL* e) : multi(m), easy(e) { curl().multi_add_handle(multi, easy); }
      ~Added() { curl().multi_remove_handle(multi, easy); }
    } const added(multi_.get(), easy_.get());
    int running = 1;
    while (true) {
      CURLMcode code = curl().multi_perform(multi_.get(), &running);
      if (code == CURLM_OK && running == 0) break;
      if (client.stopping()) {
        // Otherwise removing the handle waits for a name that is being resolved.
        curl().easy_setopt(easy_.get(), CURLOPT_QUICK_EXIT, 1L);
        throw TransportError(Kind::cancelled, exchange.sent > 0, fmt::format("{}: the request was cancelled", host));
      }
      if (code == CURLM_OK) code = curl().multi_poll(multi_.get(), nullptr, 0, kLookMs, nullptr);
      if (code != CURLM_OK) throw Error(fmt::format("{}: {}", host, curl().multi_strerror(code)));
    }
    int left = 0;
    while (const CURLMsg* message = curl().multi_info_read(multi_.get(), &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    return CURLE_RECV_ERROR;
  }

  struct FreeEasy {
    void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
  };
  struct FreeMulti {
    void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
  };
  std::unique_ptr<CURLM, FreeMulti> multi_;
  std::unique_ptr<CURL, FreeEasy> easy_;  // goes before the multi handle
};

// A lane for the time of one request. One that failed is not used again.
class HttpClient::Loan {
 public:
  Loan(HttpClient& client, std::string host) : client_(client), host_(std::move(host)), lane_(client.borrow(host_)) {}
  Lane& lane() { return *lane_; }
  void give_back() { client_.give_back(host_, std::move(lane_)); }

 private:
  HttpClient& client_;
  std::string host_;
  std::unique_ptr<Lane> lane_;
};

HttpClient::HttpClient(HttpOptions options) : options_(std::move(options)) {}
HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Lane> HttpClient::borrow(const std::string& host) {
  {
    const std::lock_guard lock(mutex_);
    auto& lanes = idle_[host];
    if (!lanes.empty()) {
      auto lane = std::move(lanes.back());
      lanes.pop_back();
      return lane;
    }
  }
  return std::make_unique<Lane>();
}

void HttpClient::give_back(const std::string& host, std::unique_ptr<Lane> lane) {
  const std::lock_guard lock(mutex_);
  auto& lanes = idle_[host];
  if (lanes.size() < options_.idle_per_host) lanes.push_back(std::move(lane));
}

HttpResponse HttpClient::send(const HttpRequest& request) {
  const Address address = read_address(request.url);
  if (!is_token(request.method)) {
    throw TransportError(Kind::bad_request, false, fmt::format("{}: the method of an HTTP request is malformed", address.name));
  }
  if (stopping()) {
    throw TransportError(Kind::cancelled, false, fmt::format("{}: the request was cancelled", address.name));
  }
  Loan loan(*this, address.key);
  HttpResponse response = loan.lane().perform(*this, request, address.name);
  loan.give_back();
  return response;
}

const std::string* header(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace btk::net
