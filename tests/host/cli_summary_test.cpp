#include <catch2/catch.hpp>

#include "host/cli/progress.h"
#include "host/cli/summary.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;

namespace {

FinishedSignal trade(double percent, Timestamp opened) {
  FinishedSignal f;
  f.signal.pending_at = opened;
  f.close_timestamp = opened + kHour;
  f.current_price = 100;
  f.pnl.pnl_percentage = percent;
  f.pnl.pnl_entries = 100;
  f.fees = 0.2;
  return f;
}

RunOutcome outcome(const std::string& symbol, const std::vector<double>& results) {
  RunOutcome o;
  lua::RunReport& r = o.report;
  r.symbol = symbol;
  r.strategy_name = "cross";
  r.exchange_name = "history";
  r.frame_name = "q1";
  r.run_hash = std::string(64, 'a');
  r.frame_start = 1704067200000;
  r.frame_end = r.frame_start + kDay - kMinute;
  r.candles = 1440;
  r.first_price = 100;
  r.last_price = 110;
  for (const double result : results) {
    r.signals.push_back(trade(result, r.frame_start + static_cast<Timestamp>(r.signals.size()) * 2 * kHour));
  }
  r.stats = trade_stats(lua::closed_trades(r.signals));
  return o;
}

lua::ReportedError error_in(const std::string& where, int line, std::int64_t count, Timestamp first_at) {
  return {.where = where, .message = "bad", .file = "s.lua", .line = line, .traceback = {}, .count = count, .first_at = first_at};
}

}  // namespace

TEST_CASE("The summary shows trades, money and buy-and-hold beside each other", "[summary]") {
  const std::string text = summary_text({outcome("BTCUSDT", {2, -1, 3})}, {.capital = 10000});
  CHECK_THAT(text, Contains("BTCUSDT"));
  CHECK_THAT(text, Contains("2 / 1"));
  CHECK_THAT(text, Contains("66.67 %"));
  CHECK_THAT(text, Contains("10 004.00"));
  CHECK_THAT(text, Contains("+10.00 %"));
  CHECK_THAT(text, Contains("0.60"));
  CHECK_THAT(text, Contains("run hash  " + std::string(64, 'a')));
  CHECK_THAT(text, !Contains("portfolio"));
  CHECK_THAT(text, !Contains("filled gaps"));
}

TEST_CASE("What is not available is n/a, never a made-up number", "[summary]") {
  const std::string text = summary_text({outcome("BTCUSDT", {})}, {});
  CHECK_THAT(text, Contains("n/a"));
  CHECK_THAT(text, !Contains("nan"));
}

TEST_CASE("Candles are said to be missing only where the frame goes on after the last one", "[summary]") {
  RunOutcome o = outcome("A", {1});
  o.report.data_ended = true;
  CHECK(remarks({o}) == std::vector<std::string>{"the candles ended before the frame; nothing was open then"});
  FinishedSignal& last = o.report.signals.back();
  last.data_ended = true;
  CHECK(remarks({o}) == std::vector<std::string>{"the candles ended before the frame: what was open was closed at the last one"});
  last.close_timestamp = o.report.frame_end - kMinute;
  CHECK(remarks({o}).size() == 1);
  last.close_timestamp = o.report.frame_end;
  CHECK(remarks({o}).empty());
}

TEST_CASE("Shares of time and the minutes shown are those of the candles that were there", "[summary]") {
  RunOutcome o = outcome("A", {1, 1});  // in the market for two hours
  CHECK_THAT(summary_text({o}, {}), Contains("8.33 %"));
  lua::RunReport& r = o.report;
  r.candles = 480;
  r.candles_start = r.frame_start;
  r.candles_end = r.frame_start + 8 * kHour;
  CHECK(remarks({o}).empty());
  std::string text = summary_text({o}, {});
  CHECK_THAT(text, Contains("25.00 %") && Contains("2024-01-01 07:59"));
  r.frame_start -= kDay;
  text = summary_text({o}, {});
  CHECK_THAT(text, Contains("25.00 %") && Contains("2024-01-01 00:00") && !Contains("2023-12-31"));
  CHECK(remarks({o}) == std::vector<std::string>{"the candles begin at 2024-01-01 00:00, after the frame does (2023-12-31 00:00)"});
  CHECK_THAT(summary_text({o, outcome("B", {1})}, {}), Contains("portfolio: 2 runs, 3 trades"));
}

