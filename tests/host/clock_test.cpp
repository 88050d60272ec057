#include "host/clock/clock.h"

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "engine/error.h"
#include "tests/support/small_server.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;

namespace {

Timestamp wall_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

TEST_CASE("The default clock is the machine's") {
  const auto clock = make_clock("");
  CHECK(clock->name() == "wall");
  const Timestamp before = wall_now(), told = clock->now(), after = wall_now();
  CHECK(told >= before);
  CHECK(told <= after);
  Wake wake;
  CHECK(clock->wait_until(clock->now() + 30, "a", wake));
  CHECK(wall_now() >= before + 30);
  CHECK(clock->wait_until(0, "a", wake));
}

TEST_CASE("A linear clock runs from its anchor at its speed") {
  const Timestamp wall = wall_now();
  const auto clock = make_clock(fmt::format("linear:{},1700000000000,60000", wall));
  Wake wake;
  const Timestamp target = 1'700'000'000'000 + 60 * kMinute;  // an hour: 60 ms of wall time
  CHECK(clock->wait_until(target, "a", wake));
  CHECK(clock->now() >= target);
  CHECK(wall_now() >= wall + 60);
}

TEST_CASE("A slow linear clock stands almost still") {
  const auto clock = make_clock(fmt::format("linear:{},5000,0.000001", wall_now()));
  CHECK(clock->now() == 5000);
}

TEST_CASE("A ring ends a wait, also when it came before it; each ring ends one wait") {
  const auto clock = make_clock("wall");
  Wake wake;
  wake.ring();
  CHECK_FALSE(clock->wait_until(wall_now() + kDay, "a", wake));
  std::thread other([&] { wake.ring(); });
  CHECK_FALSE(clock->wait_until(wall_now() + kDay, "a", wake));
  other.join();
  CHECK(clock->wait_until(wall_now() + 1, "a", wake));
}

TEST_CASE("Text that names no clock is refused with the forms there are") {
  CHECK_THROWS_WITH(make_clock("sundial"),
                    Contains("--clock sundial") && Contains("linear:WALL_MS,SIM_MS,SPEED"));
  CHECK_THROWS_WITH(make_clock("linear:1,2"), Contains("three numbers"));
  CHECK_THROWS_WITH(make_clock("linear:1,2,3,4"), Contains("three numbers"));
  CHECK_THROWS_WITH(make_clock("linear:1,x,3"), Contains("\"x\" is not a number"));
  CHECK_THROWS_WITH(make_clock("linear:1,2,0"), Contains("above zero"));
  CHECK_THROWS_WITH(make_clock("linear:1,2,nan"), Contains("not a number"));
  CHECK_THROWS_WITH(make_clock("http://"), Contains("names no host"));
}

TEST_CASE("A clock behind an address tells the time and answers when the moment has come") {
  std::atomic<Timestamp> now{1000};
  test::SmallServer server([&](const test::SmallRequest& request) -> test::SmallAnswer {
    if (request.path == "/clock" && request.method == "GET")
      return {200, fmt::format("{{\"now\": {}}}", now.load())};
    if (request.path == "/clock/wait" && request.method == "POST") {
      if (request.body.find("\"client\":\"BTCUSDT\"") == std::string::npos) return {400, "{}"};
      if (request.body.find("\"until\":60000") == std::string::npos) return {400, "{}"};
      now = 60'000;
      return {200, "{\"now\": 60000}"};
    }
    return {404, "{}"};
  });
  const auto clock = make_clock(server.address() + "/clock/");
  CHECK(clock->now() == 1000);
  Wake wake;
  CHECK(clock->wait_until(60'000, "BTCUSDT", wake));
  CHECK(clock->now() == 60'000);
  CHECK_THROWS_WITH(clock->wait_until(70'000, "BTCUSDT", wake), Contains("HTTP status 400"));
}

TEST_CASE("A wait at an address can be ended from another thread") {
  std::atomic<bool> arrived{false}, over{false};
  test::SmallServer server([&](const test::SmallRequest&) -> test::SmallAnswer {
    arrived = true;
    while (!over) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return {200, "{}"};
  });
  const auto clock = make_clock(server.address());
  Wake wake;
  std::thread other([&] {
    while (!arrived) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    wake.ring();
  });
  CHECK_FALSE(clock->wait_until(60'000, "a", wake));  // the server would never have answered
  other.join();
  over = true;
}

TEST_CASE("Broken connections, server errors and early answers do not end a wait at an address") {
  std::atomic<int> asked{0};
  test::SmallServer server([&](const test::SmallRequest&) -> test::SmallAnswer {
    switch (asked++) {
      case 0:
        return {0, {}};  // hangs up
      case 1:
        return {503, "{}"};
      case 2:
        return {200, "{\"now\": 59999}"};
      default:
        return {200, "{\"now\": 60000}"};
    }
  });
  const auto clock = make_clock(server.address());
  Wake wake;
  CHECK(clock->wait_until(60'000, "a", wake));
  CHECK(asked == 4);
}

TEST_CASE("Several threads wait at one address at the same time") {
  std::atomic<int> waiting{0};
  test::SmallServer server([&](const test::SmallRequest&) -> test::SmallAnswer {
    ++waiting;
    while (waiting < 3)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));  // all of them are there at once
    return {200, "{}"};
  });
  const auto clock = make_clock(server.address());
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      Wake wake;
      if (clock->wait_until(60'000, fmt::format("s{}", i), wake)) ++done;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(done == 3);
}

TEST_CASE("An address that gives no time is an error that names it") {
  test::SmallServer server([](const test::SmallRequest&) -> test::SmallAnswer { return {200, "hello"}; });
  const auto clock = make_clock(server.address());
  CHECK_THROWS_WITH(clock->now(), Contains(server.address()) && Contains("{\"now\": ms}"));
}
