#include "host/cli/sweep_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/walker.h"
#include "host/cli/page_document.h"
#include "host/json.h"
#include "host/sweep/sweep_report.h"

namespace btk::host {
namespace {

constexpr std::size_t kMostShownTrials = 100'000;  // in a page: some seven megabytes

// Six digits: nobody reads more in a coloured table, and the page stays small.
Json rounded(std::optional<double> value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  return std::stod(fmt::format("{:.6g}", *value));
}

// The metric first, then what a reader asks for next.
std::vector<std::string> metrics_of(const std::string& metric) {
  std::vector<std::string> names = {metric};
  for (const char* name : {"total_pnl", "sharpe_ratio", "win_rate", "avg_pnl", "max_drawdown", "total_signals"}) {
    if (metric != name) names.push_back(name);
  }
  return names;
}

Json trials_object(const ParamSweepResult& r, const std::vector<SweepRow>& rows) {
  const auto& axes = r.space.axes();
  Json names = Json::array(), values = Json::array(), list = Json::array();
  std::vector<std::size_t> varied;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].values.size() == 1) continue;
    varied.push_back(i);
    names.push_back(axes[i].name);
    Json all = Json::array();
    for (const ParamValue& value : axes[i].values) all.push_back(param_json(value));
    values.push_back(std::move(all));
  }
  const std::vector<std::string> metrics = metrics_of(r.metric);
  for (std::size_t k = 0; k < std::min(rows.size(), kMostShownTrials); ++k) {
    const SweepRow& row = rows[k];
    Json cells = Json::array();
    for (const std::size_t i : varied) cells.push_back(param_json(r.space.value(row.tried->point, i)));
    cells.push_back(rounded(row.metric_value));
    for (std::size_t m = 1; m < metrics.size(); ++m) {
      cells.push_back(rounded(metrics[m] == "max_drawdown" ? row.max_drawdown : metric_value(row.tried->stats, metrics[m])));
    }
    list.push_back(std::move(cells));
  }
  return {{"parameters", std::move(names)}, {"values", std::move(values)}, {"metrics", metrics}, {"rows", std::move(list)}};
}

Json search_object(const ParamSweepResult& r, const std::vector<SweepRow>& rows) {
  const bool found = !rows.empty() && rows.front().metric_value;
  return {{"text", search_text(r)},
          {"symbols", r.symbols},
          {"exchange_name", r.exchange_name},
          {"from", r.from},
          {"to", r.to},
          {"best", found ? Json(point_text(r.space, rows.front().tried->point)) : Json(nullptr)},
          {"command", found ? Json(run_command_text(r, rows.front().tried->point)) : Json(nullptr)}};
}

Json walk_forward_page(const ParamSweepResult& r, const WalkForward& w) {
  Json folds = Json::array();
  for (const FoldResult& f : w.folds) {
    folds.push_back({{"from", f.fold.test_from},
                     {"to", f.fold.test_to},
                     {"chosen", f.chosen ? Json(point_text(r.space, r.trials[*f.chosen].point)) : Json(nullptr)},
                     {"train_metric", rounded(f.train_metric)},
                     {"test_metric", rounded(f.test_metric)},
                     {"trades", f.test_count},
                     {"mean_trade", rounded(f.test_mean)},
                     {"purged", f.purged}});
  }
  return {{"kind", to_string(w.kind)},          {"embargo_ms", w.embargo},
          {"trades", w.trades.size()},          {"mean_trade", rounded(w.mean)},
          {"efficiency", rounded(w.efficiency)}, {"folds", std::move(folds)}};
}

}  // namespace

Json sweep_page_document(const ParamSweepResult& r, const BestRuns& best, const std::vector<Proof>& proofs,
                         const std::vector<std::string>& remarks, double capital) {
  const std::vector<SweepRow> rows = sweep_rows(r);
  Json o = run_page_document(best.outcomes, capital, proofs);
  o["kind"] = "sweep";
  o["title"] = r.strategy_name;
  o["run_hash"] = sweep_hash(r);
  for (const std::string& line : remarks) o["remarks"].push_back(line);
  if (rows.size() > kMostShownTrials) {
    o["remarks"].push_back(fmt::format("The surface and the list hold the best {} of {} trials.", kMostShownTrials, rows.size()));
  }
  // A single run's verdict knows nothing of the other trials: only the one over the sweep is shown.
  for (Json& scope : o["scopes"]) scope.erase("verdict");
  if (r.evidence && !o["scopes"].empty()) o["scopes"].front()["verdict"] = page_verdict(*r.evidence);
  o["metric"] = r.metric;
  o["search"] = search_object(r, rows);
  o["trials"] = trials_object(r, rows);
  if (r.evidence && r.evidence->walk_forward) o["walk_forward"] = walk_forward_page(r, *r.evidence->walk_forward);
  return o;
}

}  // namespace btk::host
