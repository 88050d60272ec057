// The parts of a proof: which numbers of a file are prices, what another future
// looks like, which decisions count as changed. tests/cli/prove_test.sh proves whole runs.
#include "host/prove/prove.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "host/exchange/synthetic_walk.h"
#include "host/prove/other_future.h"
#include "host/prove/price_file.h"
#include "host/prove/proof_text.h"

namespace btk::host {
namespace {

constexpr Timestamp kStart = 1704067200000;  // 2024-01-01

KnownCandles market(std::uint64_t seed = 5) {
  auto loaded = std::make_shared<lua::LoadedCandles>();
  loaded->series = synthetic_candles({.seed = seed, .start_price = 250}, "A", kStart, kStart + 3000 * kMinute);
  return {{"A", std::move(loaded)}};
}

const CandleSeries& series(const KnownCandles& candles) { return candles.at("A")->series; }

// What `format` makes of the candles first, first + step, ... as one text.
template <class Format>
std::string file(const KnownCandles& candles, std::size_t first, std::size_t step, Format format) {
  std::string text;
  for (std::size_t i = first; i < series(candles).size(); i += step) text += format(i, series(candles).at(i));
  return text;
}

// The number of lines that differ, and the first that does.
std::pair<std::size_t, std::size_t> changed_lines(const std::string& a, const std::string& b) {
  std::size_t count = 0, first = 0, line = 0;
  for (std::size_t i = 0, k = 0; i < a.size() && k < b.size(); ++line) {
    const std::size_t i_end = a.find('\n', i), k_end = b.find('\n', k);
    if (a.substr(i, i_end - i) != b.substr(k, k_end - k) && count++ == 0) first = line;
    i = i_end + 1, k = k_end + 1;
  }
  return {count, first};
}

}  // namespace

TEST_CASE("A file of prices is found whatever it looks like, and cut from the moment on", "[prove]") {
  const KnownCandles candles = market();
  struct Kind {
    std::string name, text;
    std::size_t first, step;
  };
  const auto close = [](std::size_t, const Candle& c) { return fmt::format("{}\n", c.close); };
  const std::vector<Kind> kinds{
      {"closes", file(candles, 0, 1, close), 0, 1},
      {"closes from the middle", file(candles, 700, 1, close), 700, 1},
      {"closes of every quarter", file(candles, 14, 15, close), 14, 15},
      {"rows under a wrong date",
       "time;close\n" + file(candles, 0, 1, [](std::size_t i, const Candle& c) { return fmt::format("2019-05-{:02};{:.3f}\n", i % 28 + 1, c.close); }), 0, 1},
      {"cents", file(candles, 0, 1, [](std::size_t, const Candle& c) { return fmt::format("{:.0f}\n", c.close * 10000); }), 0, 1},
      {"logarithms", file(candles, 0, 1, [](std::size_t, const Candle& c) { return fmt::format("{:.7f}\n", std::log(c.close)); }), 0, 1},
  };
  constexpr std::size_t kMoment = 1500;
  for (const Kind& kind : kinds) {
    INFO(kind.name);
    const PriceFile found(kind.text, candles);
    CHECK(found.symbol() == "A");
    CHECK(found.matched() + 3 >= (3000 - kind.first) / kind.step);
    OtherFuture cut(kStart + static_cast<Timestamp>(kMoment) * kMinute, OtherFuture::Kind::cut, 1, candles);
    OtherFuture other(kStart + static_cast<Timestamp>(kMoment) * kMinute, OtherFuture::Kind::replaced, 1, candles);
    const std::size_t header = kind.text.starts_with("time") ? 1 : 0;
    const std::size_t first = (kMoment - kind.first + kind.step - 1) / kind.step + header;
    for (OtherFuture* future : {&cut, &other}) {
      const auto [count, begins] = changed_lines(kind.text, found.seen_in(*future));
      CHECK(begins >= first);
      CHECK(begins <= first + 20 / kind.step + 1);  // a price may happen to be the same
      CHECK(count > 1400 / kind.step * 9 / 10 - 1);
    }
  }
}

TEST_CASE("Numbers that follow no candles stay as they are", "[prove]") {
  const KnownCandles candles = market();
  std::string levels, settings = "fast = 10\nslow = 50\n", noise, steps;
  for (int i = 0; i < 500; ++i) {
    levels += fmt::format("{}\n", 100 + i * 5);
    noise += fmt::format("{:.2f},{}\n", 250 + std::sin(i * 12.9898) * 3, i);
    steps += fmt::format("{}\n", i % 2);
  }
  const KnownCandles others = market(6);
  const std::string other = file(others, 0, 1, [](std::size_t, const Candle& c) { return fmt::format("{}\n", c.close); });
  for (const std::string& text : {levels, settings, noise, steps, other, std::string()}) CHECK(PriceFile(text, candles).matched() == 0);
}

TEST_CASE("Another future begins where it should and goes on from the last price", "[prove]") {
  const KnownCandles candles = market();
  const auto& real = candles.at("A");
  const Timestamp moment = kStart + 1000 * kMinute;
  OtherFuture cut(moment, OtherFuture::Kind::cut, 1, candles), other(moment, OtherFuture::Kind::replaced, 1, candles);
  CHECK(cut.candles("A", real)->series.end() == moment);
  const auto replaced = other.candles("A", real);
  REQUIRE(replaced->series.size() == real->series.size());
  for (std::size_t i = 0; i < 1000; ++i) REQUIRE(replaced->series.close()[i] == real->series.close()[i]);
  CHECK(replaced->series.open()[1000] == real->series.close()[999]);
  std::size_t different = 0;
  for (std::size_t i = 1000; i < replaced->series.size(); ++i) {
    REQUIRE(candle_fault(replaced->series.at(i)).empty());
    different += replaced->series.close()[i] != real->series.close()[i];
  }
  CHECK(different > 1990);
  CHECK(without_history(*real, moment)->series.first() == moment);
}

TEST_CASE("What counts as a changed decision", "[prove]") {
  const std::string run = "run\tA\ts\n";
  const std::string opened = "opened\t60000\tid=1\tposition=long\n", closed = "closed\t180000\tid=1\tdata_ended=false\n";
  const std::string ended = "closed\t120000\tid=1\tdata_ended=true\n", other = "opened\t60000\tid=1\tposition=short\n";
  const auto difference = [&](const std::string& a, const std::string& b, Timestamp moment, bool cut) {
    const std::string first = run + a, second = run + b;  // the lines are views
    const auto expected = read_decisions(first), got = read_decisions(second);
    return difference_before(expected, got, moment, cut);
  };
  CHECK_FALSE(difference(opened + closed, opened + closed, 240000, false));
  CHECK_FALSE(difference(opened + closed, opened, 180000, false));
  CHECK_FALSE(difference(opened + closed, opened + ended, 180000, true));  // the end of the data closes
  CHECK(difference(opened + closed, opened + ended, 180000, false));
  const auto missing = difference(opened + closed, "", 180000, true);
  REQUIRE(missing);
  CHECK(missing->time == 60000);
  CHECK(missing->expected == "opened 60000 id=1 position=long");
  CHECK(missing->got == "nothing");
  CHECK(difference(opened, other, 180000, false)->got == "opened 60000 id=1 position=short");
  // An entry at the moment itself knows nothing of what comes; a limit order that fills there does.
  CHECK(difference(opened, other, 60000, false));
  CHECK_FALSE(difference(opened, other, 60000, true));
  const std::string placed = "scheduled\t0\tid=1\n";
  CHECK_FALSE(difference(placed + opened, placed, 60000, false));
}

TEST_CASE("What a script calls its signals steers no terminal and closes no code mark", "[prove]") {
  const std::string real = "run\tA\ts\nopened\t120000\tid=\x1b]0;owned\x07``x\n", none = "run\tA\ts\n";
  const auto difference = difference_before(read_decisions(real), read_decisions(none), 180000, true);
  REQUIRE(difference);
  CHECK(difference->expected == "opened 120000 id=?]0;owned?``x");
  Proof proof;
  proof.symbol = "A";
  proof.result = ProofResult::saw_the_future;
  proof.first = Difference{120000, "opened id=\x1b[2J``x", "nothing"};
  proof.strategy_name = "s\x1b";
  proof.files.push_back({"a\x1b.txt", "", 0});
  proof.warmup.push_back({2, 1, {120000, "opened `a`", "nothing"}});
  const std::string lines = proof_lines(proof, false), markdown = proof_markdown(proof);
  CHECK_THAT(lines, Catch::Contains("expected: opened id=?[2J``x") && !Catch::Contains("\x1b"));
  CHECK_THAT(markdown, Catch::Contains("- expected: ``` opened id=?[2J``x ```") && !Catch::Contains("\x1b"));
  CHECK_THAT(markdown, Catch::Contains("`nothing` instead of `` opened `a` ``"));
  proof.result = ProofResult::not_proven;
  proof.why = "the repeated run failed: \x1b[2J";
  CHECK_THAT(proof_lines(proof, false), Catch::Contains("not proven: the repeated run failed: ?[2J"));
}

}  // namespace btk::host
