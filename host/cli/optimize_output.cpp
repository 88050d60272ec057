#include "host/cli/optimize_output.h"

#include <algorithm>
#include <cmath>

#include "engine/text.h"
#include "host/cli/evidence_json.h"
#include "host/cli/outputs.h"
#include "host/cli/usage_error.h"
#include "host/prove/proof_text.h"
#include "host/report/evidence_text.h"

namespace btk::host {
namespace {

using nlohmann::json;

json finite_or_null(const std::optional<double>& value) { return value && std::isfinite(*value) ? json(*value) : json(nullptr); }

json score_object(const optimizer::Score& score, const std::string& metric) {
  json o{{metric, finite_or_null(score.metric)}};
  for (const char* name : {"total_signals", "win_rate", "total_pnl", "avg_pnl", "sharpe_ratio"}) {
    o[name] = finite_or_null(metric_value(score.stats, name));
  }
  o["run_hash"] = score.run_hash;
  return o;
}

std::string value_text(const std::optional<double>& value, int digits = 3) { return value ? fixed(*value, digits) : "N/A"; }
std::string value_text(const std::optional<optimizer::Score>& score, const std::string& name, int digits) {
  return score ? value_text(metric_value(score->stats, name), digits) : "N/A";
}

// A table's cell is one line without bars.
std::string table_cell(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 32 || c == '|') c = ' ';
  }
  return text;
}

std::string status_of(const json& strategy, const optimizer::ContestRow* row, bool edited) {
  if (strategy.value("status", "") == "failed") return "failed: " + strategy.value("reason", "");
  if (row == nullptr) return "not tried";
  if (!row->failure.empty()) return "failed: " + row->failure;
  std::string status = edited ? "edited" : "ok";
  if (row->script_errors > 0) status += fmt::format(", {} script errors", row->script_errors);
  return status;
}

const optimizer::ContestRow* contest_row(const optimizer::ContestResult& contest, const std::string& strategy) {
  for (const auto& row : contest.rows) {
    if (row.strategy_name == strategy) return &row;
  }
  return nullptr;
}

void add_controls(std::string& text, const optimizer::ContestResult& contest, const std::string& metric, const std::optional<double>& best) {
  const std::size_t tried = contest.controls.size(), untried = contest.untried_controls;
  if (tried + untried == 0) return;
  std::vector<std::string> values;
  std::size_t as_good = 0;
  for (const auto& value : contest.controls) {
    values.push_back(value_text(value));
    if (value && best && *value >= *best) ++as_good;
  }
  text += "\n### Control: the same strategies where there is nothing to find\n\n";
  if (tried > 0) {
    text += fmt::format("On {} markets made of the test range's minutes in another order the best of them reached {} {}, against {} on the real market.\n",
                        tried, metric, fmt::join(values, ", "), value_text(best));
  }
  if (untried > 0) {
    text += fmt::format("{} of {} shuffled markets could not be tried ({}): nothing follows from them.\n", untried, tried + untried,
                        table_cell(contest.control_failure));
  }
  if (as_good > 0) {
    text += fmt::format("**Warning:** on {} of {} shuffled markets the best one did as well or better: the result needs no skill.\n", as_good, tried);
  } else if (tried > 0) {
    text += untried > 0 ? fmt::format("None of the {} that were tried gave as much.\n", tried) : std::string("No shuffled market gave as much.\n");
  }
}

}  // namespace

void add_results(json& manifest, const optimizer::ContestResult& contest, const std::optional<Proof>& proof) {
  const std::string metric = manifest.value("metric", "sharpe_ratio");
  for (json& strategy : manifest["strategies"]) {
    const auto* row = contest_row(contest, strategy.value("strategy_name", ""));
    if (row == nullptr) continue;
    if (!row->failure.empty()) {
      strategy["status"] = "failed";
      strategy["reason"] = row->failure;
    }
    if (row->test) strategy["test"] = score_object(*row->test, metric);
    if (row->train) strategy["train"] = score_object(*row->train, metric);
  }
  json controls = json::array();
  for (const auto& value : contest.controls) controls.push_back(finite_or_null(value));
  if (!controls.empty()) manifest["shuffled_markets"] = std::move(controls);
  if (contest.untried_controls > 0) manifest["shuffled_markets_untried"] = contest.untried_controls;
  const WalkerResult* best = contest.walk->ranking.best();
  manifest["best"] = nullptr;
  if (best == nullptr) return;
  json winner{{"strategy_name", best->strategy_name}, {"value", finite_or_null(best->metric_value)}};
  if (const Evidence* evidence = contest.walk->evidence()) {
    nlohmann::ordered_json honest;
    add_verdict(honest, evidence);
    winner.update(json::parse(honest.dump()));
  }
  winner["proof"] = proof ? json::parse(proof_object(*proof).dump()) : json(nullptr);
  manifest["best"] = std::move(winner);
}

