// The kill switches of a session: what they forbid, close and cancel, until when, and that neither a restart nor a replay
// forgets it.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "tests/live/play.h"

using namespace btk;
using namespace btk::test;
using Catch::Contains;

namespace {

// Bitcoin is bought, and for ether a limit order waits far below the market.
constexpr const char* kScript = R"(local btk = require "btk"
btk.add_exchange { exchange_name = "market", driver = "binance", base_url = btk.env("BINANCE_BASE_URL") }
btk.add_strategy { strategy_name = "buyer", interval = "1m", get_signal = function(symbol, when, price)
  local open = symbol == "ETHUSDT" and price * 0.9 or nil
  return { position = "long", price_open = open, price_take_profit = price * 1.15, price_stop_loss = price * 0.81,
           minute_estimated_time = 1400, cost = 1000 }
end }
)";

/// Prices stand still, but for bitcoin's fall of 5 % from seven o'clock.
void write_prices(const std::filesystem::path& file, double price, double after_seven) {
  std::ofstream out(file);
  out << "timestamp,open,high,low,close,volume\n";
  const Timestamp first = *parse_date("2024-01-01"), fall = *parse_date("2024-01-01T07:00");
  for (Timestamp t = first; t < first + 2 * kDay; t += kMinute) {
    const double now = t < fall ? price : after_seven;
    out << fmt::format("{},{},{},{},{},1\n", t, now, now, now, now);
  }
}

struct LimitPlay {
  TempFolder market;
  Play play;
  static Words prices(const TempFolder& folder) {
    write_prices(folder / "btc.csv", 10'000, 9'500);
    write_prices(folder / "eth.csv", 2'000, 2'000);
    return {"--candles", "BTCUSDT=" + (folder / "btc.csv").string(), "--candles", "ETHUSDT=" + (folder / "eth.csv").string()};
  }
  LimitPlay() : play(prices(market), "2024-01-01T06:00", {"BTCUSDT", "ETHUSDT"}) { play.write("buyer.lua", kScript); }

  void start(const Words& limits) {
    Words words = {"buyer.lua"};
    words.insert(words.end(), limits.begin(), limits.end());
    play.start(words);
  }
  void end() {
    play.end(SIGKILL);
    const Result replay = play.replay();
    INFO(replay.err);
    CHECK(replay.out == "");
    CHECK(replay.code == 0);
  }
  std::size_t decided(const std::string& symbol, const std::string& what) {
    const std::string text = "\n" + play.decisions(symbol);
    std::size_t count = 0;
    for (auto at = text.find("\n" + what + "\t"); at != std::string::npos; at = text.find("\n" + what + "\t", at + 1)) ++count;
    return count;
  }
};

}  // namespace

TEST_CASE("--max-daily-loss ends entries and limit orders until the next UTC day, through a restart", "[limits]") {
  LimitPlay p;
  const Words limits = {"--max-daily-loss", "40"};
  p.start(limits);
  p.play.go_to("2024-01-01T06:30");
  p.play.end(SIGKILL);
  CHECK(p.decided("BTCUSDT", "opened") == 1);
  CHECK(p.decided("ETHUSDT", "scheduled") == 1);
  CHECK(p.decided("ETHUSDT", "cancelled") == 0);

  p.start(limits);
  p.play.go_to("2024-01-01T07:30");
  CHECK_THAT(p.play.err(), Contains("BTCUSDT: the loss of this day reached --max-daily-loss 40.00") &&
                               Contains("no entries until 2024-01-02 00:00"));
  p.play.end(SIGKILL);
  CHECK(p.decided("BTCUSDT", "closed") == 0);  // what is open stays
  CHECK(p.decided("ETHUSDT", "cancelled") == 1);

  // Where only the other symbol goes on, the position that stays behind is named.
  const Result other = p.play.run({"paper", "buyer.lua", "--max-daily-loss", "40", "--symbols", "ETHUSDT", "--to", "2024-01-01T07:30",
                                   "--clock", p.play.exchange().clock(), "--no-report"});
  CHECK_THAT(other.err, Contains("BTCUSDT: an open long at 10000 of strategy \"buyer\"") && Contains("is not followed here"));

  p.start(limits);
  p.play.go_to("2024-01-01T23:59");
  const Result status = p.play.run({"status"});
  CHECK_THAT(status.out, Contains("no entries until"));
  p.play.go_to("2024-01-02T00:05");
  p.end();
  CHECK_THAT(p.play.err(), Contains("ETHUSDT: a new day, entries again"));
  const std::string decisions = p.play.decisions("ETHUSDT");
  CHECK(p.decided("ETHUSDT", "scheduled") == 1);  // in the session that began at 07:30
  INFO(decisions);
  CHECK(decisions.find(fmt::format("\nscheduled\t{}", *parse_date("2024-01-02"))) != std::string::npos);
}

TEST_CASE("--flatten-on-loss also closes what is open", "[limits]") {
  LimitPlay p;
  p.start({"--max-daily-loss", "40", "--flatten-on-loss"});
  p.play.go_to("2024-01-01T07:30");
  p.end();
  CHECK(p.decided("BTCUSDT", "opened") == 1);
  CHECK(p.decided("BTCUSDT", "closed") == 1);
  CHECK(p.decided("ETHUSDT", "cancelled") == 1);
}

TEST_CASE("--max-exposure refuses the entry that would exceed it, also after a restart", "[limits]") {
  LimitPlay p;
  const Words limits = {"--max-exposure", "1500"};
  p.start(limits);
  p.play.go_to("2024-01-01T06:10");
  p.play.end(SIGKILL);
  CHECK(p.decided("BTCUSDT", "opened") + p.decided("ETHUSDT", "scheduled") == 1);
  p.start(limits);
  p.play.go_to("2024-01-01T06:30");
  CHECK_THAT(p.play.err(), Contains("would exceed --max-exposure 1500.00"));
  p.end();
  CHECK(p.decided("BTCUSDT", "opened") + p.decided("ETHUSDT", "scheduled") == 1);
}

TEST_CASE("A session that cannot write its day's losses down ends instead of trading without them", "[limits]") {
  LimitPlay p;
  p.start({"--max-daily-loss", "40"});
  p.play.go_to("2024-01-01T06:30");
  const auto file = p.play.folder() / "dump" / "data" / "paper-limits.json";
  REQUIRE(std::filesystem::remove(file));
  std::filesystem::create_directories(file / "in the way");
  p.play.exchange().post("/admin/advance", {{"to", *parse_date("2024-01-01T07:30")}});  // the open loss changes
  const auto end = p.play.process().wait();
  INFO(p.play.err());
  REQUIRE(end);
  CHECK(end->code == 1);
  CHECK_THAT(p.play.err(), Contains("cannot write state: "));
}
