// golden_stats [--show NAME] [FILE_OR_DIR...]
//
// Feeds the trade lists of golden/stats/*.json to the statistics and compares
// every field with the reference's. Each model of a file (back-test, ...) is one
// check. Prints the failing checks, a line per model and the total; --show prints
// the first difference of the file NAME. Without files the shared folder's are
// taken. Exit code 1 when something differs, 2 for wrong usage.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "engine/stats.h"
#include "engine/stats_heat.h"
#include "engine/stats_live.h"
#include "tests/support/shared.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using json = ordered_json;

// The reference's row cap was in force when the files were made.
constexpr std::size_t kRowCap = 250;

std::optional<double> number_or_nothing(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

std::vector<btk::ClosedTrade> read_trades(const json& signals) {
  std::vector<btk::ClosedTrade> trades;
  for (const json& signal : signals) {
    trades.push_back({.id = signal.at("id").get<std::string>(),
                      .pending_at = signal.at("pendingAt").get<double>(),
                      .close_timestamp = signal.at("closeTimestamp").get<double>(),
                      .close_price = signal.at("currentPrice").get<double>(),
                      .pnl_percentage = signal.at("pnlPercentage").get<double>(),
                      .peak_pnl = number_or_nothing(signal, "peakPnl"),
                      .fall_pnl = number_or_nothing(signal, "fallPnl")});
  }
  return trades;
}

struct ToJson {
  json operator()(std::monostate) const { return nullptr; }
  json operator()(std::size_t count) const { return count; }
  json operator()(double number) const { return number; }
  json operator()(std::string_view word) const { return std::string(word); }
};

template <typename Stats>
json to_json(const Stats& stats, std::span<const btk::FieldOf<Stats>> fields) {
  json result = json::object();
  for (const auto& field : fields) {
    result[std::string(field.camel)] = std::visit(ToJson{}, field.value(stats));
  }
  return result;
}

json replay_backtest(const json& signals) {
  return to_json(btk::trade_stats(read_trades(signals), kRowCap), btk::trade_stat_fields());
}

json replay_live(const json& signals) {
  std::vector<btk::LiveEvent> events;
  for (const btk::ClosedTrade& trade : read_trades(signals)) {
    events.push_back({.action = btk::Action::closed,
                      .id = trade.id,
                      .timestamp = trade.close_timestamp,
                      .current_price = trade.close_price,
                      .pnl = trade.pnl_percentage,
                      .pending_at = trade.pending_at,
                      .peak_pnl = trade.peak_pnl,
                      .fall_pnl = trade.fall_pnl});
  }
  return to_json(btk::live_stats(events, kRowCap), btk::live_stat_fields());
}

json replay_heat(const json& signals) {
  const std::vector<btk::ClosedTrade> trades = read_trades(signals);
  std::vector<btk::SymbolTrades> lists;
  for (std::size_t i = 0; i < trades.size(); ++i) {
    const auto symbol = signals[i].at("symbol").get<std::string>();
    auto list = std::ranges::find(lists, symbol, &btk::SymbolTrades::symbol);
    if (list == lists.end()) list = lists.insert(lists.end(), {symbol, {}});
    list->trades.push_back(trades[i]);
  }
  const btk::HeatStats stats = btk::heat_stats(lists, kRowCap);
  json result = to_json(stats.portfolio, btk::portfolio_fields());
  result["symbols"] = json::array();
  for (const btk::HeatRow& row : stats.symbols) {
    json& symbol = result["symbols"].emplace_back(to_json(row, btk::heat_row_fields()));
    symbol["symbol"] = row.symbol;
  }
  return result;
}

// A model: a member of the golden file and how it is computed from the signals.
struct Model {
  const char* name;
  json (*replay)(const json& signals);
};
constexpr std::array kModels{Model{"backtest", replay_backtest}, Model{"live", replay_live}, Model{"heat", replay_heat}};

bool same_number(double expected, double actual) {
  const double difference = std::fabs(expected - actual);
  return difference <= 1e-12 || difference <= 1e-9 * std::max(std::fabs(expected), std::fabs(actual));
}

// The first difference as text ("stdDev: expected 1, got null"), or nothing. `where` names the place.
std::optional<std::string> first_difference(const json& expected, const json& actual,
                                            const std::string& where) {
  const auto differs = [&] {
    return fmt::format("{}: expected {}, got {}", where, expected.dump(), actual.dump());
  };
  if (expected.is_object() && actual.is_object()) {
    for (const auto& [name, value] : expected.items()) {
      const auto have = actual.find(name);
      const std::string place = where.empty() ? name : where + "." + name;
      if (have == actual.end()) return place + ": is not computed";
      if (const auto inner = first_difference(value, *have, place)) return inner;
    }
    for (const auto& [name, value] : actual.items()) {
      if (!expected.contains(name)) return fmt::format("{}: {} is not in the golden file", where, name);
    }
    return std::nullopt;
  }
  if (expected.is_array() && actual.is_array()) {
    if (expected.size() != actual.size()) return differs();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (const auto inner = first_difference(expected[i], actual[i], fmt::format("{}[{}]", where, i)))
        return inner;
    }
    return std::nullopt;
  }
  if (expected.is_number_integer() && actual.is_number_integer()) {
    return expected == actual ? std::nullopt : std::optional(differs());
  }
  if (expected.is_number() && actual.is_number()) {
    return same_number(expected.get<double>(), actual.get<double>()) ? std::nullopt
                                                                     : std::optional(differs());
  }
  return expected == actual ? std::nullopt : std::optional(differs());
}

