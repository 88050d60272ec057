#include "host/cli/optimize_trials.h"

#include <catch2/catch.hpp>

#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;

namespace {

std::shared_ptr<const lua::LoadedCandles> candles_from(Timestamp first) {
  auto loaded = std::make_shared<lua::LoadedCandles>();
  loaded->series = CandleSeries(Interval::m1, first);
  for (Timestamp t = first; t < 300 * kMinute; t += kMinute) loaded->series.push(100, 101, 99, 100, 1);
  return loaded;
}

// A contest of one strategy that traded, on these candles.
optimizer::ContestResult traded_on(std::shared_ptr<const lua::LoadedCandles> candles) {
  auto report = std::make_shared<lua::RunReport>();
  FinishedSignal signal;
  signal.signal.pending_at = 210 * kMinute;
  signal.close_timestamp = 220 * kMinute;
  signal.pnl.pnl_percentage = 1;
  report->signals.push_back(signal);
  optimizer::ContestResult contest;
  contest.walk = std::make_shared<lua::Walk>();
  contest.walk->ranking = WalkerRanking("total_pnl");
  contest.walk->add("near", report);
  optimizer::ContestRow row;
  row.strategy_name = "near";
  row.test = optimizer::Score{1.0, {}, "hash"};
  row.candles = std::move(candles);
  contest.rows.push_back(std::move(row));
  return contest;
}

}  // namespace

TEST_CASE("a strategy that is tried again counts once, whatever history others asked for in the meantime") {
  const test::TempFolder folder;
  Ledger ledger(folder.path() / "trials.sqlite");
  const std::vector<optimizer::Entrant> entrants{{"near", "near.lua", "-- near", 0, 0}};
  const OptimizeTrials of{"family", "files", 1, {}};
  optimizer::ContestSetup setup;
  setup.symbol = "BTCUSDT";
  setup.from = 200 * kMinute;
  setup.to = 290 * kMinute;

  setup.candles = [](const std::string&, Timestamp, Timestamp) { return candles_from(100 * kMinute); };
  optimizer::ContestResult first = traded_on(candles_from(100 * kMinute));
  note_trials(ledger, of, entrants, setup, first);
  CHECK(first.walk->earlier.empty());

  setup.candles = [](const std::string&, Timestamp, Timestamp) { return candles_from(0); };  // an exchange keeps what it has loaded
  optimizer::ContestResult again = traded_on(candles_from(100 * kMinute));
  note_trials(ledger, of, entrants, setup, again);
  CHECK(again.walk->earlier.empty());
  CHECK(ledger.trials("family").size() == 1);

  optimizer::ContestResult other = traded_on(candles_from(0));  // it looked at more: another try
  note_trials(ledger, of, entrants, setup, other);
  CHECK(other.walk->earlier.size() == 1);
}
