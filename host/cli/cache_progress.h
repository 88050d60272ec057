// How far `cache warm` is, on stderr: on a terminal one line that renews itself,
// elsewhere a line for every ten percent of a series. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "host/cli/console.h"

namespace btk::host {

/// 80 characters: a bar of 30 cells, percent, "(done/total)", what it is about. `blocks`: for a terminal.
std::string cache_bar(std::size_t done, std::size_t total, const std::string& what, bool blocks);

class CacheProgress {
 public:
  /// `console` must outlive the object. A quiet one shows nothing.
  CacheProgress(Console& console, bool quiet) : console_(console), quiet_(quiet) {}
  ~CacheProgress() { console_.status(""); }
  CacheProgress(const CacheProgress&) = delete;
  CacheProgress& operator=(const CacheProgress&) = delete;

  /// `what` names a series: "BTCUSDT 1m".
  void update(const std::string& what, std::size_t done, std::size_t total);

 private:
  Console& console_;
  bool quiet_;
  std::mutex mutex_;
  std::map<std::string, std::size_t> shown_;  ///< tenths, by series
};

}  // namespace btk::host
