// The market as it was until a moment, and another one behind it: nothing at all
// (cut off), or a random walk that goes on from the last price with steps as large
// as those before. What a run of the repetition sees instead of the real candles.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lua/candle_source.h"

namespace btk::host {

/// The real candles of each symbol that the run looked at.
using KnownCandles = std::map<std::string, std::shared_ptr<const lua::LoadedCandles>>;

class OtherFuture {
 public:
  enum class Kind { cut, replaced };

  /// Candles that open at `moment` or later are other ones. `known` must outlive the object. One thread at a time.
  OtherFuture(Timestamp moment, Kind kind, std::uint64_t seed, const KnownCandles& known)
      : moment_(moment), kind_(kind), seed_(seed), known_(known) {}

  Timestamp moment() const { return moment_; }
  Kind kind() const { return kind_; }

  /// `real` up to the moment, and what comes instead behind it, for two days at most.
  std::shared_ptr<const lua::LoadedCandles> candles(const std::string& symbol, const std::shared_ptr<const lua::LoadedCandles>& real);

  /// Price of this future / real price at the close of the candle that opens at `time`: 1 before the moment. When it
  /// is cut off, the price stands still.
  double ratio(const std::string& symbol, Timestamp time);

 private:
  struct Path {
    double last = 0;            ///< close before the moment
    std::vector<double> closes; ///< from the moment on; empty when cut off
  };
  const Path& path(const std::string& symbol, const CandleSeries& real);

  Timestamp moment_;
  Kind kind_;
  std::uint64_t seed_;
  const KnownCandles& known_;
  std::map<std::string, Path> paths_;
};

/// `real` without the candles that open before `first`.
std::shared_ptr<const lua::LoadedCandles> without_history(const lua::LoadedCandles& real, Timestamp first);

}  // namespace btk::host
