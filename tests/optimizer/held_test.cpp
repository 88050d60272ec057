// A generated file that `btkhost run` holds: its bounds are on what it does, not
// on what the host does for it.
#include <catch2/catch.hpp>

#include <csignal>
#include <ctime>
#include <functional>
#include <utility>

#include "host/cli/script_setup.h"
#include "lua/script.h"

using namespace btk;

namespace {

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void use_processor(double seconds) {
  for (const double began = processor_seconds(); processor_seconds() < began + seconds;) {
  }
}

// Reading takes longer than a call of a generated file may.
class SlowSource : public lua::CandleSource {
 public:
  std::shared_ptr<const lua::LoadedCandles> load(const std::string&, Timestamp from, Timestamp to) override {
    use_processor(0.3);
    auto loaded = std::make_shared<lua::LoadedCandles>();
    loaded->series = CandleSeries(Interval::m1, from);
    for (Timestamp at = from; at < to; at += kMinute) loaded->series.push(100, 101, 99, 100, 1);
    return loaded;
  }
};

lua::RunReport run_held(const std::string& text, std::function<void(std::string_view, std::string_view)> log = {}) {
  lua::ScriptOptions options;
  options.log = std::move(log);
  options.texts.push_back({.name = "strategy.lua", .text = text});
  options.open_exchange = [](const lua::ExchangeSchema&) { return std::make_shared<SlowSource>(); };
  options.lent_exchange.emplace();
  options.lent_exchange->exchange_name = "slow";
  options.lent_exchange->driver = "csv";
  options.lent_frame = lua::FrameSchema{"day", {}, Interval::m1, 20'000 * kDay, 20'000 * kDay + 60 * kMinute};
  host::hold_generated(options);
  lua::Script script(options, lua::Script::Role::worker, "BTCUSDT", "s");
  script.load();
  lua::PlannedRun planned;
  planned.symbol = "BTCUSDT";
  planned.strategy_name = "s";
  planned.exchange_name = "slow";
  planned.frame_name = "day";
  script.begin(planned, std::make_shared<RiskBook>());
  while (!script.advance({std::numeric_limits<Timestamp>::max(), 0})) {
  }
  return script.finish();
}

}  // namespace

TEST_CASE("the time that the host takes to read candles is not the generated file's") {
  const auto report = run_held(R"(local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function(symbol)
  btk.get_candles("ETHUSDT", "1m", 3)   -- loaded now, in the middle of a call
  btk.get_candles(symbol, "1d", 30)     -- and further back than what was loaded
end })");
  CHECK(report.fatal.empty());
  CHECK(report.errors.empty());
  CHECK(report.signal_calls > 0);
}

TEST_CASE("time in which the machine stood still is not the generated file's") {
  // To the thread's clock a page that takes long to come is processor time without a signal in between.
  sigset_t all;
  sigfillset(&all);
  const auto stall = [&](std::string_view, std::string_view) {
    sigset_t before;
    pthread_sigmask(SIG_SETMASK, &all, &before);
    use_processor(0.3);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  };
  const auto report = run_held(R"(local btk = require "btk"
btk.log.info("stall")
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function() end })",
                               stall);
  CHECK(report.fatal.empty());
  CHECK(report.errors.empty());
  CHECK(report.signal_calls > 0);
}

TEST_CASE("what the file does itself is still stopped") {
  const auto report = run_held(R"(local btk = require "btk"
btk.add_strategy { strategy_name = "s", interval = "5m", get_signal = function() while true do end end })");
  REQUIRE_FALSE(report.errors.empty());
}
