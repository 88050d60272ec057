#include "host/cli/optimize_trials.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/sha256.h"
#include "host/clock/machine_clock.h"
#include "host/ledger/candles_hash.h"

namespace btk::host {
namespace {

std::vector<ClosedTrade> strategy_trades(const lua::Walk& walk, const std::string& strategy) {
  const auto& results = walk.ranking.results();
  const auto found = std::ranges::find(results, strategy, &WalkerResult::strategy_name);
  if (found == results.end()) return {};
  return lua::closed_trades(walk.reports[static_cast<std::size_t>(found - results.begin())]->signals);
}

}  // namespace

std::vector<optimizer::Entrant> manifest_entrants(const nlohmann::json& manifest, const nlohmann::json& files) {
  std::vector<optimizer::Entrant> entrants;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (manifest["strategies"][i]["status"] == "failed") continue;
    const nlohmann::json& train = manifest["train"][i];
    entrants.push_back({manifest["strategies"][i]["strategy_name"], files[i]["path"], files[i]["text"], train["start"], train["end"]});
  }
  return entrants;
}

void note_trials(Ledger& ledger, const OptimizeTrials& of, const std::vector<optimizer::Entrant>& entrants,
                 const optimizer::ContestSetup& setup, optimizer::ContestResult& contest) {
  TrialKey key;
  key.family = of.family;
  key.params = "{}";
  key.symbols = setup.symbol;
  key.exchange = of.exchange;
  nlohmann::json settings{{"seed", of.seed}};
  for (const auto& [name, value] : of.settings) settings[name] = value;
  key.settings = settings.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  key.from = setup.from;
  key.to = setup.to;

  // By the candles that a strategy had: they reach back as far as it looked, whatever others asked for.
  std::map<const lua::LoadedCandles*, std::string> hashes;
  std::vector<std::string> here;
  for (std::size_t i = 0; i < contest.rows.size(); ++i) {
    const optimizer::ContestRow& row = contest.rows[i];
    if (row.kind == "interrupted") continue;  // nothing was seen of it
    Trial trial;
    trial.key = key;
    std::string& candles = hashes[row.candles.get()];
    if (candles.empty()) candles = candles_hash(*row.candles, setup.to + 2 * kMinute);
    trial.key.candles = candles;
    trial.key.strategy_name = row.strategy_name;
    trial.key.script_hash = sha256_hex(entrants[i].text);
    here.push_back(trial.key.hash());
    trial.made_by = "optimize";
    trial.made_at = wall_now();
    trial.first_error = row.failure;
    trial.script_errors = static_cast<std::int64_t>(row.script_errors);
    if (row.test) {
      trial.run_hash = row.test->run_hash;
      trial.trades = strategy_trades(*contest.walk, row.strategy_name);
    }
    ledger.add(trial);
  }
  for (Trial& trial : ledger.trials(of.family)) {
    if (trial.key.symbols != setup.symbol || trial.trades.empty() || std::ranges::find(here, trial.key.hash()) != here.end()) continue;
    if (trial.key.from == key.from && trial.key.to == key.to) {
      contest.walk->earlier.push_back(std::move(trial.trades));
    } else {
      ++contest.walk->further_trials;
    }
  }
}

}  // namespace btk::host
