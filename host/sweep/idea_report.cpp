#include "host/sweep/idea_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "engine/text.h"
#include "host/json.h"
#include "host/report/cells.h"
#include "host/report/table.h"

namespace btk::host {
namespace {

constexpr std::size_t kTracks = 20;

std::string ratio_text(double value) { return std::isfinite(value) ? number_text(value, 2) : value > 0 ? "inf" : "N/A"; }
std::string percent_or_absent(double value) { return number_text(value, 2, "%"); }
std::string hours(double minutes) { return shortest(minutes / 60) + "h"; }

const SweepReport& point_report(const SweepResult& result, const SweepPoint& point) {
  return *std::ranges::find(result.reports, point, &SweepReport::point);
}

std::string line(std::vector<std::string> cells) { return table_line(cells) + "\n"; }
std::string report_header(std::vector<std::string> labels) {
  const std::vector<std::string> dashes(labels.size(), "---");
  return line(std::move(labels)) + table_line(dashes) + "\n";
}

std::string winners_table(const SweepResult& result) {
  std::string text = report_header({"Criterion", "Stop%", "Trail%", "Hold", "Lock%", "Trades", "PNL", "Win Rate", "Sharpe", "Sortino", "Recovery"});
  for (std::size_t i = 0; i < kSweepCriteria.size() && !result.reports.empty(); ++i) {
    const SweepPoint& p = result.best[i];
    const SweepReport& r = point_report(result, p);
    text += line({std::string(kSweepCriteria[i]), shortest(p.hard_stop_percent), shortest(p.trailing_take_percent), hours(p.hold_minutes),
                  shortest(p.profit_lock_percent), fmt::format("{}", r.trades.size()), percent_or_absent(r.total_pnl_percent),
                  number_text(r.win_rate * 100, 0, "%"), ratio_text(r.sharpe), ratio_text(r.sortino), ratio_text(r.recovery_factor)});
  }
  return text;
}

// The tracks with the best share of hits, those with more ideas first.
std::vector<const AuthorTrack*> top_tracks(const SweepResult& result) {
  std::vector<const AuthorTrack*> tracks;
  for (const AuthorTrack& track : result.tracks) tracks.push_back(&track);
  const auto middle = tracks.begin() + static_cast<std::ptrdiff_t>(std::min(kTracks, tracks.size()));
  std::partial_sort(tracks.begin(), middle, tracks.end(), [](const AuthorTrack* a, const AuthorTrack* b) {
    if (a->hit_rate != b->hit_rate) return a->hit_rate > b->hit_rate;
    return a->ideas != b->ideas ? a->ideas > b->ideas : a < b;
  });
  tracks.erase(middle, tracks.end());
  return tracks;
}

Json idea_point_json(const SweepPoint& p) {
  return {{"hard_stop_percent", p.hard_stop_percent},
          {"trailing_take_percent", p.trailing_take_percent},
          {"hold_minutes", p.hold_minutes},
          {"profit_lock_percent", p.profit_lock_percent}};
}

Json trades_json(const SweepReport& report) {
  Json list = Json::array();
  for (const SweepTrade& t : report.trades) {
    list.push_back({{"idea_id", t.idea_id},
                    {"author", t.author},
                    {"direction", t.is_long ? "LONG" : "SHORT"},
                    {"entry_timestamp", t.entry_time},
                    {"exit_timestamp", t.exit_time},
                    {"exit_reason", t.exit_reason},
                    {"hold_minutes_actual", t.hold_minutes},
                    {"pnl_percent", number_or_null(t.pnl_percent)},
                    {"absorbed_ideas", t.absorbed_ideas}});
  }
  return list;
}

Json report_json(const SweepReport& r) {
  Json reasons = Json::object();
  for (const auto& [reason, count] : r.exit_reasons) reasons[std::string(reason)] = count;
  return {{"point", idea_point_json(r.point)},
          {"trades", r.trades.size()},
          {"skipped_busy", r.skipped_busy},
          {"total_pnl_percent", number_or_null(r.total_pnl_percent)},
          {"avg_pnl_percent", number_or_null(r.avg_pnl_percent)},
          {"win_rate", r.win_rate},
          {"profit_factor", number_or_null(r.profit_factor)},
          {"max_series_drawdown_percent", number_or_null(r.max_series_drawdown_percent)},
          {"calmar_ratio", number_or_null(r.calmar_ratio)},
          {"recovery_factor", number_or_null(r.recovery_factor)},
          {"avg_hold_minutes", r.avg_hold_minutes},
          {"p95_hold_minutes", r.p95_hold_minutes},
          {"p99_hold_minutes", r.p99_hold_minutes},
          {"sharpe", number_or_null(r.sharpe)},
          {"sortino", number_or_null(r.sortino)},
          {"exit_reasons", std::move(reasons)}};
}

Json result_json(const SweepResult& r) {
  Json best = Json::array(), reports = Json::array(), tracks = Json::array();
  for (std::size_t i = 0; i < kSweepCriteria.size() && !r.reports.empty(); ++i) {
    const SweepReport& winner = point_report(r, r.best[i]);
    best.push_back({{"criterion", kSweepCriteria[i]}, {"point", idea_point_json(winner.point)}, {"trades_list", trades_json(winner)}});
  }
  for (const SweepReport& report : r.reports) reports.push_back(report_json(report));
  for (const AuthorTrack& track : r.tracks) {
    Json o = idea_point_json(track.rule);
    o["author"] = track.author, o["ideas"] = track.ideas, o["hits"] = track.hits, o["hit_rate"] = track.hit_rate;
    tracks.push_back(std::move(o));
  }
  return {{"symbol", r.symbol},
          {"ideas_total", r.ideas_total},
          {"ideas_directional", r.ideas_directional},
          {"profile_count", r.profile_count},
          {"truncated_count", r.truncated_count},
          {"avg_hold_minutes", r.avg_hold_minutes},
          {"p95_hold_minutes", r.p95_hold_minutes},
          {"p99_hold_minutes", r.p99_hold_minutes},
          {"best", std::move(best)},
          {"reports", std::move(reports)},
          {"tracks", std::move(tracks)}};
}

}  // namespace

std::string idea_markdown(const SweepResult& r) {
  const auto profitable = std::ranges::count_if(r.reports, [](const SweepReport& report) { return report.total_pnl_percent > 0; });
  const double points = static_cast<double>(std::max<std::size_t>(r.reports.size(), 1));
  std::string text = fmt::format("# Sweep Report: {}\n\n{}", r.symbol, report_header({"Metric", "Value"}));
  text += line({"Ideas (total / directional)", fmt::format("{} / {}", r.ideas_total, r.ideas_directional)});
  text += line({"Profiles (truncated)", fmt::format("{} ({})", r.profile_count, r.truncated_count)});
  text += line({"Profitable grid points", fmt::format("{} of {} ({})", profitable, r.reports.size(),
                                                      number_text(100 * static_cast<double>(profitable) / points, 1, "%"))});
  text += line({"Hold minutes avg / p95 / p99", fmt::format("{} / {} / {}", number_text(r.avg_hold_minutes, 0),
                                                            shortest(r.p95_hold_minutes), shortest(r.p99_hold_minutes))});
  text += "\n## Winners\n\n" + winners_table(r);
  const auto tracks = top_tracks(r);
  text += fmt::format("\n## Author tracks (best {} of {} by hit rate; all with --json)\n\n", tracks.size(), r.tracks.size());
  text += report_header({"Author", "Hold", "Lock%", "Stop%", "Trail%", "Ideas", "Hits", "Hit Rate"});
  for (const AuthorTrack* t : tracks) {
    text += line({t->author, hours(t->rule.hold_minutes), shortest(t->rule.profit_lock_percent), shortest(t->rule.hard_stop_percent),
                  shortest(t->rule.trailing_take_percent), fmt::format("{}", t->ideas), fmt::format("{}", t->hits),
                  number_text(t->hit_rate * 100, 0, "%")});
  }
  return text + "\n*The best of many grid points is partly the luckiest one: look at its neighbours, and at ideas that it has not seen.*";
}

nlohmann::ordered_json idea_document(std::span<const SweepResult> results, bool stopped) {
  Json sweeps = Json::array();
  for (const SweepResult& result : results) sweeps.push_back(result_json(result));
  return {{"sweeps", std::move(sweeps)}, {"stopped", stopped}};
}

}  // namespace btk::host
