#include <catch2/catch.hpp>
#include <atomic>
#include <thread>
#include <vector>

#include "host/net/retry.h"
#include "host/net/shared_fetch.h"

using namespace btk::net;

TEST_CASE("what may pass is tried again, what will not change is not", "[http][retry]") {
  for (const int status : {429, 418, 500, 502, 503}) CHECK(is_passing(status));
  for (const int status : {200, 302, 400, 401, 403, 404, 451}) CHECK_FALSE(is_passing(status));
}

TEST_CASE("pauses vary around the delay and follow Retry-After", "[http][retry]") {
  RetryPolicy policy;
  policy.attempts = 100;
  policy.delay_ms = 1000;
  policy.jitter = 0.25;
  Retry retry(policy);
  int least = 10'000, most = 0;
  for (int i = 0; i < 50; ++i) {
    const int wait = retry.failed().value();
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  CHECK(least >= 750);
  CHECK(most <= 1250);
  CHECK(least < most);
  CHECK(retry.failed(30'000) == 30'000);
  CHECK_FALSE(retry.failed(policy.max_pause_ms + 1));  // nobody waits for a ban of hours

  HttpResponse response;
  CHECK_FALSE(retry_after_ms(response));
  response.headers = {{"retry-after", "7"}};
  CHECK(retry_after_ms(response) == 7000);
  response.headers = {{"retry-after", "soon"}};
  CHECK_FALSE(retry_after_ms(response));
}

TEST_CASE("pauses may grow, so that the first one can be short", "[http][retry]") {
  Retry retry({.attempts = 4, .delay_ms = 100, .growth = 3, .jitter = 0});
  CHECK(retry.failed() == 100);
  CHECK(retry.failed() == 300);
  CHECK(retry.failed() == 900);
  CHECK_FALSE(retry.failed());
}

TEST_CASE("attempts are tries in total", "[http][retry]") {
  RetryPolicy policy;
  policy.attempts = 3;
  Retry retry(policy);
  CHECK(retry.failed());
  CHECK(retry.failed());
  CHECK_FALSE(retry.failed());
  CHECK(retry.tries() == 3);
}

TEST_CASE("a pause ends when somebody wants to stop", "[http][retry]") {
  CHECK(pause(1, {}));
  CHECK_FALSE(pause(3'600'000, [] { return true; }));
}

TEST_CASE("those who ask for the same while it is being fetched share it, failures too", "[http][shared-fetch]") {
  SharedFetch<int> shared;
  std::atomic<int> fetches{0}, waiting{0}, sum{0}, failed{0};
  for (const bool fails : {false, true}) {
    fetches = waiting = sum = failed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&] {
        try {
          ++waiting;
          sum += shared.get("key", [&] {
            ++fetches;
            while (waiting < 6) std::this_thread::yield();
            // The others are at the door; give them time to enter. Who comes later fetches for itself.
            for (int k = 0; k < 1000; ++k) std::this_thread::yield();
            if (fails) throw std::runtime_error("no");
            return 7;
          });
        } catch (const std::runtime_error&) {
          ++failed;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(fetches < 6);
    CHECK(sum == (fails ? 0 : 42));
    CHECK(failed == (fails ? 6 : 0));
  }
  CHECK(shared.get("key", [] { return 8; }) == 8);  // nothing is kept
}
