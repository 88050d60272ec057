#include "engine/honest_folds.h"

#include "engine/stats_math.h"
#include "engine/walker.h"

namespace btk {
namespace {

std::optional<double> mean_result(std::span<const ClosedTrade> trades) {
  std::vector<double> results;
  for (const ClosedTrade& trade : trades) results.push_back(trade.pnl_percentage);
  return mean(results);
}

}  // namespace

std::string_view to_string(FoldKind kind) { return kind == FoldKind::rolling ? "rolling" : "anchored"; }

std::optional<FoldKind> parse_fold_kind(std::string_view name) {
  if (name == "rolling") return FoldKind::rolling;
  if (name == "anchored") return FoldKind::anchored;
  return std::nullopt;
}

std::vector<Fold> walk_forward_folds(double from, double to, std::size_t folds, FoldKind kind, double embargo) {
  std::vector<Fold> list;
  const double part = (to - from) / (kTrainParts + static_cast<double>(folds));
  if (!(part * kTrainParts > embargo) || embargo < 0) return list;
  for (std::size_t k = 0; k < folds; ++k) {
    Fold fold;
    fold.test_from = from + part * (kTrainParts + static_cast<double>(k));
    fold.test_to = k + 1 == folds ? to : fold.test_from + part;
    fold.train_from = kind == FoldKind::anchored ? from : fold.test_from - part * kTrainParts;
    fold.train_to = fold.test_from - embargo;
    list.push_back(fold);
  }
  return list;
}

std::vector<ClosedTrade> training_trades(std::span<const ClosedTrade> trades, const Fold& fold) {
  std::vector<ClosedTrade> found;
  for (const ClosedTrade& t : trades) {
    if (t.pending_at >= fold.train_from && t.close_timestamp < fold.train_to) found.push_back(t);
  }
  return found;
}

std::vector<ClosedTrade> test_trades(std::span<const ClosedTrade> trades, const Fold& fold) {
  std::vector<ClosedTrade> found;
  for (const ClosedTrade& t : trades) {
    if (t.pending_at >= fold.test_from && t.pending_at < fold.test_to) found.push_back(t);
  }
  return found;
}

WalkForward walk_forward(std::span<const std::vector<ClosedTrade>> trials, std::span<const Fold> folds,
                         std::string_view metric) {
  WalkForward whole;
  std::vector<double> trained;  // results of the chosen trials in their trainings
  for (const Fold& fold : folds) {
    FoldResult r;
    r.fold = fold;
    for (std::size_t i = 0; i < trials.size(); ++i) {
      const auto value = metric_value(trade_stats(training_trades(trials[i], fold)), metric);
      if (value && (!r.train_metric || *value > *r.train_metric)) r.chosen = i, r.train_metric = value;
    }
    if (r.chosen) {
      const std::vector<ClosedTrade>& trades = trials[*r.chosen];
      for (const ClosedTrade& t : trades) {
        r.purged += t.pending_at >= fold.train_from && t.pending_at < fold.train_to && t.close_timestamp >= fold.train_to;
      }
      for (const ClosedTrade& t : training_trades(trades, fold)) trained.push_back(t.pnl_percentage);
      const std::vector<ClosedTrade> tested = test_trades(trades, fold);
      r.test_count = tested.size();
      r.test_metric = metric_value(trade_stats(tested), metric);
      r.test_mean = mean_result(tested);
      whole.trades.insert(whole.trades.end(), tested.begin(), tested.end());
    }
    whole.folds.push_back(std::move(r));
  }
  whole.mean = mean_result(whole.trades);
  whole.metric = metric_value(trade_stats(whole.trades), metric);
  const auto before = mean(trained);
  if (whole.mean && before && *before > 0) whole.efficiency = *whole.mean / *before;
  return whole;
}

}  // namespace btk
