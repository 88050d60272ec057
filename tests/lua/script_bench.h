// Runs a script as `btkhost run` does, over candles made in memory: what it
// prints, what became of its runs, what went wrong. For tests of lua-api.md.
//
// Scripts begin behind a head that stands in their first line: an exchange "m"
// with 1m candles of a test's own prices, a frame "f" of three hours from
// 2024-01-01, and long(price, fields). So the first line of a script text that
// starts with a line break is line 2.
#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lua/script.h"
#include "tests/support/temp_folder.h"

namespace btk::test {

inline constexpr Timestamp kStart = 1'704'067'200'000;  ///< 2024-01-01T00:00Z, the frame's first minute

/// One-minute closes from 24 hours before the frame to 6 hours after its start; each candle opens at the close before.
using Prices = std::function<double(int minute)>;  ///< minute 0 opens at kStart

inline double flat(int) { return 100; }
/// 100 until `minute`, then it moves evenly by `percent` of 100 within `length` minutes and stays there.
inline Prices ramp(int minute, int length, double percent) {
  return [=](int m) { return 100 + percent * std::clamp((m - minute + 1) / static_cast<double>(length), 0.0, 1.0); };
}

class MemorySource : public lua::CandleSource {
 public:
  explicit MemorySource(const Prices& prices, int from = -24 * 60, int to = 6 * 60) {
    auto loaded = std::make_shared<lua::LoadedCandles>();
    loaded->series = CandleSeries(Interval::m1, kStart + from * kMinute);
    for (int m = from; m < to; ++m) {
      const double open = prices(m - 1), close = prices(m);
      loaded->series.push(open, std::max(open, close), std::min(open, close), close, 1 + (m & 3));
    }
    loaded_ = std::move(loaded);
  }
  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp, Timestamp) override {
    if (symbol == "MISSING") throw Error("exchange \"m\" has no candles of MISSING");
    return loaded_;
  }

 private:
  std::shared_ptr<const lua::LoadedCandles> loaded_;
};

struct ScriptOutcome {
  std::vector<std::string> lines;         ///< what it printed, main script first
  std::vector<std::string> log;           ///< "warn: text"
  std::vector<lua::RunReport> reports;    ///< own runs, then those that the host made
  std::string problem;                    ///< why loading, planning or a run failed

  std::string text() const {
    std::string all;
    for (const std::string& line : lines) all += (all.empty() ? "" : "\n") + line;
    return all;
  }
  const lua::RunReport& report() const {
    INFO(problem);
    REQUIRE(reports.size() == 1);
    return reports.front();
  }
  /// "test.lua:7: message" of every script error, each once.
  std::vector<std::string> errors() const {
    std::vector<std::string> all;
    for (const lua::RunReport& r : reports) {
      for (const lua::ReportedError& e : r.errors) {
        const std::size_t slash = e.file.rfind('/');
        all.push_back(e.file.substr(slash == std::string::npos ? 0 : slash + 1) + ":" + std::to_string(e.line) + ": " + e.message);
      }
    }
    return all;
  }
};

class ScriptBench {
 public:
  lua::ScriptOptions options;
  Prices prices = flat;
  std::string head =
      "local btk = require 'btk' "
      "btk.add_exchange{ exchange_name = 'm', driver = 'synthetic' } "
      "btk.add_frame{ frame_name = 'f', start_date = '2024-01-01', end_date = '2024-01-01T03:00' } "
      "local function long(price, more) "
      "  local s = { position = 'long', price_take_profit = price * 1.02, price_stop_loss = price * 0.98, minute_estimated_time = 60 } "
      "  for k, v in pairs(more or {}) do s[k] = v end return s end ";

  ScriptBench() {
    options.open_exchange = [this](const lua::ExchangeSchema&) { return std::make_shared<MemorySource>(prices); };
    options.print = [this](std::string_view line) { if (!quiet_) now_.lines.emplace_back(line); };
    options.log = [this](std::string_view level, std::string_view text) {
      now_.log.push_back(std::string(level) + ": " + std::string(text));
    };
    options.guarded = false;
    options.symbols = {"BTCUSDT"};
  }
  ScriptBench(const ScriptBench&) = delete;
  ScriptBench& operator=(const ScriptBench&) = delete;

  ScriptOutcome run(const std::string& script) {
    options.files = {folder_.write("test.lua", head + script)};
    now_ = {};
    try {
      lua::Script main(options, lua::Script::Role::main);
      main.load();
      const auto planned = main.plan();
      now_.reports = main.own_reports();
      const auto book = std::make_shared<RiskBook>();
      for (const lua::PlannedRun& run : planned) host_run(main, run, book);
    } catch (const std::exception& e) {
      now_.problem = shorter(e.what());
    }
    return std::move(now_);
  }

  /// The sentence with which loading, planning or the run failed, "test.lua:line: " in front.
  std::string problem(const std::string& script) { return run(script).problem; }

 private:
  void host_run(lua::Script& main, const lua::PlannedRun& planned, const std::shared_ptr<RiskBook>& book) {
    lua::Script worker(options, lua::Script::Role::worker, planned.symbol, planned.strategy_name);
    quiet_ = true;  // the main chunk was heard before
    worker.load();
    quiet_ = false;
    worker.begin(planned, book);
    while (!worker.advance({std::numeric_limits<Timestamp>::max(), 1})) {}
    now_.reports.push_back(worker.finish());
    main.keep_report(now_.reports.back());
    main.announce_progress(now_.reports.back(), 1);
    main.announce_done(now_.reports.back());
  }

  // Messages name the file with its folder.
  std::string shorter(std::string text) const {
    const std::string folder = folder_.path().string() + "/";
    for (std::size_t at; (at = text.find(folder)) != std::string::npos;) text.erase(at, folder.size());
    return text;
  }

  TempFolder folder_;
  ScriptOutcome now_;
  bool quiet_ = false;
};

}  // namespace btk::test
