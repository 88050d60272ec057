#include "host/cli/evidence_json.h"

#include <cmath>

namespace btk::host {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

Json fold_object(const FoldResult& r) {
  return {{"train_from", number(r.fold.train_from)},
          {"train_to", number(r.fold.train_to)},
          {"test_from", number(r.fold.test_from)},
          {"test_to", number(r.fold.test_to)},
          {"chosen", r.chosen ? Json(*r.chosen) : Json(nullptr)},
          {"train_metric", number(r.train_metric)},
          {"test_metric", number(r.test_metric)},
          {"test_trades", r.test_count},
          {"test_mean_trade", number(r.test_mean)},
          {"purged", r.purged}};
}

Json walk_forward_object(const WalkForward& w) {
  Json folds = Json::array();
  for (const FoldResult& r : w.folds) folds.push_back(fold_object(r));
  return {{"kind", to_string(w.kind)},      {"embargo_ms", number(w.embargo)}, {"trades", w.trades.size()},
          {"mean_trade", number(w.mean)},   {"metric", number(w.metric)},      {"efficiency", number(w.efficiency)},
          {"folds", std::move(folds)}};
}

}  // namespace

Json evidence_object(const Evidence& e) {
  Json o;
  o["trials"] = e.trials;
  o["independent_trials"] = number(e.independent);
  o["average_correlation"] = number(e.correlation);
  o["trades"] = e.trades;
  o["unit"] = e.by_day ? "day" : "trade";
  o["luck_probability"] = number(e.luck);
  o["sharpe_ratio"] = e.shape ? number(e.shape->sharpe) : Json(nullptr);
  o["skewness"] = e.shape ? number(e.shape->skewness) : Json(nullptr);
  o["kurtosis"] = e.shape ? number(e.shape->kurtosis) : Json(nullptr);
  o["probabilistic_sharpe_ratio"] = number(e.probabilistic_sharpe);
  o["expected_max_sharpe_ratio"] = number(e.expected_max_sharpe);
  o["deflated_sharpe_ratio"] = number(e.deflated_sharpe);
  o["min_track_record"] = number(e.min_track_record);
  o["mean_trade"] = e.mean_trade ? Json{{"mean", number(e.mean_trade->mean)},
                                        {"low_95", number(e.mean_trade->low)},
                                        {"high_95", number(e.mean_trade->high)}}
                                 : Json(nullptr);
  o["shuffled_drawdown"] = e.drawdown ? Json{{"median", number(e.drawdown->median)},
                                             {"p95", number(e.drawdown->p95)},
                                             {"p99", number(e.drawdown->p99)},
                                             {"ruined", number(e.drawdown->ruined)}}
                                      : Json(nullptr);
  o["overfitting_probability"] = e.overfitting ? number(e.overfitting->probability) : Json(nullptr);
  o["overfitting_loss_probability"] = e.overfitting ? number(e.overfitting->loss_probability) : Json(nullptr);
  o["walk_forward"] = e.walk_forward ? walk_forward_object(*e.walk_forward) : Json(nullptr);
  return o;
}

void add_verdict(Json& object, const Evidence* evidence) {
  object["verdict"] = evidence ? Json(to_string(evidence->verdict)) : Json(nullptr);
  object["reasons"] = evidence ? Json(evidence->reasons) : Json(Json::array());
  object["honest"] = evidence ? evidence_object(*evidence) : Json(nullptr);
}

}  // namespace btk::host
