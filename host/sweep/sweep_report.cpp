#include "host/sweep/sweep_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/sha256.h"
#include "host/cli/evidence_json.h"
#include "host/cli/run_json.h"
#include "host/cli/turned_away.h"
#include "host/json.h"
#include "host/report/cells.h"
#include "host/report/evidence_text.h"
#include "host/report/table.h"

namespace btk::host {
namespace {

constexpr std::string_view kSweepLegend =
    "*Rank: by the metric, highest first; trials without a value (fewer than ten trades, say) come last.*\n"
    "*Max DD: deepest fall of the compounded account, percent of its peak.*\n\n"
    "*The best of many trials is partly the luckiest one: see how it does on time that the search has not seen.*";

std::string values_text(const ParamAxis& axis) {
  constexpr std::size_t kShown = 12;
  std::string text;
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    if (axis.values.size() > kShown && i == kShown - 2) {
      text += ", ...";
      i = axis.values.size() - 1;
    }
    text += (text.empty() ? "" : ", ") + param_text(axis.values[i]);
  }
  return axis.values.size() > 1 ? fmt::format("{} ({} values)", text, axis.values.size()) : text + " (fixed)";
}

std::string head(const ParamSweepResult& r) {
  std::string text = fmt::format("# Parameter Sweep Report: {}\n\n", r.strategy_name);
  text += fmt::format("**Symbols:** {}\n**Exchange:** {}\n", fmt::join(r.symbols, ", "), r.exchange_name);
  text += fmt::format("**Period:** {} to {}\n", format_iso(r.from), format_iso(r.to));
  text += fmt::format("**Search:** {}\n**Metric:** {}\n", search_text(r), r.metric);
  for (const ParamAxis& axis : r.space.axes()) text += fmt::format("**Parameter {}:** {}\n", axis.name, values_text(axis));
  return text;
}

std::string best_trial_lines(const ParamSweepResult& r, const std::vector<SweepRow>& rows) {
  if (rows.empty() || !rows.front().metric_value) return fmt::format("## Best: none\n\nNo trial has a value of {}.\n", r.metric);
  const SweepRow& best = rows.front();
  std::string text = fmt::format("## Best: {}\n\n", point_text(r.space, best.tried->point));
  text += fmt::format("**Best {}:** {}\n", r.metric, number_text(best.metric_value, 3));
  text += fmt::format("**Trades:** {}\n**Win rate:** {}\n", best.tried->stats.total_signals, number_text(best.tried->stats.win_rate, 2, "%"));
  text += fmt::format("**Total PNL:** {}\n", signed_text(best.tried->stats.total_pnl, 2, "%"));
  text += fmt::format("**Max drawdown:** {}\n", number_text(best.max_drawdown, 2, "%"));
  return text + fmt::format("**Run it:** `{}` (`btkhost paper` takes the same)\n", run_command_text(r, best.tried->point));
}

std::vector<Column<SweepRow>> columns(const ParamSweepResult& r) {
  using Row = SweepRow;
  std::vector<Column<Row>> list;
  const auto add = [&](const std::string& key, const std::string& label, auto format) {
    list.push_back({key, label, [format](const Row& row, std::size_t) { return format(row); }});
  };
  list.push_back({"rank", "Rank", [](const Row&, std::size_t index) { return fmt::format("{}", index + 1); }});
  for (std::size_t i = 0; i < r.space.axes().size(); ++i) {
    if (r.space.axes()[i].values.size() == 1) continue;
    add(r.space.axes()[i].name, r.space.axes()[i].name,
        [&r, i](const Row& row) { return param_text(r.space.value(row.tried->point, i)); });
  }
  add("metric", "Metric", [](const Row& row) { return number_text(row.metric_value, 3); });
  add("trades", "Trades", [](const Row& row) { return fmt::format("{}", row.tried->stats.total_signals); });
  add("winRate", "Win Rate", [](const Row& row) { return number_text(row.tried->stats.win_rate, 2, "%"); });
  add("avgPnl", "Avg PNL", [](const Row& row) { return signed_text(row.tried->stats.avg_pnl, 3, "%"); });
  add("totalPnl", "Total PNL", [](const Row& row) { return signed_text(row.tried->stats.total_pnl, 2, "%"); });
  add("maxDrawdown", "Max DD", [](const Row& row) { return number_text(row.max_drawdown, 2, "%"); });
  add("sharpeRatio", "Sharpe Ratio", [](const Row& row) { return number_text(row.tried->stats.sharpe_ratio, 3); });
  const auto add_count = [&](const char* key, const char* label, TurnedAway Trial::*member) {
    const bool any = std::ranges::any_of(r.trials, [&](const SweepTrial& tried) { return (tried.trial.*member).count > 0; });
    if (any) add(key, label, [member](const Row& row) { return fmt::format("{}", (row.tried->trial.*member).count); });
  };
  add_count("refused", "Refused", &Trial::refused);
  add_count("rejected", "Rejected", &Trial::rejected);
  return list;
}

Json params_json(const ParamSpace& space, std::uint64_t point) {
  Json o = Json::object();
  for (std::size_t i = 0; i < space.axes().size(); ++i) o[space.axes()[i].name] = param_json(space.value(point, i));
  return o;
}

Json row_json(const ParamSweepResult& r, const SweepRow& row, std::size_t rank) {
  Json o;
  o["rank"] = rank;
  o["params"] = params_json(r.space, row.tried->point);
  o["metric_value"] = number_or_null(row.metric_value);
  o["total_signals"] = row.tried->stats.total_signals;
  o["win_rate"] = number_or_null(row.tried->stats.win_rate);
  o["avg_pnl"] = number_or_null(row.tried->stats.avg_pnl);
  o["total_pnl"] = number_or_null(row.tried->stats.total_pnl);
  o["max_drawdown"] = row.max_drawdown;
  o["sharpe_ratio"] = number_or_null(row.tried->stats.sharpe_ratio);
  o["run_hash"] = row.tried->trial.run_hash;
  o["refused"] = turned_away_object(row.tried->trial.refused);
  o["rejected"] = turned_away_object(row.tried->trial.rejected);
  return o;
}

Json surface_json(const ParamSweepResult& r, const SweepSurface& s) {
  const auto& axes = r.space.axes();
  Json cells = Json::array();
  for (const SweepSurface::Cell& cell : s.cells) {
    cells.push_back({{"x", param_json(axes[s.x_axis].values[cell.x])},
                     {"y", s.y_axis ? param_json(axes[*s.y_axis].values[cell.y]) : Json(nullptr)},
                     {"best", number_or_null(cell.best)},
                     {"mean", number_or_null(cell.mean)},
                     {"trials", cell.trials}});
  }
  return {{"x", axes[s.x_axis].name}, {"y", s.y_axis ? Json(axes[*s.y_axis].name) : Json(nullptr)}, {"cells", std::move(cells)}};
}

Json space_json(const ParamSpace& space) {
  Json axes = Json::array();
  for (const ParamAxis& axis : space.axes()) {
    Json values = Json::array();
    for (const ParamValue& value : axis.values) values.push_back(param_json(value));
    axes.push_back({{"name", axis.name}, {"values", std::move(values)}});
  }
  return axes;
}

// A fold's choice by its parameters: the number of a trial says nothing to a reader.
void name_choices(const ParamSweepResult& r, Json& document) {
  if (!r.evidence || !r.evidence->walk_forward) return;
  Json& folds = document["honest"]["walk_forward"]["folds"];
  for (std::size_t i = 0; i < folds.size(); ++i) {
    const auto chosen = r.evidence->walk_forward->folds[i].chosen;
    folds[i]["chosen"] = chosen ? params_json(r.space, r.trials[*chosen].point) : Json(nullptr);
  }
}

}  // namespace

