#include "host/net/http_client.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "tests/support/http_server.h"

using namespace btk::net;
using namespace btk::test;
using Kind = TransportError::Kind;

namespace {

HttpRequest get(const std::string& url, int timeout_ms = 30'000) {
  HttpRequest request;
  request.url = url;
  request.timeout_ms = timeout_ms;
  return request;
}

/// What send() throws.
TransportError failure(HttpClient& client, const HttpRequest& request) {
  try {
    client.send(request);
  } catch (const TransportError& e) {
    return e;
  }
  throw std::runtime_error("the request succeeded");
}

ServedAnswer echo(const ServedRequest& request) {
  ServedAnswer answer;
  answer.body = request.method + " " + request.path + " " + request.body;
  for (const auto& [name, value] : request.headers) answer.body += "\n" + name + "=" + value;
  return answer;
}

}  // namespace

TEST_CASE("a request arrives as it was meant and the answer comes back whole", "[http]") {
  HttpServer server([](const ServedRequest& request) {
    ServedAnswer answer = echo(request);
    answer.status = 201;
    answer.headers = {{"X-MBX-Used", " 12 "}};
    return answer;
  });
  HttpClient client;
  HttpRequest request = get(server.url() + "/a/b?x=1");
  request.method = "POST";
  request.body = "{\"n\": 1}";
  request.headers = {{"X-Key", "k"}, {"Content-Type", "application/json"}};
  const HttpResponse response = client.send(request);
  CHECK(response.status == 201);
  CHECK_THAT(response.body, Catch::StartsWith("POST /a/b {\"n\": 1}"));
  CHECK_THAT(response.body, Catch::Contains("x-key=k") && Catch::Contains("content-type=application/json"));
  REQUIRE(header(response, "x-mbx-used") != nullptr);
  CHECK(*header(response, "x-mbx-used") == "12");

  request.method = "DELETE";
  request.body.clear();
  CHECK_THAT(client.send(request).body, Catch::StartsWith("DELETE /a/b "));
  request.method = "POST";
  CHECK_THAT(client.send(request).body, Catch::Contains("content-length=0"));
  CHECK(server.connections() == 1);
}

TEST_CASE("every status is an answer, redirects are not followed", "[http]") {
  HttpServer server([](const ServedRequest&) {
    return ServedAnswer{.status = 302, .body = "moved", .headers = {{"Location", "/elsewhere"}}};
  });
  HttpClient client;
  const HttpResponse response = client.send(get(server.url()));
  CHECK(response.status == 302);
  CHECK(response.body == "moved");
  CHECK(server.requests() == 1);
}

TEST_CASE("without an answer the error names host and reason and keeps the query to itself", "[http]") {
  HttpServer server([](const ServedRequest& request) {
    if (request.path == "/slow") return ServedAnswer{.body = "late", .headers = {}, .delay_ms = 60'000};
    if (request.path == "/large") return ServedAnswer{.body = std::string(2000, 'x'), .headers = {}};
    ServedAnswer answer{.body = "0123456789", .headers = {}};
    answer.fault = request.path == "/cut" ? ServedAnswer::Fault::cut : ServedAnswer::Fault::drop;
    return answer;
  });
  const std::string name = server.url().substr(7);
  const std::string secret = "?signature=5ec4e7";
  HttpOptions options;
  options.max_body = 1000;
  HttpClient client(options);

  const TransportError cut = failure(client, get(server.url() + "/cut" + secret));
  CHECK(cut.kind() == Kind::dropped);
  CHECK(cut.may_have_arrived());
  CHECK(cut.what() == name + ": the connection was dropped before the answer was complete");
  CHECK(failure(client, get(server.url() + "/drop" + secret)).kind() == Kind::dropped);

  const TransportError late = failure(client, get(server.url() + "/slow" + secret, 50));
  CHECK(late.kind() == Kind::timeout);
  CHECK_THAT(late.what(), Catch::StartsWith(name) && !Catch::Contains("5ec4e7"));

  const TransportError large = failure(client, get(server.url() + "/large" + secret));
  CHECK(large.kind() == Kind::too_large);
  CHECK(large.what() == name + ": the answer is larger than 1000 bytes");

  const int port = unused_port();
  const TransportError nobody = failure(client, get("http://127.0.0.1:" + std::to_string(port) + "/" + secret));
  CHECK(nobody.kind() == Kind::unreachable);
  CHECK_FALSE(nobody.may_have_arrived());
  CHECK(nobody.what() == "127.0.0.1:" + std::to_string(port) + ": cannot connect: Connection refused");
}

TEST_CASE("malformed requests are refused before anything is sent", "[http]") {
  HttpServer server(echo);
  HttpClient client;
  for (const std::string url : {"", "ftp://127.0.0.1/x", "file:///etc/passwd", "127.0.0.1", "http://a b/"}) {
    INFO(url);
    CHECK(failure(client, get(url)).kind() == Kind::bad_request);
  }
  HttpRequest request = get(server.url());
  request.headers = {{"X-A", "1\r\nX-B: 2"}};
  CHECK(failure(client, request).kind() == Kind::bad_request);
  request.headers = {{"X A", "1"}};
  CHECK(failure(client, request).kind() == Kind::bad_request);
  request.headers.clear();
  request.method = "GET /x";
  CHECK(failure(client, request).kind() == Kind::bad_request);
  CHECK(server.requests() == 0);
}

TEST_CASE("an order that met a dead connection is not sent twice, a question is", "[http]") {
  // Every second request finds that the kept connection ends without an answer.
  std::atomic<int> count{0};
  HttpServer server([&](const ServedRequest& request) {
    ServedAnswer answer = echo(request);
    if (++count == 2) answer.fault = ServedAnswer::Fault::drop;
    return answer;
  });
  HttpClient client;
  HttpRequest request = get(server.url() + "/x");
  client.send(request);
  CHECK(client.send(request).status == 200);
  CHECK(count == 3);

  count = 0;
  client.send(request);
  request.method = "POST";
  const TransportError lost = failure(client, request);
  CHECK(lost.kind() == Kind::dropped);
  CHECK(lost.may_have_arrived());
  CHECK(count == 2);
}

TEST_CASE("cancelling ends requests that run and those that come", "[http]") {
  std::atomic<bool> asked{false};
  HttpServer server([&](const ServedRequest&) {
    asked = true;
    return ServedAnswer{.body = "late", .headers = {}, .delay_ms = 60'000};
  });
  std::atomic<bool> stop{false};
  HttpOptions options;
  SECTION("by cancel()") {
    HttpClient client(options);
    std::thread canceller([&] {
      while (!asked) std::this_thread::yield();
      client.cancel();
    });
    CHECK(failure(client, get(server.url())).kind() == Kind::cancelled);
    canceller.join();
    CHECK(failure(client, get(server.url())).kind() == Kind::cancelled);
    CHECK(server.requests() == 1);
  }
  SECTION("by the stop function") {
    options.stopped = [&] { return stop.load(); };
    HttpClient client(options);
    std::thread canceller([&] {
      while (!asked) std::this_thread::yield();
      stop = true;
    });
    CHECK(failure(client, get(server.url())).kind() == Kind::cancelled);
    canceller.join();
  }
}

TEST_CASE("many threads share a client and its connections", "[http]") {
  HttpServer server(echo);
  HttpClient client;
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 20; ++k) {
        const std::string path = "/" + std::to_string(i * 100 + k);
        if (!client.send(get(server.url() + path)).body.starts_with("GET " + path + " ")) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(server.requests() == 160);
  CHECK(server.connections() <= 8);
}
