#include "host/exchange/binance_weight.h"

#include <catch2/catch.hpp>

using namespace btk;
using namespace btk::host;
using namespace std::chrono_literals;

namespace {

const WeightLimit::Clock::time_point kMinuteBegin(std::chrono::minutes(28'000'000));

net::HttpResponse answer(int status, const std::string& name, const std::string& value) {
  net::HttpResponse response;
  response.status = status;
  response.headers = {{name, value}};
  return response;
}

}  // namespace

TEST_CASE("requests wait for the next minute before the limit is reached", "[binance]") {
  WeightLimit limit(100);
  const auto now = kMinuteBegin + 20s;
  CHECK(limit.take(50, now) == 0);
  CHECK(limit.take(40, now) == 0);
  const int wait = limit.take(1, now);
  CHECK(wait > 40'000);
  CHECK(wait < 41'000);
  CHECK(limit.take(1, now + std::chrono::milliseconds(wait)) == 0);
}

TEST_CASE("what the exchange says is used counts, other programs' requests too", "[binance]") {
  WeightLimit limit(100);
  const auto now = kMinuteBegin + 20s;
  CHECK(limit.take(1, now) == 0);
  limit.learn(answer(200, "x-mbx-used-weight-1m", "89"), now);
  CHECK(limit.take(1, now) == 0);
  CHECK(limit.take(1, now) > 0);
  limit.learn(answer(200, "x-mbx-used-weight-1m", "nonsense"), now);
  CHECK(limit.take(1, now + 1min) == 0);
}

TEST_CASE("everybody stays away for as long as the exchange asks", "[binance]") {
  WeightLimit limit(100);
  const auto now = kMinuteBegin + 20s;
  limit.learn(answer(429, "retry-after", "5"), now);
  CHECK(limit.take(1, now + 1s) > 3900);
  CHECK(limit.take(1, now + 5s) == 0);
}

TEST_CASE("an answer far below our count begins a new minute, one a little below does not", "[binance]") {
  WeightLimit limit(100);
  const auto now = kMinuteBegin + 20s;
  CHECK(limit.take(80, now) == 0);
  limit.learn(answer(200, "x-mbx-used-weight-1m", "60"), now);  // of a request before the last ones
  CHECK(limit.take(20, now) > 0);
  limit.learn(answer(200, "x-mbx-used-weight-1m", "3"), now);
  CHECK(limit.take(80, now) == 0);
}