struct Tally {
  std::size_t passed = 0, failed = 0;
};

struct Options {
  std::string show;
  std::vector<fs::path> files;
};

void add_files(const fs::path& place, std::vector<fs::path>& files) {
  if (!fs::is_directory(place)) {
    files.push_back(place);
    return;
  }
  for (const auto& entry : fs::directory_iterator(place)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
}

std::optional<Options> read_options(int argc, char** argv) {
  Options options;
  std::vector<fs::path> places;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--show") {
      if (++i == argc) return std::nullopt;
      options.show = argv[i];
    } else if (argument.starts_with("-")) {
      return std::nullopt;
    } else {
      places.emplace_back(argument);
    }
  }
  if (places.empty()) places.push_back(btk::test::shared() / "golden" / "stats");
  for (const fs::path& place : places) add_files(place, options.files);
  std::sort(options.files.begin(), options.files.end());
  return options;
}

json load(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read", file.string()));
  try {
    return json::parse(in);
  } catch (const json::exception& problem) {
    throw std::runtime_error(fmt::format("{} is no JSON: {}", file.string(), problem.what()));
  }
}

void check_file(const fs::path& file, const Options& options, std::array<Tally, kModels.size()>& tallies) {
  const json golden = load(file);
  const std::string name = file.stem().string();
  for (std::size_t i = 0; i < kModels.size(); ++i) {
    const json actual = kModels[i].replay(golden.at("signals"));
    const auto difference = first_difference(golden.at(kModels[i].name), actual, "");
    ++(difference ? tallies[i].failed : tallies[i].passed);
    if (difference) fmt::print("FAIL {} {}\n", kModels[i].name, name);
    if (name == options.show) {
      fmt::print("{} {}: {}\n", kModels[i].name, name, difference.value_or("no difference"));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto options = read_options(argc, argv);
    if (!options) {
      fmt::print(stderr, "usage: golden_stats [--show NAME] [FILE_OR_DIR...]\n");
      return 2;
    }
    std::array<Tally, kModels.size()> tallies{};
    for (const fs::path& file : options->files) check_file(file, *options, tallies);

    Tally total;
    for (std::size_t i = 0; i < kModels.size(); ++i) {
      const Tally& tally = tallies[i];
      fmt::print("{}: {}/{}\n", kModels[i].name, tally.passed, tally.passed + tally.failed);
      total.passed += tally.passed;
      total.failed += tally.failed;
    }
    fmt::print("{} passed, {} failed\n", total.passed, total.failed);
    // Nothing to check is no success.
    return total.failed == 0 && total.passed > 0 ? 0 : 1;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "golden_stats: {}\n", problem.what());
    return 2;
  }
}
