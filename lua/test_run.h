// A run that a test makes (t.run): a script in isolates of its own, on the candles of the test, in a back-test or in a paper or
// live run whose broker answers by a list.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lua/script.h"

namespace btk::lua {

struct TestRunSpec {
  std::filesystem::path file;  ///< or
  std::string text;            ///< the script itself
  std::string strategy_name, exchange_name;
  std::vector<std::string> symbols;           ///< empty: the script's
  std::optional<ExchangeSchema> exchange;     ///< in place of the script's
  std::shared_ptr<CandleSource> candles;      ///< likewise
  std::optional<Timestamp> from, to;
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::pair<std::string, std::string>> variables;  ///< of the environment, before the process's own
  std::optional<std::uint64_t> seed;
  std::string mode = "backtest";
  std::string broker;  ///< of lua/btk/test_broker.lua; empty: none
};

/// What became of one symbol.
struct TestRunResult {
  RunReport report;
  std::string failure;  ///< why it could not be made or could not go on
  std::string broker_calls = "[]";  ///< JSON
  CandleSeries candles{Interval::m1, 0};  ///< that the run saw
};

/// Where `require` looks in a test file and in texts that it runs: beside it and, in a folder named tests, test or spec, also in the
/// folder above, where the files under test are.
void add_test_folders(Loader& loader, const std::filesystem::path& test_file);

/// Kinds of events that a test's report shows: what happens to signals, not the pings of every minute.
std::uint32_t test_event_kinds();

/// One result per symbol. Throws btk::Error when the script does not load or registers nothing that could run.
std::vector<TestRunResult> make_test_runs(const ScriptOptions& host, const TestRunSpec& spec);

}  // namespace btk::lua
