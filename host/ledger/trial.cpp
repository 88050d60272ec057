#include "host/ledger/trial.h"

#include <fmt/format.h>

#include "engine/sha256.h"
#include "engine/text.h"
#include "engine/walker.h"

namespace btk::host {

std::string TrialKey::hash() const {
  Sha256 sum;
  // Lengths in front, so that no two keys give the same bytes.
  for (const std::string* part :
       {&family, &strategy_name, &script_hash, &params, &symbols, &exchange, &candles, &settings}) {
    sum.update(fmt::format("{}:", part->size()));
    sum.update(*part);
  }
  sum.update(fmt::format("{}-{}", from, to));
  return sum.hex();
}

std::vector<double> Trial::returns() const {
  std::vector<double> list;
  list.reserve(trades.size());
  for (const ClosedTrade& trade : trades) list.push_back(trade.pnl_percentage);
  return list;
}

std::string metrics_json(const TradeStats& stats) {
  std::string out;
  for (const StatField& field : trade_stat_fields()) {
    const auto value = metric_value(stats, field.snake);
    if (!value) continue;
    out += fmt::format("{}\"{}\":{}", out.empty() ? "" : ",", field.snake, shortest(*value));
  }
  return "{" + out + "}";
}

}  // namespace btk::host
