// golden_sweep [FILE_OR_DIR...]
//
// Runs the idea sweep over the candles and ideas of golden/sweep/*.json and
// compares the whole result with the reference's: every grid point with its
// trades, the winners, the authors' tracks. Prints the first differences and the
// total. Exit code 1 when something differs, 2 for wrong usage.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/idea_sweep.h"
#include "tests/support/shared.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json point_json(const btk::SweepPoint& p) {
  return {{"hardStopPercent", p.hard_stop_percent},
          {"trailingTakePercent", p.trailing_take_percent},
          {"holdMinutes", p.hold_minutes},
          {"profitLockPercent", p.profit_lock_percent}};
}

json trade_json(const btk::SweepTrade& t, const std::string& symbol) {
  return {{"ideaId", t.idea_id},
          {"symbol", symbol},
          {"author", t.author},
          {"direction", t.is_long ? "LONG" : "SHORT"},
          {"entryTimestamp", t.entry_time},
          {"exitTimestamp", t.exit_time},
          {"exitReason", t.exit_reason},
          {"holdMinutesActual", t.hold_minutes},
          {"pnlPercent", t.pnl_percent},
          {"absorbedIdeas", t.absorbed_ideas}};
}

json report_json(const btk::SweepReport& r, const std::string& symbol) {
  json trades = json::array(), reasons = json::object();
  for (const btk::SweepTrade& trade : r.trades) trades.push_back(trade_json(trade, symbol));
  for (const auto& [reason, count] : r.exit_reasons) reasons[std::string(reason)] = count;
  return {{"point", point_json(r.point)},
          {"skippedBusy", r.skipped_busy},
          {"totalPnlPercent", r.total_pnl_percent},
          {"avgPnlPercent", r.avg_pnl_percent},
          {"winRate", r.win_rate},
          {"profitFactor", number(r.profit_factor)},
          {"maxSeriesDrawdownPercent", r.max_series_drawdown_percent},
          {"calmarRatio", number(r.calmar_ratio)},
          {"recoveryFactor", number(r.recovery_factor)},
          {"avgHoldMinutes", r.avg_hold_minutes},
          {"p95HoldMinutes", r.p95_hold_minutes},
          {"p99HoldMinutes", r.p99_hold_minutes},
          {"sharpe", number(r.sharpe)},
          {"sortino", number(r.sortino)},
          {"exitReasons", reasons},
          {"trades", trades}};
}

json result_json(const btk::SweepResult& r) {
  json reports = json::array(), best = json::array(), tracks = json::array();
  for (const btk::SweepReport& report : r.reports) reports.push_back(report_json(report, r.symbol));
  for (std::size_t i = 0; i < r.best.size(); ++i) {
    best.push_back({{"criterion", btk::kSweepCriteria[i]}, {"point", point_json(r.best[i])}});
  }
  for (const btk::AuthorTrack& track : r.tracks) {
    json entry = point_json(track.rule);
    entry.update({{"author", track.author}, {"ideas", track.ideas}, {"hits", track.hits}, {"hitRate", track.hit_rate}});
    tracks.push_back(std::move(entry));
  }
  return {{"symbol", r.symbol},
          {"ideasTotal", r.ideas_total},
          {"ideasDirectional", r.ideas_directional},
          {"profileCount", r.profile_count},
          {"truncatedCount", r.truncated_count},
          {"avgHoldMinutes", r.avg_hold_minutes},
          {"p95HoldMinutes", r.p95_hold_minutes},
          {"p99HoldMinutes", r.p99_hold_minutes},
          {"reports", {{"reports", reports}, {"best", best}, {"tracks", tracks}}}};
}

btk::IdeaDirection direction(const std::string& word) {
  if (word == "LONG") return btk::IdeaDirection::long_side;
  return word == "SHORT" ? btk::IdeaDirection::short_side : btk::IdeaDirection::neutral;
}

