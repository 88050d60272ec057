// The words after `btkhost walker`.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/cli/options.h"

namespace btk::host {

struct WalkerOptions {
  std::vector<std::filesystem::path> files;
  std::optional<std::string> symbols, metric;
  std::string exchange, frame;
  std::optional<Timestamp> from, to;
  std::vector<std::pair<std::string, std::string>> settings;
  std::uint64_t seed = 1;
  unsigned threads = 0;  ///< 0: one per core
  bool json = false, quiet = false, unsafe = false, env_override = false;
  std::string save;    ///< "json", "md" or empty: the report goes to stdout
  std::string output;  ///< name of the saved file; empty: made from symbol and time
  std::filesystem::path out = "dump";
  std::optional<std::filesystem::path> page;  ///< --report html: the template of the page
  double capital = 10000;                     ///< of the page's money figures, quote currency
  bool prove = true;
  ProofOptions proof;
  std::string log_level = "info";
};

/// --metric: throws UsageError for a name that is no numeric statistic.
void check_metric(const std::string& metric);

/// Nothing when help was asked for and printed. Throws UsageError.
std::optional<WalkerOptions> read_walker_options(Words words, Console& console);

}  // namespace btk::host