std::string memory_warning(const json& manifest, std::optional<Timestamp> model_cutoff) {
  if (!model_cutoff || *model_cutoff <= manifest["test"].value("start", Timestamp{0})) return {};
  return fmt::format("the model may remember markets up to {}, after the test range begins: what it wrote may come from memory, "
                     "so this result proves little. --anonymize hides which market it is", format_iso(*model_cutoff));
}

std::string evaluation_markdown(const json& manifest, const optimizer::ContestResult& contest, const std::optional<Proof>& proof,
                                std::optional<Timestamp> model_cutoff) {
  const std::string metric = manifest.value("metric", "sharpe_ratio");
  const bool trained = std::ranges::any_of(contest.rows, [](const auto& row) { return row.train.has_value(); });
  std::string text = fmt::format("## Evaluation\n\n**Test range:** {} to {}\n**Metric:** {}\n**Model:** {}\n\n",
                                 format_iso(manifest["test"].value("start", Timestamp{0})), format_iso(manifest["test"].value("end", Timestamp{0})),
                                 metric, manifest.value("model", ""));
  if (const std::string lacking = manifest["test"].value("lacking", ""); !lacking.empty()) text += fmt::format("**Warning:** {}.\n\n", lacking);
  text += fmt::format("| Strategy | {} test |{} Trades | Total PNL % | Win rate % | Status |\n| --- | --- |{} --- | --- | --- | --- |\n", metric,
                      trained ? fmt::format(" {} train | Trades train |", metric) : "", trained ? " --- | --- |" : "");
  for (const json& strategy : manifest["strategies"]) {
    const std::string name = strategy.value("strategy_name", "");
    const auto* row = contest_row(contest, name);
    const auto test = row != nullptr ? row->test : std::nullopt;
    const auto train = row != nullptr ? row->train : std::nullopt;
    text += fmt::format("| {} | {} |", name, test ? value_text(test->metric) : "N/A");
    if (trained) text += fmt::format(" {} | {} |", train ? value_text(train->metric) : "N/A", value_text(train, "total_signals", 0));
    text += fmt::format(" {} | {} | {} | {} |\n", value_text(test, "total_signals", 0), value_text(test, "total_pnl", 2),
                        value_text(test, "win_rate", 1), table_cell(status_of(strategy, row, strategy.value("edited", false))));
  }
  const WalkerResult* best = contest.walk->ranking.best();
  text += fmt::format("\n**Best strategy:** {}\n", best != nullptr ? best->strategy_name : "none");
  if (best != nullptr && trained) {
    const auto* row = contest_row(contest, best->strategy_name);
    if (row->train && row->train->metric && best->metric_value) {
      text += fmt::format("**Decay from training to test:** {} {} to {}\n", metric, value_text(row->train->metric), value_text(best->metric_value));
    }
  }
  if (const std::string doubt = memory_warning(manifest, model_cutoff); !doubt.empty()) text += fmt::format("\n**Warning:** {}.\n", doubt);
  if (const Evidence* evidence = best != nullptr ? contest.walk->evidence() : nullptr) text += "\n" + evidence_markdown(*evidence);
  if (proof) text += "\n### Proof against look-ahead\n\n" + proof_markdown(*proof);
  add_controls(text, contest, metric, best != nullptr ? best->metric_value : std::nullopt);
  return text;
}

std::string manifest_text(const json& manifest) { return manifest.dump(1, ' ', false, json::error_handler_t::replace) + "\n"; }

}  // namespace btk::host
