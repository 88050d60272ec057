// No decision looks ahead: what comes after a moment, or that nothing comes, changes
// no decision before it.
#include <catch2/catch.hpp>

#include "tests/engine/random_run.h"

using namespace btk;
using namespace btk::test;

namespace {

constexpr int kCandles = 240;

// `longer`: the same candles with more before the first one, taken when the strategy is asked for the third
// time.
std::vector<Decision> run(const RandomCase& c, const CandleSeries& candles,
                          const CandleSeries* longer = nullptr) {
  RiskBook book;
  Trader trader(c.setup, c.config, candles, book);
  constexpr std::uint32_t kHeard = 1u << static_cast<unsigned>(EventKind::active_ping) |
                                   1u << static_cast<unsigned>(EventKind::schedule_ping) |
                                   1u << static_cast<unsigned>(EventKind::idle_ping) |
                                   1u << static_cast<unsigned>(EventKind::position) |
                                   1u << static_cast<unsigned>(EventKind::partial_profit);
  trader.listen(kHeard);
  RandomUser user(c);
  for (Ask ask = trader.advance(); ask != Ask::done; ask = trader.advance()) {
    if (ask == Ask::signal_due && longer && trader.signal_calls() == 3) trader.rebase(*longer);
    if (ask == Ask::signal_due) user.strategy(trader);
    if (ask == Ask::risk_check) user.risk(trader);
    if (ask == Ask::event) user.event(trader.event(), trader);
  }
  return decisions(trader);
}

std::vector<std::string> before(const std::vector<Decision>& all, Timestamp end) {
  std::vector<std::string> lines;
  for (const Decision& d : all) {
    if (d.time < end) lines.push_back(d.line);
  }
  return lines;
}

}  // namespace

TEST_CASE("cutting the data after any moment changes no decision before it") {
  std::size_t compared = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    const CandleSeries full = random_market(seed, kCandles);
    const RandomCase c(seed, kCandles);
    Dice dice(seed, 3);
    const int kept = 1 + dice.below(kCandles - 1);
    const CandleSeries cut = random_market(seed, kept);
    const std::vector<std::string> expected = before(run(c, full), cut.end());
    const std::vector<Decision> got = run(c, cut);

    INFO("seed " << seed << ", " << kept << " candles kept");
    REQUIRE(got.size() >= expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) REQUIRE(got[i].line == expected[i]);
    compared += expected.size();
    // What the cut run has beyond that is the end of its data, on its last candle.
    for (std::size_t i = expected.size(); i < got.size(); ++i) REQUIRE(got[i].time == cut.end() - kMinute);
    if (got.size() > expected.size()) {
      const bool ended = std::any_of(got.begin() + static_cast<std::ptrdiff_t>(expected.size()), got.end(),
                                     [](const Decision& d) { return d.has("data_ended=true"); });
      REQUIRE(ended);
    }
  }
  CHECK(compared > 10'000);  // the runs did something
}

TEST_CASE("other data after any moment changes no decision before it") {
  std::size_t differ = 0;
  for (std::uint64_t seed = 1; seed <= 1500; ++seed) {
    const RandomCase c(seed, kCandles);
    Dice dice(seed, 4);
    const int same = 1 + dice.below(kCandles - 1);
    const CandleSeries one = random_market(seed, kCandles), other = random_market(seed, kCandles, same, 77);
    const Timestamp moment = one.time(static_cast<std::size_t>(same));
    const auto a = run(c, one), b = run(c, other);
    INFO("seed " << seed << ", " << same << " candles the same");
    REQUIRE(before(a, moment) == before(b, moment));
    if (before(a, kRandomStart + kDay) != before(b, kRandomStart + kDay)) ++differ;
  }
  CHECK(differ > 500);  // and afterwards it does
}

TEST_CASE("going on with a longer history changes no decision") {
  constexpr std::size_t kMore = 100;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const RandomCase c(seed, kCandles);
    const CandleSeries candles = random_market(seed, kCandles);
    CandleSeries longer(Interval::m1, kRandomStart - static_cast<Timestamp>(kMore) * kMinute);
    for (std::size_t i = 0; i < kMore; ++i) longer.push(50, 51, 49, 50, 1);
    for (std::size_t k = 0; k < candles.size(); ++k) {
      const Candle row = candles.at(k);
      longer.push(row.open, row.high, row.low, row.close, row.volume);
    }
    INFO("seed " << seed);
    REQUIRE(before(run(c, candles, &longer), kRandomStart + kDay) ==
            before(run(c, candles), kRandomStart + kDay));
  }
}
