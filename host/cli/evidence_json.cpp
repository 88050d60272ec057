#include "host/cli/evidence_json.h"

#include "host/json.h"

namespace btk::host {
namespace {

Json fold_object(const FoldResult& r) {
  return {{"train_from", number_or_null(r.fold.train_from)},
          {"train_to", number_or_null(r.fold.train_to)},
          {"test_from", number_or_null(r.fold.test_from)},
          {"test_to", number_or_null(r.fold.test_to)},
          {"chosen", r.chosen ? Json(*r.chosen) : Json(nullptr)},
          {"train_metric", number_or_null(r.train_metric)},
          {"test_metric", number_or_null(r.test_metric)},
          {"test_trades", r.test_count},
          {"test_mean_trade", number_or_null(r.test_mean)},
          {"purged", r.purged}};
}

Json walk_forward_object(const WalkForward& w) {
  Json folds = Json::array();
  for (const FoldResult& r : w.folds) folds.push_back(fold_object(r));
  return {{"kind", to_string(w.kind)},
          {"embargo_ms", number_or_null(w.embargo)},
          {"trades", w.trades.size()},
          {"mean_trade", number_or_null(w.mean)},
          {"metric", number_or_null(w.metric)},
          {"efficiency", number_or_null(w.efficiency)},
          {"folds", std::move(folds)}};
}

}  // namespace

Json evidence_object(const Evidence& e) {
  Json o;
  o["trials"] = e.trials;
  o["independent_trials"] = number_or_null(e.independent);
  o["average_correlation"] = number_or_null(e.correlation);
  o["trades"] = e.trades;
  o["unit"] = e.by_day ? "day" : "trade";
  o["luck_probability"] = number_or_null(e.luck);
  o["sharpe_ratio"] = e.shape ? number_or_null(e.shape->sharpe) : Json(nullptr);
  o["skewness"] = e.shape ? number_or_null(e.shape->skewness) : Json(nullptr);
  o["kurtosis"] = e.shape ? number_or_null(e.shape->kurtosis) : Json(nullptr);
  o["probabilistic_sharpe_ratio"] = number_or_null(e.probabilistic_sharpe);
  o["expected_max_sharpe_ratio"] = number_or_null(e.expected_max_sharpe);
  o["deflated_sharpe_ratio"] = number_or_null(e.deflated_sharpe);
  o["min_track_record"] = number_or_null(e.min_track_record);
  o["mean_trade"] = e.mean_trade ? Json{{"mean", number_or_null(e.mean_trade->mean)},
                                        {"low_95", number_or_null(e.mean_trade->low)},
                                        {"high_95", number_or_null(e.mean_trade->high)}}
                                 : Json(nullptr);
  o["shuffled_drawdown"] = e.drawdown ? Json{{"median", number_or_null(e.drawdown->median)},
                                             {"p95", number_or_null(e.drawdown->p95)},
                                             {"p99", number_or_null(e.drawdown->p99)},
                                             {"ruined", number_or_null(e.drawdown->ruined)}}
                                      : Json(nullptr);
  o["overfitting_probability"] = e.overfitting ? number_or_null(e.overfitting->probability) : Json(nullptr);
  o["overfitting_loss_probability"] = e.overfitting ? number_or_null(e.overfitting->loss_probability) : Json(nullptr);
  o["walk_forward"] = e.walk_forward ? walk_forward_object(*e.walk_forward) : Json(nullptr);
  return o;
}

void add_verdict(Json& object, const Evidence* evidence) {
  object["verdict"] = evidence ? Json(to_string(evidence->verdict)) : Json(nullptr);
  object["reasons"] = evidence ? Json(evidence->reasons) : Json(Json::array());
  object["honest"] = evidence ? evidence_object(*evidence) : Json(nullptr);
}

}  // namespace btk::host
