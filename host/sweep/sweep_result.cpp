#include "host/sweep/sweep_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "engine/text.h"
#include "engine/walker.h"

namespace btk::host {
namespace {

constexpr std::size_t kMostSurfaces = 15;

double curve_drawdown(const std::vector<ClosedTrade>& trades) {
  std::vector<CurveStep> steps;
  for (const ClosedTrade& trade : trades) steps.push_back({trade.pnl_percentage, trade.fall_pnl});
  return equity_curve(steps).max_drawdown;
}

SweepSurface surface(const ParamSweepResult& result, const std::vector<SweepRow>& rows, std::size_t x, std::optional<std::size_t> y) {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<const SweepRow*>> groups;
  for (const SweepRow& row : rows) {
    const auto at = result.space.coordinates(row.tried->point);
    groups[{at[x], y ? at[*y] : 0}].push_back(&row);
  }
  SweepSurface surface{x, y, {}};
  for (const auto& [place, group] : groups) {
    SweepSurface::Cell cell{place.first, place.second, {}, {}, group.size()};
    double sum = 0;
    std::size_t values = 0;
    for (const SweepRow* row : group) {
      if (!row->metric_value) continue;
      cell.best = std::max(cell.best.value_or(*row->metric_value), *row->metric_value);
      sum += *row->metric_value;
      ++values;
    }
    if (values > 0) cell.mean = sum / static_cast<double>(values);
    surface.cells.push_back(cell);
  }
  return surface;
}

}  // namespace

bool was_stopped(const ParamSweepResult& result) { return result.trials.size() + result.failures.size() < result.wanted; }

std::vector<SweepRow> sweep_rows(const ParamSweepResult& result) {
  std::vector<SweepRow> rows;
  for (const SweepTrial& tried : result.trials) {
    rows.push_back({&tried, metric_value(tried.stats, result.metric), curve_drawdown(tried.trial.trades)});
  }
  std::ranges::sort(rows, [](const SweepRow& a, const SweepRow& b) {
    const auto value = [](const SweepRow& r) { return r.metric_value.value_or(-std::numeric_limits<double>::infinity()); };
    if (value(a) != value(b)) return value(a) > value(b);
    return a.tried->point < b.tried->point;
  });
  return rows;
}

EarlierTrials earlier_trials(const ParamSweepResult& result, std::vector<Trial> ever) {
  EarlierTrials before;
  std::set<std::string> here;
  for (const SweepTrial& tried : result.trials) here.insert(tried.trial.key.hash());
  for (Trial& trial : ever) {
    if (trial.trades.empty() || here.contains(trial.key.hash())) continue;
    const TrialKey& ground = result.trials.empty() ? trial.key : result.trials.front().trial.key;
    if (trial.key.from == ground.from && trial.key.to == ground.to && trial.key.symbols == ground.symbols) {
      before.same_time.push_back(std::move(trial.trades));
    } else {
      ++before.others;
    }
  }
  return before;
}

std::optional<Evidence> weigh_sweep(const ParamSweepResult& result, const EarlierTrials& before, std::span<const Fold> folds) {
  const std::vector<SweepRow> rows = sweep_rows(result);
  if (rows.empty() || !rows.front().metric_value) return std::nullopt;
  std::vector<std::vector<ClosedTrade>> trials;
  for (const SweepTrial& tried : result.trials) trials.push_back(tried.trial.trades);
  Contest contest{.trials = trials,
                  .winner = static_cast<std::size_t>(rows.front().tried - result.trials.data()),
                  .earlier = before.same_time,
                  .further_trials = before.others,
                  .from = static_cast<double>(result.from),
                  .to = static_cast<double>(result.to),
                  .seed = result.seed};
  if (!folds.empty()) contest.walk_forward = walk_forward(trials, folds, result.metric);
  return weigh(contest);
}

std::vector<SweepSurface> sweep_surfaces(const ParamSweepResult& result, const std::vector<SweepRow>& rows) {
  std::vector<std::size_t> varied;
  for (std::size_t i = 0; i < result.space.axes().size(); ++i) {
    if (result.space.axes()[i].values.size() > 1) varied.push_back(i);
  }
  std::vector<SweepSurface> surfaces;
  if (varied.size() == 1) surfaces.push_back(surface(result, rows, varied.front(), std::nullopt));
  for (std::size_t i = 0; i < varied.size(); ++i) {
    for (std::size_t k = i + 1; k < varied.size() && surfaces.size() < kMostSurfaces; ++k) {
      surfaces.push_back(surface(result, rows, varied[i], varied[k]));
    }
  }
  return surfaces;
}

std::string point_text(const ParamSpace& space, std::uint64_t point) {
  std::string text;
  for (std::size_t i = 0; i < space.axes().size(); ++i) {
    if (space.axes()[i].values.size() == 1) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", space.axes()[i].name, param_text(space.value(point, i)));
  }
  return text.empty() ? "nothing varied" : text;
}

std::vector<std::pair<std::string, std::string>> point_params(const ParamSpace& space, std::uint64_t point) {
  std::vector<std::pair<std::string, std::string>> params;
  for (std::size_t i = 0; i < space.axes().size(); ++i) params.emplace_back(space.axes()[i].name, param_text(space.value(point, i)));
  return params;
}

std::string point_json(const ParamSpace& space, std::uint64_t point) {
  std::string text;
  for (std::size_t i = 0; i < space.axes().size(); ++i) {
    const ParamValue& value = space.value(point, i);
    const auto* word = std::get_if<std::string>(&value);
    const auto quoted = [](const std::string& s) {
      return nlohmann::json(s).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    };
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", quoted(space.axes()[i].name), word ? quoted(*word) : param_text(value));
  }
  return "{" + text + "}";
}

}  // namespace btk::host