std::string search_text(const ParamSweepResult& r) {
  std::string text = fmt::format("{}, {} of {} points", to_string(r.search), r.trials.size(), r.space.size());
  if (r.search != SearchKind::grid) text += fmt::format(", seed {}", r.seed);
  if (was_stopped(r)) text += fmt::format(" (stopped before all {} were tried)", r.wanted);
  return text;
}

std::string run_command_text(const ParamSweepResult& r, std::uint64_t point) {
  std::string text = "btkhost run ...";
  for (std::size_t i = 0; i < r.space.axes().size(); ++i) {
    if (r.space.axes()[i].values.size() == 1) continue;
    text += fmt::format(" --param {}={}", r.space.axes()[i].name, param_text(r.space.value(point, i)));
  }
  return text;
}

nlohmann::ordered_json param_json(const ParamValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

std::string sweep_hash(const ParamSweepResult& r) {
  std::string hashes;
  for (const SweepTrial& tried : r.trials) hashes += tried.trial.run_hash + "\n";
  return sha256_hex(hashes);
}

std::string sweep_markdown(const ParamSweepResult& result, std::size_t top) {
  const std::vector<SweepRow> rows = sweep_rows(result);
  std::vector<const SweepRow*> shown;
  for (const SweepRow& row : rows) {
    if (shown.size() < top) shown.push_back(&row);
  }
  const auto name = [&](std::size_t trial) { return point_text(result.space, result.trials[trial].point); };
  const std::string verdict = result.evidence ? evidence_markdown(*result.evidence, name) + "\n" : "";
  std::string turned_away;
  for (const std::string& line : sweep_turned_away(result)) turned_away += fmt::format("* {}\n", line);
  if (!turned_away.empty()) turned_away = "## Signals That Came to Nothing\n\n" + turned_away + "\n";
  return fmt::format("{}\n{}\n{}## Ranking\n\n{}\n\n{}{}", head(result), best_trial_lines(result, rows), verdict,
                     table<SweepRow>(columns(result), shown), turned_away, kSweepLegend);
}

nlohmann::ordered_json sweep_document(const ParamSweepResult& r, std::optional<std::size_t> top) {
  const std::vector<SweepRow> rows = sweep_rows(r);
  Json ranking = Json::array(), surfaces = Json::array(), errors = Json::array();
  for (std::size_t i = 0; i < std::min(rows.size(), top.value_or(rows.size())); ++i) ranking.push_back(row_json(r, rows[i], i + 1));
  for (const SweepSurface& s : sweep_surfaces(r, rows)) surfaces.push_back(surface_json(r, s));
  for (const SweepProblem& problem : sweep_problems(r)) {
    errors.push_back({{"message", problem.message}, {"trials", problem.trials}, {"params", params_json(r.space, problem.first_point)}});
  }
  Json o;
  o["run_hash"] = sweep_hash(r);
  o["strategy_name"] = r.strategy_name;
  o["exchange_name"] = r.exchange_name;
  o["frame_name"] = r.frame_name.empty() ? Json(nullptr) : Json(r.frame_name);
  o["symbols"] = r.symbols;
  o["from"] = r.from;
  o["to"] = r.to;
  o["search"] = to_string(r.search);
  o["seed"] = r.seed;
  o["metric"] = r.metric;
  o["space"] = space_json(r.space);
  o["points"] = r.space.size();
  o["wanted"] = r.wanted;
  o["trials"] = r.trials.size();
  o["failed"] = r.failures.size();
  o["stopped"] = was_stopped(r);
  o["best"] = nullptr;
  if (!rows.empty() && rows.front().metric_value) {
    o["best"] = row_json(r, rows.front(), 1);
    o["best"]["stats"] = stats_object(rows.front().tried->stats);
  }
  add_verdict(o, r.evidence ? &*r.evidence : nullptr);
  name_choices(r, o);
  o["ranking"] = std::move(ranking);
  o["surfaces"] = std::move(surfaces);
  o["errors"] = std::move(errors);
  return o;
}

std::vector<SweepProblem> sweep_problems(const ParamSweepResult& result) {
  std::vector<SweepProblem> problems;
  const auto add = [&](const std::string& message, std::uint64_t point) {
    auto same = std::ranges::find(problems, message, &SweepProblem::message);
    if (same == problems.end()) same = problems.insert(same, SweepProblem{message, 0, point});
    ++same->trials;
  };
  for (const SweepFailure& failure : result.failures) add(failure.message, failure.point);
  for (const SweepTrial& tried : result.trials) {
    if (!tried.trial.first_error.empty()) add(tried.trial.first_error, tried.point);
  }
  return problems;
}

std::vector<std::string> sweep_turned_away(const ParamSweepResult& result) {
  std::vector<std::string> lines;
  const auto add = [&](const char* word, TurnedAway Trial::*member, auto text) {
    std::size_t trials = 0;
    const SweepTrial* first = nullptr;
    for (const SweepTrial& tried : result.trials) {
      if ((tried.trial.*member).count == 0) continue;
      ++trials;
      if (first == nullptr) first = &tried;
    }
    if (first == nullptr) return;
    lines.push_back(fmt::format("{} in {} of {} trials; with {}: {}", word, trials, result.trials.size(),
                                point_text(result.space, first->point), text(first->trial.*member)));
  };
  add("refused", &Trial::refused, refused_text);
  add("rejected", &Trial::rejected, rejected_text);
  return lines;
}

}  // namespace btk::host
