// The candles that a session's trader saw, as an exchange for its replay.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lua/candle_source.h"

namespace btk::host {

class RecordedSource : public lua::CandleSource {
 public:
  /// Candles by symbol, oldest first.
  explicit RecordedSource(std::map<std::string, std::vector<Candle>> candles) : candles_(std::move(candles)) {}

  std::shared_ptr<const lua::LoadedCandles> load(const std::string& symbol, Timestamp from, Timestamp to) override;
  std::vector<Candle> closed(const std::string& symbol, Timestamp from, Timestamp to) override;

 private:
  std::map<std::string, std::vector<Candle>> candles_;
};

}  // namespace btk::host
