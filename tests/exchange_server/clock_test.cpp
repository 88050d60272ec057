// The exchange's clock: nobody is overtaken, nothing is skipped.
#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "tests/exchange_server/sim_clock.h"

using namespace btk;
using namespace btk::exchange_server;

namespace {

const auto kThere = [] { return true; };

ClockSetup setup_of(int clients, std::optional<Timestamp> end = std::nullopt) {
  ClockSetup setup;
  setup.start = 1000;
  setup.clients = clients;
  setup.end = end;
  setup.grace = std::chrono::hours(1);
  return setup;
}

void until(const std::function<bool()>& holds) {
  for (int i = 0; i < 60'000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  REQUIRE(holds());
}

std::future<std::optional<Timestamp>> waiting(SimClock& clock, const char* client, Timestamp t) {
  return std::async(std::launch::async, [&clock, client, t] { return clock.wait(client, t, kThere); });
}

}  // namespace

TEST_CASE("A lone client's wait is answered at once, at the moment it asked for") {
  SimClock clock(setup_of(1));
  CHECK(clock.wait("a", 61'000, kThere) == 61'000);
  CHECK(clock.wait("a", 60'000, kThere) == 61'000);  // has been already
  CHECK(clock.now() == 61'000);
}

TEST_CASE("Time stands until all announced clients have waited once, then goes to the nearest moment") {
  SimClock clock(setup_of(2));
  auto a = waiting(clock, "a", 5000);
  until([&] { return clock.state().waiting == 1; });
  CHECK(clock.now() == 1000);
  auto b = waiting(clock, "b", 3000);
  CHECK(b.get() == 3000);
  // b works now: a's moment has not come.
  CHECK(clock.now() == 3000);
  auto again = waiting(clock, "b", 9000);
  CHECK(a.get() == 5000);
  CHECK(clock.now() == 5000);
  clock.leave("a");
  CHECK(again.get() == 9000);
}

TEST_CASE("Two clients keep step through a day of minutes") {
  SimClock clock(setup_of(2));
  std::atomic<Timestamp> latest[2] = {1000, 1000};
  std::atomic<int> overtaken{0};
  const auto walk = [&](int self) {
    for (Timestamp t = kMinute; t <= kDay; t += kMinute) {
      const auto now = clock.wait(self == 0 ? "a" : "b", t, kThere);
      if (now != t || latest[1 - self] > t || latest[1 - self] < t - kMinute) ++overtaken;
      latest[self] = t;
    }
    clock.leave(self == 0 ? "a" : "b");
  };
  std::thread other([&] { walk(1); });
  walk(0);
  other.join();
  CHECK(overtaken == 0);
}

TEST_CASE("A client that was killed while it waited holds time until its grace is over") {
  SimClock clock(setup_of(2));
  std::atomic<bool> alive{true};
  auto killed =
      std::async(std::launch::async, [&] { return clock.wait("a", 5000, [&] { return alive.load(); }); });
  until([&] { return clock.state().waiting == 1; });
  alive = false;
  CHECK_FALSE(killed.get().has_value());
  auto b = waiting(clock, "b", 3000);
  until([&] { return clock.state().waiting == 1; });
  CHECK(clock.now() == 1000);
  // It is back under its name and time goes on.
  auto back = waiting(clock, "a", 4000);
  CHECK(b.get() == 3000);
  clock.leave("b");
  CHECK(back.get() == 4000);
}

TEST_CASE("A silent client is gone after its grace") {
  auto setup = setup_of(2);
  setup.grace = std::chrono::milliseconds(50);
  SimClock clock(setup);
  auto a = waiting(clock, "a", 2000);
  CHECK(clock.wait("b", 2000, kThere) == 2000);
  CHECK(a.get() == 2000);
  CHECK(clock.wait("a", 8000, kThere) == 8000);  // b never comes back
}

TEST_CASE("Time stops at the end until it is moved") {
  SimClock clock(setup_of(1, 4000));
  auto a = waiting(clock, "a", 9000);
  until([&] { return clock.state().ended; });
  CHECK(clock.now() == 4000);
  clock.set_end(std::nullopt);
  CHECK(a.get() == 9000);
}

TEST_CASE("A jump answers every wait that it passes") {
  SimClock clock(setup_of(2));
  auto a = waiting(clock, "a", 5000);
  until([&] { return clock.state().waiting == 1; });
  clock.jump_to(3'600'000);
  CHECK(a.get() == 3'600'000);
  clock.jump_to(10);
  CHECK(clock.now() == 3'600'000);
}

TEST_CASE("Linear time runs by the wall clock and stops at the end") {
  auto setup = setup_of(0, 101'000);
  setup.speed = 10'000;
  SimClock clock(setup);
  const auto answered = clock.wait("a", 50'000, kThere);
  REQUIRE(answered);
  CHECK(*answered >= 50'000);
  until([&] { return clock.now() == 101'000; });
}
