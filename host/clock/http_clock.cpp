#include "host/clock/http_clock.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "engine/error.h"
#include "host/net/curl.h"
#include "host/net/outside_json.h"

namespace btk::host {
namespace {

using net::curl;
using namespace std::chrono_literals;

constexpr auto kRetryPause = 100ms;  ///< wall
constexpr int kReadTries = 50;       ///< of now(): about five seconds without an answer
constexpr long kConnectLimit = 5;    ///< seconds
constexpr long kReadLimit = 10;      ///< seconds, of now(); waiting has no limit
constexpr std::size_t kLongestClockAnswer = 64 * 1024;

std::size_t keep_body(char* data, std::size_t size, std::size_t count, void* body) {
  auto& text = *static_cast<std::string*>(body);
  if (text.size() + size * count > kLongestClockAnswer) return 0;
  text.append(data, size * count);
  return size * count;
}

std::optional<Timestamp> read_now(const std::string& body) {
  const nlohmann::json answer = net::try_json(body);
  if (!answer.is_object() || !answer.contains("now") || !answer["now"].is_number()) return std::nullopt;
  const double now = answer["now"].get<double>();
  if (!(std::abs(now) < 9e15)) return std::nullopt;
  return static_cast<Timestamp>(std::floor(now));
}

}  // namespace

struct HttpClock::Answer {
  long status = 0;  ///< 0: none came
  std::string body, problem;
  bool refused() const { return status >= 400 && status < 500; }
  bool good() const { return status >= 200 && status < 300; }
};

class HttpClock::Line {
 public:
  Line() : easy_(curl().easy_init()), multi_(curl().multi_init()) {
    if (!easy_ || !multi_) throw Error("the clock's connection cannot be made: out of memory");
  }
  CURL* easy() const { return easy_.get(); }
  CURLM* multi() const { return multi_.get(); }

 private:
  struct EasyCleanup {
    void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
  };
  struct MultiCleanup {
    void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
  };
  std::unique_ptr<CURL, EasyCleanup> easy_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
};

// One request, driven so that a bell can end it at any time.
class HttpClock::Request {
 public:
  Request(HttpClock& clock, const std::string& address, long limit_seconds)
      : clock_(clock), line_(clock.take_line()), easy_(line_->easy()), multi_(line_->multi()) {
    curl().easy_reset(easy_);  // connections stay open
    curl().easy_setopt(easy_, CURLOPT_URL, address.c_str());
    curl().easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl().easy_setopt(easy_, CURLOPT_PROXY, "");  // a long wait would end at a proxy's patience
    curl().easy_setopt(easy_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl().easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT, kConnectLimit);
    curl().easy_setopt(easy_, CURLOPT_TIMEOUT, limit_seconds);
    curl().easy_setopt(easy_, CURLOPT_WRITEFUNCTION, keep_body);
    curl().easy_setopt(easy_, CURLOPT_WRITEDATA, &answer_.body);
  }
  ~Request() {
    curl().multi_remove_handle(multi_, easy_);
    curl().slist_free_all(headers_);
    clock_.give_back(std::move(line_));
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  void post(const std::string& body) {
    headers_ = curl().slist_append(headers_, "Content-Type: application/json");
    headers_ = curl().slist_append(headers_, "Expect:");
    curl().easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    curl().easy_setopt(easy_, CURLOPT_COPYPOSTFIELDS, body.c_str());
  }

  /// Nothing when `wake` rang first.
  std::optional<Answer> perform(Wake* wake) {
    curl().multi_add_handle(multi_, easy_);
    int running = 1;
    while (true) {
      if (curl().multi_perform(multi_, &running) != CURLM_OK) break;
      if (running == 0) break;
      curl_waitfd bell{wake != nullptr ? wake->descriptor() : -1, CURL_WAIT_POLLIN, 0};
      if (curl().multi_poll(multi_, &bell, wake != nullptr ? 1 : 0, 1000, nullptr) != CURLM_OK) break;
      if (wake != nullptr && wake->take()) return std::nullopt;
    }
    int left = 0;
    answer_.problem = "no answer";
    while (const CURLMsg* message = curl().multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      answer_.problem = curl().easy_strerror(message->data.result);
      if (message->data.result == CURLE_OK) curl().easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &answer_.status);
    }
    if (answer_.status != 0) answer_.problem = fmt::format("HTTP status {}", answer_.status);
    return std::move(answer_);
  }

 private:
  HttpClock& clock_;
  std::unique_ptr<Line> line_;
  CURL* easy_;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  Answer answer_;
};

HttpClock::HttpClock(std::string address) : address_(std::move(address)) {}
HttpClock::~HttpClock() = default;

std::unique_ptr<HttpClock::Line> HttpClock::take_line() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Line>();
  std::unique_ptr<Line> line = std::move(idle_.back());
  idle_.pop_back();
  return line;
}

void HttpClock::give_back(std::unique_ptr<Line> line) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(line));
}

Timestamp HttpClock::now() {
  std::string problem;
  for (int attempt = 0; attempt < kReadTries; ++attempt) {
    const std::optional<Answer> answer = Request(*this, address_, kReadLimit).perform(nullptr);
    if (answer->good()) {
      if (const auto now = read_now(answer->body)) return *now;
      throw Error(fmt::format("clock {}: the answer is not {{\"now\": ms}}", address_));
    }
    problem = answer->problem;
    if (answer->refused()) break;
    std::this_thread::sleep_for(kRetryPause);
  }
  throw Error(fmt::format("clock {}: {}; is its server running?", address_, problem));
}

bool HttpClock::wait_until(Timestamp moment, const std::string& client, Wake& wake) {
  const std::string body =
      nlohmann::json{{"until", moment}, {"client", client}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  while (!wake.take()) {
    {
      Request request(*this, address_ + "/wait", 0);
      request.post(body);
      const std::optional<Answer> answer = request.perform(&wake);
      if (!answer) return false;
      if (answer->good()) {
        const auto now = read_now(answer->body);
        if (!now || *now >= moment) return true;  // what does not say the time is taken at its word
      } else if (answer->refused()) {
        throw Error(
            fmt::format("clock {}/wait: {}; is this the address of a clock?", address_, answer->problem));
      }
    }
    if (wake.wait_for(kRetryPause)) return false;
  }
  return false;
}

}  // namespace btk::host
