// Candles, and candidates on them, for the tests of the sandbox.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <memory>
#include <string>

#include "optimizer/sandbox/candidate.h"

namespace btk::test {

inline constexpr Timestamp kBenchStart = 1'640'995'200'000;  // 2022-01-01

/// Two days before kBenchStart and `days` after it: a wave with a ripple, the same on every machine.
inline std::shared_ptr<const lua::LoadedCandles> bench_candles(int days) {
  auto loaded = std::make_shared<lua::LoadedCandles>();
  CandleSeries series(Interval::m1, kBenchStart - 2 * kDay);
  double price = 100;
  std::uint32_t noise = 1;
  for (int minute = 0; minute < (days + 2) * 1440; ++minute) {
    noise = noise * 1664525u + 1013904223u;
    const double step = (static_cast<double>(noise >> 8) / 16777216.0 - 0.5) * 0.4;
    const double next = std::max(50.0, price + step + (minute / 720 % 2 == 0 ? 0.01 : -0.01));
    series.push(price, std::max(price, next) + 0.05, std::min(price, next) - 0.05, next, 10);
    price = next;
  }
  loaded->series = std::move(series);
  return loaded;
}

inline optimizer::CandidateSandbox::Setup bench_setup(optimizer::Isolation isolation, int days = 2) {
  static const auto candles = bench_candles(4);
  optimizer::CandidateSandbox::Setup setup;
  setup.ground.symbol = "BTCUSDT";
  setup.ground.from = kBenchStart;
  setup.ground.to = kBenchStart + days * kDay - kMinute;
  setup.ground.candles = candles;
  setup.isolation = isolation;
  setup.program = BTK_PROGRAM;
  return setup;
}

inline optimizer::CandidateResult evaluate(const optimizer::CandidateSandbox::Setup& setup, const std::string& text,
                                           const std::string& name = "candidate.lua") {
  return optimizer::CandidateSandbox(setup).evaluate({name, text});
}

/// A file whose get_signal is `body`, with arguments symbol, when, price.
inline std::string strategy(const std::string& body, const std::string& head = "") {
  return "local btk = require 'btk'\n" + head + "\nbtk.add_strategy { strategy_name = 's', interval = '5m',\nget_signal = function(symbol, when, price)\n" +
         body + "\nend }\n";
}

/// A sound one that trades now and then.
inline std::string sound_strategy() {
  return strategy(R"(
  local list = btk.get_candles(symbol, "1m", 30)
  local fast, slow = btk.ta.sma(list, 5), btk.ta.sma(list, 30)
  if fast <= slow then return nil end
  return { position = "long", price_take_profit = price * 1.01, price_stop_loss = price * 0.99,
           minute_estimated_time = 60, note = "fast above slow" })");
}

}  // namespace btk::test
