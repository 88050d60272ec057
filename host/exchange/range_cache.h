// The last loaded range of every symbol, for sources that can give any range. Threads that ask for
// the same symbol wait for one of them to load it; different symbols load side by side.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "lua/candle_source.h"

namespace btk::host {

class RangeCache {
 public:
  using Loaded = std::shared_ptr<const lua::LoadedCandles>;

  /// What is kept for `symbol` when it covers [from, to), otherwise what `make` returns for it, which is
  /// kept.
  Loaded get(const std::string& symbol, Timestamp from, Timestamp to,
             const std::function<lua::LoadedCandles()>& make);

 private:
  struct Entry {
    std::mutex mutex;
    Loaded loaded;
    Timestamp from = 0;
    Timestamp to = 0;
  };

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace btk::host
