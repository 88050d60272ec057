#include "tests/exchange_server/web.h"

#include <fmt/format.h>
#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "engine/error.h"

namespace btk::exchange_server {
namespace {

// Every connection that is kept alive holds a thread, and so does every wait for a moment of the clock.
constexpr std::size_t kThreads = 256;
constexpr int kBacklog = 256;
constexpr int kMaxDescriptor = 2048;

// The library does not tell which socket a request came from: it is the one whose other end has the request's
// port. -1: gone.
int find_socket(int remote_port) {
  for (int fd = 3; fd < kMaxDescriptor; ++fd) {
    sockaddr_in other{};
    socklen_t size = sizeof other;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&other), &size) == 0 && other.sin_family == AF_INET &&
        ntohs(other.sin_port) == remote_port) {
      return fd;
    }
  }
  return -1;
}

// Ends every connection that was made to `port` here, so that nobody waits for its next request.
void hang_up(int port) {
  for (int fd = 3; fd < kMaxDescriptor; ++fd) {
    sockaddr_in own{}, other{};
    socklen_t size = sizeof own;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size) != 0 || own.sin_family != AF_INET)
      continue;
    size = sizeof other;
    if (ntohs(own.sin_port) == port && ::getpeername(fd, reinterpret_cast<sockaddr*>(&other), &size) == 0) {
      ::shutdown(fd, SHUT_RDWR);
    }
  }
}

bool still_open(int fd) {
  if (fd < 0) return false;
  char byte = 0;
  const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

WebRequest translate(const httplib::Request& request) {
  WebRequest result;
  result.method = request.method;
  result.path = request.path;
  if (const auto mark = request.target.find('?'); mark != std::string::npos) {
    result.query = request.target.substr(mark + 1);
  }
  result.body = request.body;
  result.parameters = parse_form(result.query);
  if (!result.body.empty() && result.body.front() != '{' && result.body.front() != '[') {
    for (auto& pair : parse_form(result.body)) result.parameters.push_back(std::move(pair));
  }
  result.api_key = request.get_header_value("X-MBX-APIKEY");
  // Looked for when it is asked for: few requests ask.
  result.connected = [port = request.remote_port, fd = -1]() mutable {
    if (fd < 0) fd = find_socket(port);
    return still_open(fd);
  };
  return result;
}

}  // namespace

std::string WebRequest::get(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

Parameters parse_form(std::string_view text) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    c = static_cast<char>(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  const auto decode = [&](std::string_view part) {
    std::string plain;
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (part[i] == '%' && i + 2 < part.size() && digit(part[i + 1]) >= 0 && digit(part[i + 2]) >= 0) {
        plain += static_cast<char>(digit(part[i + 1]) * 16 + digit(part[i + 2]));
        i += 2;
      } else {
        plain += part[i] == '+' ? ' ' : part[i];
      }
    }
    return plain;
  };
  Parameters result;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    result.emplace_back(decode(part.substr(0, equals)),
                        equals == std::string_view::npos ? "" : decode(part.substr(equals + 1)));
  }
  return result;
}

struct WebServer::Library : httplib::Server {
  // The library listens with a queue of five: too short for fifty traders that connect at once.
  void lengthen_queue() { ::listen(svr_sock_, kBacklog); }
  int port = 0;
};

WebServer::WebServer(std::function<WebAnswer(const WebRequest&)> handle)
    : library_(std::make_unique<Library>()) {
  const auto answer = [handle = std::move(handle)](const httplib::Request& request,
                                                   httplib::Response& response) {
    const WebAnswer said = handle(translate(request));
    if (said.drop) {
      // What the library writes afterwards goes nowhere.
      ::shutdown(find_socket(request.remote_port), SHUT_RDWR);
      return;
    }
    response.status = said.status;
    for (const auto& [name, value] : said.headers) response.set_header(name, value);
    response.set_content(said.body, "application/json");
  };
  library_->new_task_queue = [] { return new httplib::ThreadPool(kThreads); };  // the library deletes it
  library_->set_keep_alive_max_count(1'000'000'000);
  library_->set_keep_alive_timeout(60);
  library_->set_tcp_nodelay(true);
  // The library would read the body of a POST that has none until the connection ends.
  library_->set_pre_routing_handler([answer](const httplib::Request& request, httplib::Response& response) {
    if (request.has_header("Content-Length") || request.has_header("Transfer-Encoding")) {
      return httplib::Server::HandlerResponse::Unhandled;
    }
    answer(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  library_->Get(".*", answer);
  library_->Post(".*", answer);
  library_->Put(".*", answer);
  library_->Delete(".*", answer);
}

WebServer::~WebServer() = default;

int WebServer::bind(int port) {
  const int bound = port == 0                                   ? library_->bind_to_any_port("127.0.0.1")
                    : library_->bind_to_port("127.0.0.1", port) ? port
                                                                : -1;
  if (bound < 0) throw Error(fmt::format("port {} cannot be listened on; choose another or 0", port));
  library_->lengthen_queue();
  return library_->port = bound;
}

void WebServer::serve() { library_->listen_after_bind(); }
void WebServer::stop() {
  library_->stop();
  hang_up(library_->port);
}

}  // namespace btk::exchange_server