TEST_CASE("Several runs end with a portfolio line and the hash of all", "[summary]") {
  const std::string text = summary_text({outcome("A", {2, -1}), outcome("B", {3})}, {.capital = 1000});
  CHECK_THAT(text, Contains("portfolio: 2 runs, 3 trades, win rate 66.67 %, result +4.00 (+0.40 % of 1 000.00)"));
  CHECK_THAT(text, Contains("run hash  all"));
}

TEST_CASE("Signals that came to nothing are counted, with the first reason", "[summary]") {
  RunOutcome o = outcome("A", {});
  o.report.signal_calls = 20;
  CHECK_THAT(summary_text({o}, {}), Contains("no signal  A  get_signal was asked 20 times and gave none"));
  o.report.has_get_signal = false;
  CHECK_THAT(summary_text({o}, {}), Contains("no signal  A  the strategy has no get_signal, and btk.commit_create_signal made none\n"));
  o.report.refused = {2, o.report.frame_start + kHour, "the stop is too near"};
  o.report.rejected = {1, o.report.frame_start + 2 * kHour, "careful: enough is open"};
  const std::string text = summary_text({o}, {});
  CHECK_THAT(text, Contains("refused   A  2 signals that broke a rule; first 2024-01-01 01:00: the stop is too near"));
  CHECK_THAT(text, Contains("rejected  A  1 time by a risk profile; first 2024-01-01 02:00: careful: enough is open"));
  CHECK_THAT(text, !Contains("no signal"));
  CHECK_THAT(summary_text({outcome("A", {1})}, {}), !Contains("refused"));
}

TEST_CASE("A run that the script has left says so instead of speaking of its whole frame", "[summary]") {
  RunOutcome o = outcome("A", {});
  o.report.signal_calls = 20;
  o.report.left_at = o.report.frame_start + kHour;
  CHECK_THAT(summary_text({o}, {}), !Contains("no signal"));
  REQUIRE(remarks({o}).size() == 1);
  CHECK_THAT(remarks({o})[0], Contains("left by the script at 2024-01-01 01:00, before its frame ends"));
}

TEST_CASE("Filled gaps are counted and named, of many the longest", "[summary]") {
  RunOutcome o = outcome("A", {});
  for (int i = 0; i < 7; ++i) {
    o.report.gaps.push_back({.from = o.report.frame_start + i * kHour, .candles = static_cast<std::size_t>(i + 1)});
  }
  const std::string text = summary_text({o}, {});
  CHECK_THAT(text, Contains("7 (28 min)"));
  CHECK_THAT(text, Contains("filled gap  A  2024-01-01 06:00, 7 min"));
  CHECK_THAT(text, Contains("filled gap  A  and 2 shorter ones"));
}

TEST_CASE("Holes of a symbol that runs only read are named once", "[summary]") {
  std::vector<RunOutcome> runs = {outcome("A", {}), outcome("B", {})};
  for (RunOutcome& o : runs) o.report.other_gaps["C"] = {{.from = o.report.frame_start, .candles = 80}};
  runs[0].report.gaps = {{.from = runs[0].report.frame_start, .candles = 1}};
  runs[1].report.other_gaps["A"] = runs[0].report.gaps;
  const std::string text = summary_text(runs, {});
  CHECK_THAT(text, Contains("filled gap  C  2024-01-01 00:00, 80 min\n"));
  CHECK_THAT(text, Contains("filled gap  A  2024-01-01 00:00, 1 min\n"));
  std::size_t lines = 0;
  for (std::size_t at = text.find("filled gap  "); at != std::string::npos; at = text.find("filled gap  ", at + 1)) ++lines;
  CHECK(lines == 2);
}

