// Scripts that run for ever are stopped, wherever they are stuck, in any thread,
// with the compiler on; the isolate can be used afterwards.
#include "lua/guard.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "lua/isolate.h"

using btk::lua::Deadline;
using btk::lua::Isolate;
using btk::lua::Ref;
using btk::lua::ScriptFailure;
using btk::lua::StopReason;
using btk::lua::Watchdog;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::array<const char*, 16> kRunaways{
    "while true do end",
    "for i = 1, 1e15 do end",
    "repeat local x = 1 until false",
    "local x = 0 while true do\n x = x + 1\n if x > 1e6 then\n x = 0 end end",
    "local t = {} while true do for i = 1, 100 do t[i] = (t[i] or 0) + i end end",
    "local s = 0 while true do s = s + math.sin(s) + math.exp(0.1) end",
    "while true do local t = { 1, 2, x = 3 } for k, v in pairs(t) do t[k] = v + 1 end end",
    "while true do pcall(error, 'again') end",
    "local function f() while true do end end while true do pcall(f) end",
    "local function f() while true do end end while true do xpcall(f, function() while true do end end) end",
    "while true do local co = coroutine.wrap(function() while true do coroutine.yield(1) end end) for i = 1, "
    "100 do co() end end",
    "local co = coroutine.create(function() while true do end end) while true do coroutine.resume(co) end",
    "while true do local s = ('x'):rep(100):gsub('x', function(c) return c .. c end) end",
    "while true do pcall(string.find, ('a'):rep(300), '.-.-.-.-b') end",
    "local function f(n) if n == 0 then return 0 end return f(n - 1) end while true do f(100) end",
    "local t = {} for i = 1, 1000 do t[i] = i end while true do table.sort(t, function(a, b) return a > b "
    "end) end",
};

double milliseconds(Clock::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

/// Runs every runaway `rounds` times under a deadline; how late each one ended, in ms. Counts failures.
std::vector<double> kill_all(Watchdog& watchdog, int rounds, std::atomic<int>& failures) {
  std::vector<double> late;
  Isolate isolate({.guarded = true});
  for (int round = 0; round < rounds; ++round) {
    for (const char* code : kRunaways) {
      const auto limit = std::chrono::milliseconds(1 + round % 5);
      const auto begin = Clock::now();
      try {
        const Deadline deadline(watchdog, isolate, limit);
        isolate.run_text(code, "runaway.lua");
        ++failures;
      } catch (const ScriptFailure& failure) {
        if (failure.error().stop != StopReason::deadline) ++failures;
      }
      late.push_back(milliseconds(Clock::now() - begin - limit));
      const Ref value =
          isolate.run_text("local s = 0 for i = 1, 1000 do s = s + i end return s", "after.lua");
      value.push(isolate.state());
      if (lua_tonumber(isolate.state(), -1) != 500500) ++failures;
      lua_pop(isolate.state(), 1);
      if (isolate.stop_reason() != StopReason::none) ++failures;
    }
  }
  return late;
}

int rounds() {
  const char* asked = std::getenv("BTK_GUARD_ROUNDS");
  return asked != nullptr ? std::atoi(asked) : 10;
}

}  // namespace

TEST_CASE("compiled code can be stopped with the LuaJIT at hand") {
  CHECK(btk::lua::compiled_code_can_be_stopped());
}

TEST_CASE("every kind of runaway ends at its deadline, in two threads at once") {
  Watchdog watchdog;
  std::atomic<int> failures{0};
  std::vector<double> other;
  std::thread thread([&] { other = kill_all(watchdog, rounds(), failures); });
  std::vector<double> late = kill_all(watchdog, rounds(), failures);
  thread.join();
  late.insert(late.end(), other.begin(), other.end());
  CHECK(failures == 0);
  std::printf("guard: %zu kills, late by %.3f ms (median), %.3f ms (99 %%), %.3f ms (worst)\n", late.size(),
              percentile(late, 0.5), percentile(late, 0.99), percentile(late, 1));
  CHECK(percentile(late, 0.5) < 20);
}

TEST_CASE("a script that ends in time knows nothing of its deadline") {
  Watchdog watchdog;
  Isolate isolate({.guarded = true});
  for (int i = 0; i < 200; ++i) {
    const Deadline deadline(watchdog, isolate, 1s);
    isolate.run_text("local s = 0 for i = 1, 1000 do s = s + i end", "quick.lua");
  }
  CHECK(isolate.stop_reason() == StopReason::none);
}

TEST_CASE("deadlines that end together with the script do no harm") {
  Watchdog watchdog;
  Isolate isolate({.guarded = true});
  int stopped = 0;
  for (int i = 0; i < 300; ++i) {
    const Deadline deadline(watchdog, isolate, 1ms);
    const auto end = Clock::now() + 900us + std::chrono::microseconds(i);
    try {
      while (Clock::now() < end)
        isolate.run_text("local s = 0 for i = 1, 3000 do s = s + i end", "close.lua");
    } catch (const ScriptFailure& failure) {
      CHECK(failure.error().stop == StopReason::deadline);
      ++stopped;
    }
  }
  isolate.run_text("for i = 1, 1000 do end", "after.lua");
  INFO(stopped << " of 300 were stopped");
  CHECK(isolate.stop_reason() == StopReason::none);
}

TEST_CASE("an interrupt from another thread ends the script, and it stays ended") {
  Isolate isolate({.guarded = true});
  std::atomic<bool> done{false};
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    while (!done) {
      isolate.interrupt();
      std::this_thread::sleep_for(1ms);
    }
  });
  CHECK_THROWS_WITH(isolate.run_text("while true do pcall(function() while true do end end) end", "a.lua"),
                    Catch::Contains("the script was interrupted"));
  done = true;
  other.join();
  CHECK_THROWS_WITH(isolate.run_text("return 1", "a.lua"), Catch::Contains("the script was interrupted"));
  isolate.resume();
  isolate.run_text("for i = 1, 1000 do end", "a.lua");
}

TEST_CASE("an interrupt reaches interpreted code of an isolate without guard") {
  Isolate isolate({.unsafe = true});
  isolate.run_text("jit.off()", "a.lua");
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) {
      std::this_thread::sleep_for(5ms);
      isolate.interrupt();
    }
  });
  CHECK_THROWS_WITH(isolate.run_text("while true do end", "a.lua"),
                    Catch::Contains("the script was interrupted"));
  done = true;
  other.join();
}

TEST_CASE("many guarded isolates come and go in several threads") {
  Watchdog watchdog;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        Isolate isolate({.guarded = true});
        const Deadline deadline(watchdog, isolate, 2ms);
        try {
          isolate.run_text(kRunaways[static_cast<std::size_t>(i) % kRunaways.size()], "runaway.lua");
          ++failures;
        } catch (const ScriptFailure& failure) {
          if (failure.error().stop != StopReason::deadline) ++failures;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
}
