// What a parameter sweep came to: the trials in the order of the search, the ranking,
// and how the metric changes over pairs of parameters. Pure values; the reports of
// a sweep (text, JSON, page) are made of this and nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/honest_verdict.h"
#include "engine/param_search.h"
#include "engine/param_space.h"
#include "host/ledger/trial.h"

namespace btk::host {

/// A point of the grid and what it came to.
struct SweepTrial {
  std::uint64_t point = 0;
  Trial trial;
  TradeStats stats;  ///< of the trial's trades
};

/// A point whose runs could not be made.
struct SweepFailure {
  std::uint64_t point = 0;
  std::string message;
};

struct ParamSweepResult {
  const ParamSpace& space;
  std::string strategy_name, exchange_name, frame_name;
  std::vector<std::string> symbols;
  Timestamp from = 0, to = 0;
  SearchKind search = SearchKind::grid;
  std::uint64_t wanted = 0;            ///< points that the search was to try
  std::uint64_t seed = 1;
  std::string metric;
  std::string family;                  ///< of the ledger: Ledger::trials(family, strategy_name) has all ever made
  std::vector<SweepTrial> trials;      ///< in the order of the search
  std::vector<SweepFailure> failures;  ///< in the order of the search
  std::optional<Evidence> evidence{};  ///< what the best one is worth as the best of so many; nothing without one
};

/// An interrupt came before every point that the search was to try.
bool was_stopped(const ParamSweepResult& result);

/// One line of the ranking.
struct SweepRow {
  const SweepTrial* tried = nullptr;
  std::optional<double> metric_value;
  double max_drawdown = 0;  ///< of the compounded account, percent of its peak
};

/// The ranking: highest metric first, those without a value last, of equal ones the earlier point of the grid first.
/// Everything that reports say of a trial is worked out here.
std::vector<SweepRow> sweep_rows(const ParamSweepResult& result);

/// Trials of the strategy that the ledger has beside those of a sweep, as far as they traded.
struct EarlierTrials {
  std::vector<std::vector<ClosedTrade>> same_time;  ///< over the time of the sweep, on its symbols
  std::size_t others = 0;
};
/// `ever`: all that the ledger has.
EarlierTrials earlier_trials(const ParamSweepResult& result, std::vector<Trial> ever);

/// The honest figures of the best row. `folds`: of a walk-forward analysis, or none. Nothing when no trial has a value of
/// the metric.
std::optional<Evidence> weigh_sweep(const ParamSweepResult& result, const EarlierTrials& before, std::span<const Fold> folds);

/// How the metric changes over one or two parameters, whatever the others were.
struct SweepSurface {
  struct Cell {
    std::size_t x = 0, y = 0;           ///< indices of the axes' values
    std::optional<double> best, mean;   ///< of the metric, over the trials that have one
    std::size_t trials = 0;
  };
  std::size_t x_axis = 0;
  std::optional<std::size_t> y_axis;  ///< nothing: only one parameter was varied
  std::vector<Cell> cells;            ///< those with trials, by x, then y
};

/// One surface for every pair of parameters that were varied, at most 15, in the order of their names.
std::vector<SweepSurface> sweep_surfaces(const ParamSweepResult& result, const std::vector<SweepRow>& rows);

/// "fast=5 mode=a", without the parameters that cannot vary.
std::string point_text(const ParamSpace& space, std::uint64_t point);

/// The values of a point by name, as `--param` takes them.
std::vector<std::pair<std::string, std::string>> point_params(const ParamSpace& space, std::uint64_t point);

/// Canonical JSON of a point, fixed parameters too: {"fast":5,"mode":"a"}
std::string point_json(const ParamSpace& space, std::uint64_t point);

}  // namespace btk::host