TEST_CASE("What a session still holds is time in the market, too", "[summary]") {
  RunOutcome o = outcome("A", {1});  // an hour of the day
  o.report.live = true;
  LiveEvent held;
  held.action = Action::active;
  held.signal.emplace();
  held.signal->pending_at = o.report.frame_start + 21 * kHour;
  o.report.live_events = {held};
  CHECK_THAT(summary_text({o}, {}), Contains(" 16.67 %"));  // 4 of 24
  o.report.live_events.push_back({.action = Action::idle});
  CHECK_THAT(summary_text({o}, {}), Contains(" 16.67 %"));
  held.action = Action::closed;
  o.report.live_events.push_back(held);
  CHECK_THAT(summary_text({o}, {}), Contains(" 4.17 %"));
}

TEST_CASE("Colours only when asked for", "[summary]") {
  CHECK_THAT(summary_text({outcome("A", {2})}, {.capital = 1000, .color = false}), !Contains("\x1b"));
  CHECK_THAT(summary_text({outcome("A", {2})}, {.capital = 1000, .color = true}), Contains("\x1b[32m"));
}

TEST_CASE("Script errors are one line per place: how often, and the first of them", "[summary]") {
  RunOutcome o = outcome("A", {});
  o.report.errors = {error_in("get_signal", 50, 1, 2000), error_in("get_signal", 40, 2, 1000), error_in("on_close", 7, 1, 3000)};
  CHECK(remarks({o}) == std::vector<std::string>{"3 script errors in get_signal (first: s.lua:40: bad)",
                                                 "1 script error in on_close (first: s.lua:7: bad)"});
  CHECK(exit_code({o}) == 1);
}

TEST_CASE("With several runs a remark names its run, and one failure makes the exit code 1", "[summary]") {
  RunOutcome failed = outcome("B", {});
  failed.failure = "no candles of B";
  CHECK(remarks({outcome("A", {}), failed}) == std::vector<std::string>{"B: no candles of B"});
  CHECK(exit_code({outcome("A", {}), failed}) == 1);
  CHECK(exit_code({outcome("A", {})}) == 0);
}

TEST_CASE("Speeds and durations read well", "[summary]") {
  CHECK(short_count(1'310'000) == "1.3 M");
  CHECK(short_count(57) == "57");
  CHECK(duration_text(0.424) == "0.42 s");
  CHECK(duration_text(185) == "3 min 05 s");
}

TEST_CASE("Amounts beyond all digits are written with an exponent", "[summary]") {
  CHECK_THAT(summary_text({outcome("A", {2, -1})}, {.capital = 1e30}), Contains("1e30"));
}

TEST_CASE("Stakes beyond the capital are a warning of the summary", "[summary]") {
  CHECK_THAT(summary_text({outcome("A", {2, -1})}, {.capital = 100}), !Contains("staked"));
  const std::string one = summary_text({outcome("A", {2, -1})}, {.capital = 99});
  CHECK_THAT(one, Contains("warning  A  up to 100.00 were staked at once with 99.00 of capital"));
  const std::string two = summary_text({outcome("A", {2, -1}), outcome("B", {1})}, {.capital = 150});
  CHECK_THAT(two, !Contains("warning  A  up to"));
  CHECK_THAT(two, Contains("warning  portfolio  up to 200.00 were staked at once with 150.00 of capital"));
}

TEST_CASE("A script's reason stays in its line", "[summary]") {
  RunOutcome o = outcome("A", {});
  o.report.rejected = {1, o.report.frame_start, "first line\nsecond \x1b[31m line"};
  const std::string text = summary_text({o}, {});
  CHECK_THAT(text, Contains("rejected  A  1 time by a risk profile; first 2024-01-01 00:00: first line second ?[31m line\n"));
}
