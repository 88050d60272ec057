#include "host/report/evidence_text.h"

#include <cmath>

#include <fmt/format.h>

#include "engine/text.h"
#include "engine/time.h"

namespace btk::host {
namespace {

std::string share(std::optional<double> value) { return value ? fixed(*value * 100, 1) + " %" : "N/A"; }
std::string signed_percent(double value) { return (value > 0 ? "+" : "") + fixed(value, 2) + " %"; }

std::string walk_forward_lines(const WalkForward& w, const TrialName& name) {
  std::string text = fmt::format("**Walk-forward ({}, {} tests):** {} trades, mean {}", to_string(w.kind), w.folds.size(), w.trades.size(),
                                 w.mean ? signed_percent(*w.mean) : "N/A");
  if (w.efficiency) text += fmt::format(", {} of what the choices earned in training", share(w.efficiency));
  text += "\n\n| Test from | Test to | Chosen | Training | Test | Trades | Mean trade | Purged |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  const auto figure = [](std::optional<double> value) { return value ? fixed(*value, 3) : std::string("N/A"); };
  const auto chosen = [&](const FoldResult& r) {
    return !r.chosen ? std::string("none") : name ? name(*r.chosen) : fmt::format("#{}", *r.chosen + 1);
  };
  for (const FoldResult& r : w.folds) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", format_iso(static_cast<Timestamp>(r.fold.test_from)),
                        format_iso(static_cast<Timestamp>(r.fold.test_to)), chosen(r),
                        figure(r.train_metric), figure(r.test_metric), r.test_count, r.test_mean ? signed_percent(*r.test_mean) : "N/A", r.purged);
  }
  return text;
}

}  // namespace

std::string evidence_markdown(const Evidence& e, const TrialName& name) {
  std::string text = fmt::format("## Verdict: {}\n\n", to_string(e.verdict));
  for (const std::string& reason : e.reasons) text += fmt::format("- {}\n", reason);
  text += fmt::format("\n**Trials:** {} (worth {} independent ones)\n", e.trials, fixed(e.independent, 1));
  text += fmt::format("**Chance of luck:** {}\n", share(e.luck));
  text += fmt::format("**Deflated Sharpe ratio:** {}\n", share(e.deflated_sharpe));
  if (e.overfitting) {
    text += fmt::format("**Probability of overfitting:** {} (loses in {} of the splits)\n", share(e.overfitting->probability),
                        share(e.overfitting->loss_probability));
  }
  if (e.mean_trade) {
    text += fmt::format("**Mean trade:** {} (95 % interval {} to {})\n", signed_percent(e.mean_trade->mean),
                        signed_percent(e.mean_trade->low), signed_percent(e.mean_trade->high));
  }
  if (e.drawdown) {
    text += fmt::format("**Drawdown in other orders of these trades:** {} % (median), {} % (one in twenty is deeper)\n",
                        fixed(e.drawdown->median, 2), fixed(e.drawdown->p95, 2));
  }
  if (e.walk_forward) text += walk_forward_lines(*e.walk_forward, name);
  return text;
}

}  // namespace btk::host
