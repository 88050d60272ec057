// A new version of a session's script whose loading does not end (host/live/reloader.h).
#include "host/live/reloader.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <spdlog/sinks/null_sink.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "host/journal/memory_journal.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using namespace std::chrono_literals;

namespace {

constexpr const char* kGood = R"(local btk = require "btk"
btk.add_exchange { exchange_name = "market", driver = "synthetic" }
btk.add_strategy { strategy_name = "waits", interval = "1m", get_signal = function() end }
)";

struct Rig {
  test::TempFolder folder;
  LiveOptions options;
  lua::ScriptOptions script;
  std::unique_ptr<Clock> clock = make_clock("");
  Journal journal{std::make_unique<MemoryJournal>()};
  SessionInfo session;
  LimitBook limits{Limits{}};
  spdlog::logger logger{"test", std::make_shared<spdlog::sinks::null_sink_mt>()};
  LiveShared shared{options, script, *clock, journal, session, limits, logger, [](const std::string& text) { return text; },
                    [] {}, [](const std::string&) {}, [](const std::string&, const std::string&) {}, [] {}, [](const ReloadAnswer&) {}};
  std::unique_ptr<LiveTrader> trader;  ///< not started: it takes offers and answers none
  std::mutex mutex;
  std::condition_variable heard;
  std::vector<std::string> lines;
  int loads = 0;

  Rig() {
    script.unsafe = true;  // io.open
    script.files = {folder.write("s.lua", kGood)};
    lua::PlannedRun planned;
    planned.symbol = "BTCUSDT", planned.strategy_name = "waits", planned.exchange_name = "market";
    trader = std::make_unique<LiveTrader>(shared, planned, std::make_shared<RiskBook>(), nullptr);
  }
  Reloader reloader(std::chrono::milliseconds limit) {
    return Reloader({trader.get()},
                    [this](const std::string& line, lua::ReloadNotice) {
                      const std::lock_guard lock(mutex);
                      lines.push_back(line);
                      heard.notify_all();
                    },
                    [this](const std::vector<std::filesystem::path>&) {
                      const std::lock_guard lock(mutex);
                      ++loads;
                      heard.notify_all();
                    },
                    limit);
  }
  template <typename There>
  bool comes(There there) {
    std::unique_lock lock(mutex);
    return heard.wait_for(lock, 60s, there);
  }
};

std::string endless(const std::string& loop) { return std::string(kGood) + loop; }

}  // namespace

TEST_CASE("a new version that never ends loading is given up after the time limit, in one sentence", "[reload]") {
  for (const std::string loop : {"while true do end\n", "while true do pcall(error, 'x') end\n", "local n = 0 repeat n = n + 1 until n < 0\n"}) {
    Rig rig;
    Reloader reloader = rig.reloader(100ms);
    rig.folder.write("s.lua", endless(loop));
    reloader.reload({});
    INFO(loop);
    REQUIRE(rig.comes([&] { return !rig.lines.empty(); }));
    CHECK(rig.lines.front() == "kept previous s.lua: " + (rig.folder / "s.lua").string() + ":4: it was still being loaded after 0.1 s");
    CHECK(rig.loads == 0);
    CHECK(reloader.refused() == rig.lines.front());
  }
}

TEST_CASE("what became of the newest version is known until the next one is taken", "[reload]") {
  using Kind = ReloadAnswer::Kind;
  Rig rig;
  Reloader reloader = rig.reloader(1h);
  CHECK(reloader.refused().empty());
  const auto offered = [&](int count) {
    reloader.reload({});
    REQUIRE(rig.comes([&] { return rig.loads == count; }));
    // The trader has it as soon as the files have been told of; answers before that count for nobody.
    while (reloader.offered() < count + 1) std::this_thread::yield();
  };
  offered(1);
  reloader.answered({Kind::refused, "BTCUSDT", 2, "it enables no broker"});
  CHECK(reloader.refused() == "kept previous s.lua: it enables no broker");
  offered(2);
  reloader.answered({Kind::taken, "BTCUSDT", 3, {}});
  CHECK(reloader.refused().empty());
  reloader.answered({Kind::rolled_back, "BTCUSDT", 3, "s.lua:3: boom"});
  CHECK(reloader.refused() == "BTCUSDT: kept previous s.lua: s.lua:3: boom");
}

TEST_CASE("listen_reload hears the symbols in the order of the session, whoever answers first", "[reload]") {
  using Kind = ReloadAnswer::Kind;
  Rig rig;
  std::vector<std::unique_ptr<LiveTrader>> others;
  std::vector<LiveTrader*> all{rig.trader.get()};
  for (const char* symbol : {"AUSDT", "ZUSDT"}) {
    lua::PlannedRun planned = rig.trader->planned();
    planned.symbol = symbol;
    others.push_back(std::make_unique<LiveTrader>(rig.shared, planned, std::make_shared<RiskBook>(), nullptr));
    all.push_back(others.back().get());
  }
  std::vector<std::string> heard;
  Reloader reloader(all, [&](const std::string&, const lua::ReloadNotice& notice) { heard = notice.symbols; },
                    [](const std::vector<std::filesystem::path>&) {});
  reloader.reload({});
  const auto latest = std::chrono::steady_clock::now() + 60s;
  while (reloader.offered() < 2 && std::chrono::steady_clock::now() < latest) std::this_thread::yield();
  for (const char* symbol : {"ZUSDT", "BTCUSDT", "AUSDT"}) reloader.answered({Kind::taken, symbol, 2, {}});
  CHECK(heard == std::vector<std::string>{"BTCUSDT", "AUSDT", "ZUSDT"});
}

TEST_CASE("a newer version is taken while the one before is still being loaded, and ending does not wait for a load", "[reload]") {
  Rig rig;
  Reloader reloader = rig.reloader(1h);
  // Comes back when the load is in its endless loop: it has made the file by then.
  const auto load_endless = [&](const std::string& name) {
    const std::filesystem::path mark = rig.folder / name;
    rig.folder.write("s.lua", endless(fmt::format("io.open('{}', 'w'):close()\nwhile true do end\n", mark.string())));
    reloader.reload({});
    const auto latest = std::chrono::steady_clock::now() + 60s;
    while (!std::filesystem::exists(mark) && std::chrono::steady_clock::now() < latest) std::this_thread::yield();
    REQUIRE(std::filesystem::exists(mark));
  };
  load_endless("first");
  rig.folder.write("s.lua", kGood);
  reloader.reload({});
  REQUIRE(rig.comes([&] { return rig.loads == 1; }));
  load_endless("second");
  reloader.finish();
  CHECK(rig.lines.empty());
  CHECK(rig.loads == 1);
}
