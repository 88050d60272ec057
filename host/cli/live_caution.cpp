#include "host/cli/live_caution.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

// "synthetic", "csv" or "sqlite"; empty: its candles come from where orders may go.
std::string driver_without_market(lua::Script& script, const lua::PlannedRun& run) {
  std::string why;
  const auto shape = script.shape(run, why);
  for (const char* driver : {"synthetic", "csv", "sqlite"}) {
    if (shape && shape->exchange.starts_with(fmt::format("driver {}", driver))) return driver;
  }
  return {};
}

// A script has btk.http for requests; without bounds it has more. One that has neither tries a broker out, and no more.
bool reaches_out(const LiveOptions& o, lua::Script& script) {
  if (o.unsafe) return true;
  for (const lua::LoadedFile& file : script.isolate().files()) {
    std::ifstream in(file.path);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const char* word : {".http", "\"http\"", "'http'"}) {
      if (text.find(word) != std::string::npos) return true;
    }
  }
  return false;
}

}  // namespace

void mind_prices(const LiveOptions& o, lua::Script& script, const std::vector<lua::PlannedRun>& planned, bool wall_clock,
                 spdlog::logger& logger) {
  if (!o.broker || !script.broker_enabled()) return;
  std::set<std::string> told;
  for (const lua::PlannedRun& run : planned) {
    const std::string driver = driver_without_market(script, run);
    if (driver.empty() || !told.insert(run.exchange_name).second) continue;
    const bool made_up = driver == "synthetic";
    if (made_up && wall_clock && reaches_out(o, script)) {
      throw UsageError(
          fmt::format("btkhost {}: exchange \"{}\" makes its prices up (driver = \"synthetic\" in its btk.add_exchange), and the broker would "
                      "send REAL orders after them; write the driver of the exchange that is traded (driver = \"binance\"), or {}",
                      o.mode, run.exchange_name, o.mode == "live" ? "give --no-broker" : "leave --broker out"));
    }
    logger.warn("exchange \"{}\" has driver = \"{}\": its prices are {}, not those of a market now, and the broker is asked to trade after them",
                run.exchange_name, driver, made_up ? "made up" : "recorded");
  }
}

void mind_money(const LiveOptions& o, lua::Script& script, const std::vector<lua::PlannedRun>& planned, bool wall_clock,
                Console& console, spdlog::logger& logger) {
  if (!wall_clock || !o.broker || !script.broker_enabled()) return;
  std::string symbols;
  for (const lua::PlannedRun& run : planned) symbols += (symbols.empty() ? "" : ", ") + run.symbol;
  const std::string what = fmt::format("{}: sends REAL orders through the script's broker", symbols);
  if (o.yes || ::isatty(STDIN_FILENO) == 0) return logger.warn("{}", what);
  console.note(fmt::format("{}.\nIs that meant? Type yes:", what));
  std::string word;
  std::getline(std::cin, word);
  if (word != "yes") throw UsageError(fmt::format("btkhost {}: nothing was begun", o.mode));
}

}  // namespace btk::host