json replay(const json& golden) {
  const std::string symbol = golden.at("symbol");
  const btk::SweepCosts costs{.slippage = golden.at("slippage"), .fee = golden.at("fee")};
  std::vector<btk::Idea> ideas;
  for (const json& i : golden.at("ideas")) ideas.push_back({i.at("id"), i.at("ts"), i.at("symbol"), direction(i.at("direction")), i.at("author")});
  const json& given = golden.at("axes");
  btk::SweepAxes axes;
  axes.hard_stop_percent = given.at("hardStopPercent").get<std::vector<double>>();
  axes.trailing_take_percent = given.at("trailingTakePercent").get<std::vector<double>>();
  axes.hold_minutes = given.at("holdMinutes").get<std::vector<double>>();
  axes.profit_lock_percent = given.at("profitLockPercent").get<std::vector<double>>();

  const btk::Timestamp first = golden.at("firstCandle");
  const json& rows = golden.at("candles");
  const std::size_t horizon = btk::sweep_horizon(axes);
  std::vector<btk::Candle> candles;
  for (const json& c : rows) {
    const auto minute = static_cast<btk::Timestamp>(candles.size());
    candles.push_back({first + minute * btk::kMinute, c[0], c[1], c[2], c[3], 1});
  }
  const std::vector<btk::Idea> kept = btk::directional_ideas(ideas, symbol);
  const std::vector<btk::IdeaProfile> profiles = btk::idea_profiles(kept, candles, horizon);
  std::vector<btk::SweepReport> reports;
  for (const btk::SweepPoint& point : btk::sweep_grid(axes)) reports.push_back(btk::sweep_point(point, profiles, costs));
  btk::SweepResult result = btk::rank_sweep(std::move(reports), profiles, "sharpe");
  result.symbol = symbol;
  result.ideas_total = ideas.size();
  result.ideas_directional = kept.size();
  return result_json(result);
}

bool same_number(double a, double b) { return std::fabs(a - b) <= 1e-9 * std::max({1e-3, std::fabs(a), std::fabs(b)}); }

void compare(const json& expected, const json& actual, const std::string& where, std::vector<std::string>& differences) {
  if (expected.is_structured() && expected.type() == actual.type() && expected.size() == actual.size()) {
    if (expected.is_array()) {
      for (std::size_t i = 0; i < expected.size(); ++i) compare(expected[i], actual[i], fmt::format("{}[{}]", where, i), differences);
      return;
    }
    for (const auto& [name, value] : expected.items()) compare(value, actual.value(name, json("absent")), where + "." + name, differences);
    return;
  }
  const bool same = expected.is_number() && actual.is_number() ? same_number(expected.get<double>(), actual.get<double>())
                                                               : expected == actual;
  if (!same) differences.push_back(fmt::format("{}: expected {}, got {}", where, expected.dump().substr(0, 120), actual.dump().substr(0, 120)));
}

json load(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(fmt::format("{} cannot be read", file.string()));
  return json::parse(in);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::vector<fs::path> places(argv + 1, argv + argc), files;
    if (places.empty()) places.push_back(btk::test::shared() / "golden" / "sweep");
    for (const fs::path& place : places) {
      if (!fs::is_directory(place)) {
        files.push_back(place);
        continue;
      }
      for (const auto& entry : fs::directory_iterator(place)) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    std::size_t passed = 0, failed = 0;
    for (const fs::path& file : files) {
      const json golden = load(file);
      std::vector<std::string> differences;
      compare(golden.at("result"), replay(golden), "result", differences);
      ++(differences.empty() ? passed : failed);
      for (std::size_t i = 0; i < std::min<std::size_t>(differences.size(), 10); ++i) {
        fmt::print("FAIL {} {}\n", file.stem().string(), differences[i]);
      }
    }
    fmt::print("{} passed, {} failed\n", passed, failed);
    // Nothing to check is no success.
    return failed == 0 && passed > 0 ? 0 : 1;
  } catch (const std::exception& problem) {
    fmt::print(stderr, "golden_sweep: {}\n", problem.what());
    return 2;
  }
}
