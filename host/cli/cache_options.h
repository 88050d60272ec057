// The words after `btkhost cache warm|check|list|prune`, checked. All of these
// throw UsageError with one sentence; nothing when help was asked for and printed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/time.h"
#include "host/cli/console.h"
#include "host/cli/options.h"

namespace btk::host {

/// Which stored series a command is about.
struct CacheChoice {
  std::filesystem::path store;
  std::vector<std::string> symbols;  ///< empty: all
  std::string exchange;              ///< as the store names it; empty: all
  std::vector<Interval> intervals;   ///< empty: all
};

struct CacheWarmOptions {
  std::vector<std::filesystem::path> files;
  std::optional<std::filesystem::path> store;
  std::optional<std::string> symbols;  ///< as given, unread
  std::string exchange, market = "spot", base_url;
  std::vector<Interval> intervals;
  Timestamp from = 0, to = 0;  ///< [from, to)
  std::vector<std::pair<std::string, std::string>> settings;
  bool quiet = false, unsafe = false, env_override = false;
};

struct CacheReadOptions {
  CacheChoice choice;
  bool json = false;
};

struct CachePruneOptions {
  CacheChoice choice;
  Timestamp before = 0;
};

std::optional<CacheWarmOptions> read_cache_warm_options(Words words, Console& console);
/// `name` is "check" or "list".
std::optional<CacheReadOptions> read_cache_read_options(const std::string& name, Words words, Console& console);
std::optional<CachePruneOptions> read_cache_prune_options(Words words, Console& console);

}  // namespace btk::host
