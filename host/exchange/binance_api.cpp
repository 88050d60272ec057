#include "host/exchange/binance_api.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "host/exchange/binance_parse.h"

namespace btk::host {
namespace {

constexpr int kSpotWeight = 6000, kFuturesWeight = 2400;  ///< Binance's limits per minute and address
constexpr int kWrongTime = -1021;

/// The exchange answered with another status than 200.
class ExchangeRefusal : public Error {
 public:
  explicit ExchangeRefusal(const net::HttpResponse& response) : ExchangeRefusal(response, 0) {}

  int code() const { return code_; }
  bool may_pass() const { return code_ == kWrongTime || net::is_passing(status_); }
  std::optional<int> wait_ms() const { return wait_ms_; }

 private:
  ExchangeRefusal(const net::HttpResponse& response, int code)
      : Error(describe_refusal(response.status, response.body, code)),
        status_(response.status),
        code_(code),
        wait_ms_(net::retry_after_ms(response)) {}

  int status_, code_;
  std::optional<int> wait_ms_;
};

void check_status(const net::HttpResponse& response) {
  constexpr int kOk = 200;
  if (response.status != kOk) throw ExchangeRefusal(response);
}

bool is_futures(const lua::ExchangeSchema& schema) {
  if (schema.market != "spot" && schema.market != "futures") {
    throw Error(fmt::format("exchange {}: there is no market \"{}\"; there are spot and futures", schema.exchange_name,
                            schema.market));
  }
  return schema.market == "futures";
}

std::string base_of(const lua::ExchangeSchema& schema) {
  std::string base = schema.base_url;
  if (base.empty()) return schema.market == "futures" ? "https://fapi.binance.com" : "https://api.binance.com";
  if (!base.starts_with("http://") && !base.starts_with("https://")) {
    throw Error(fmt::format("exchange {}: base_url \"{}\" must begin with http:// or https://", schema.exchange_name, base));
  }
  while (base.ends_with('/')) base.pop_back();
  return base;
}

net::HttpOptions http_options(const OpenOptions& options) {
  net::HttpOptions http;
  http.connect_timeout_ms = std::min(http.connect_timeout_ms, options.timeout_ms);
  http.stopped = options.stopped;
  return http;
}

}  // namespace

BinanceApi::BinanceApi(const lua::ExchangeSchema& schema, const OpenOptions& options)
    : name_(schema.exchange_name),
      futures_(is_futures(schema)),
      base_(base_of(schema)),
      options_(options),
      http_(http_options(options)),
      limit_(futures_ ? kFuturesWeight : kSpotWeight),
      clock_(name_, options.clock, [this] { return ask_time(); }, options.log) {}

std::string BinanceApi::subject(const BinanceQuestion& question) const {
  return fmt::format("exchange {}: GET {}{}{}", name_, question.endpoint, question.symbol.empty() ? "" : " of ",
                     question.symbol);
}

std::string BinanceApi::target(const BinanceQuestion& question) const {
  std::string query = question.symbol.empty() ? "" : "symbol=" + question.symbol;
  if (!question.query.empty()) query += (query.empty() ? "" : "&") + question.query;
  return fmt::format("{}/{}/{}{}{}", base_, futures_ ? "fapi/v1" : "api/v3", question.endpoint,
                     query.empty() ? "" : "?", query);
}

void BinanceApi::fail(const BinanceQuestion& question, int tries, const std::string& reason) const {
  throw Error(fmt::format("{} failed after {} {}: {}", subject(question), tries, tries == 1 ? "try" : "tries", reason));
}

void BinanceApi::wait_for_limit(int weight) {
  while (const int ms = limit_.take(weight)) {
    if (ms > 1000 && options_.log) {
      options_.log("info", fmt::format("exchange {}: waiting {} s for its request limit", name_, (ms + 999) / 1000));
    }
    if (!net::pause(ms, options_.stopped)) throw Error(fmt::format("exchange {}: stopped", name_));
  }
}

BinanceApi::Answer BinanceApi::send(const BinanceQuestion& question, bool dated) {
  wait_for_limit(question.weight);
  Answer answer;
  // Taken before the request goes out: what is closed now is closed in the answer.
  if (dated) answer.asked_at = clock_.now();
  net::HttpRequest request;
  request.url = target(question);
  request.timeout_ms = options_.timeout_ms;
  answer.sent = clock_.session();
  answer.response = http_.send(request);
  answer.received = clock_.session();
  limit_.learn(answer.response);
  return answer;
}

void BinanceApi::ask_until(const BinanceQuestion& question, const std::function<void(const Answer&)>& use) {
  net::Retry retry(options_.retry);
  while (true) {
    std::string reason;
    std::optional<int> asked_to_wait;
    try {
      const Shared answer =
          shared_.get(target(question), [&] { return std::make_shared<const Answer>(send(question, true)); });
      check_status(answer->response);
      use(*answer);
      return;
    } catch (const ExchangeRefusal& e) {
      if (!e.may_pass()) fail(question, retry.tries() + 1, e.what());
      if (e.code() == kWrongTime) clock_.forget();
      reason = e.what();
      asked_to_wait = e.wait_ms();
      if (asked_to_wait) reason += fmt::format("; it asks to wait {} s", *asked_to_wait / 1000);
    } catch (const BadAnswer& e) {
      reason = e.what();
    } catch (const net::TransportError& e) {
      if (e.kind() == net::TransportError::Kind::cancelled) throw Error(fmt::format("{}: stopped", subject(question)));
      reason = e.what();
    }
    const std::optional<int> wait = retry.failed(asked_to_wait);
    if (!wait) fail(question, retry.tries(), reason);
    if (options_.log) {
      options_.log("warn", fmt::format("{}: {}; trying again in {:.1f} s", subject(question), reason, *wait / 1000.0));
    }
    if (!net::pause(*wait, options_.stopped)) throw Error(fmt::format("{}: stopped", subject(question)));
  }
}

// Once: whoever needed the time tries again.
TimeSample BinanceApi::ask_time() {
  const Answer answer = send({"time", "", "", 1}, false);
  check_status(answer.response);
  return {answer.sent, answer.received, parse_server_time(answer.response.body)};
}

}  // namespace btk::host
