// What a source does about holes in what it was asked for.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "lua/candle_source.h"
#include "lua/schemas.h"

namespace btk::host {

class GapRule {
 public:
  using Loaded = std::shared_ptr<const lua::LoadedCandles>;

  explicit GapRule(const lua::ExchangeSchema& schema) : exchange_(schema.exchange_name), policy_(schema.gaps) {}

  /// With gaps = "error", throws btk::Error naming the first hole of `loaded` that touches [from, to). Holes elsewhere do not
  /// matter to the run: what lies before one in front of `from` is left out, so that who reads it has to ask for it, and
  /// hears of the hole. Any thread; the same object for the same question.
  Loaded apply(const std::string& symbol, Loaded loaded, Timestamp from, Timestamp to);

 private:
  struct Part {
    Loaded whole, part;
  };

  std::string exchange_;
  GapPolicy policy_;
  std::mutex mutex_;
  std::map<std::string, Part> parts_;  ///< the last one of every symbol
};

}  // namespace btk::host
