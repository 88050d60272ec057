// The example brokers when the exchange asks for no requests (429, 418 with Retry-After): whoever sends some all the same is
// shut out for longer.
#include "tests/exchange_server/broker_desk.h"

using namespace btk;
using namespace btk::exchange_server;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

int struck(Desk& desk) { return desk.ask("GET", "/admin/faults").at(0)["struck"].get<int>(); }

void ask_for_quiet(Desk& desk, const char* kind, int minutes) {
  desk.fault({{"kind", kind}, {"count", -1}, {"ms", minutes * 60'000}});
}

}  // namespace

TEST_CASE("Whoever is asked to wait sends nothing before", "[brokers]") {
  for (const char* broker : {"binance_spot", "binance_futures"}) {
    for (const char* kind : {"429", "418"}) {
      Desk desk(ramp(20, 10, 3));
      desk.bench.begin(script(broker, kLongAt5));
      desk.minutes(0, 18);
      ask_for_quiet(desk, kind, 10);
      desk.minutes(19, 48);  // the position has to be closed from minute 29 on
      INFO(broker << " " << kind << "\n" << desk.log());
      CHECK(struck(desk) == (broker == std::string("binance_spot") ? 2 : 3));  // futures look at the position each minute
      CHECK_THAT(desk.log(), Contains("nothing is sent before 2024-01-01 00:39:00 UTC, as the exchange asks"));
      CHECK_THAT(desk.log(), Contains("not sent: the exchange asks for no requests before 2024-01-01 00:39:00 UTC"));
      REQUIRE(desk.ask("DELETE", "/admin/faults").contains("ok"));
      desk.minutes(49, 60);
      CHECK(desk.book(market_of(broker)) == Lines{"BUY MARKET FILLED", "SELL MARKET FILLED"});
      CHECK(desk.coins() < 0.001);
      CHECK(desk.position() == 0);
    }
  }
}

TEST_CASE("The wait is one of the clock, not of the minutes that are worked on", "[brokers]") {
  Desk desk(ramp(20, 10, 3));
  desk.bench.begin(script("binance_futures", kLongAt5));
  desk.minutes(0, 18);
  ask_for_quiet(desk, "418", 2);
  desk.ask("POST", "/admin/clock", {{"jump_to", kStart + 51 * kMinute}});
  for (int m = 19; m <= 51; ++m) desk.bench.minute(m, 51 - m);  // half an hour was missed, and is made up for at once
  INFO(desk.log());
  CHECK(struck(desk) == 1);
}

TEST_CASE("A clock that is set back does not make the wait longer", "[brokers]") {
  Desk desk(flat);
  desk.bench.begin(script("binance_futures", kLongAt5));
  desk.minutes(0, 18);
  ask_for_quiet(desk, "429", 1);
  desk.bench.minute(19, 600);  // ten hours ahead
  REQUIRE(desk.ask("DELETE", "/admin/faults").contains("ok"));
  const std::size_t before = desk.bench.log.size();
  desk.bench.minute(20);
  INFO(desk.log());
  CHECK(desk.bench.log.size() == before);
}

TEST_CASE("The wait holds for every symbol, and for the next process", "[brokers]") {
  Desk desk(flat);
  desk.bench.options.services.kept = std::make_shared<lua::MemoryKeyValueStore>();
  desk.bench.begin(script("binance_futures", kLongAt5));
  LiveBench other(flat);
  std::filesystem::copy(EXCHANGE_SERVER_BROKERS, other.folder.path() / "brokers");
  other.use_live_broker();
  other.options.http = desk.bench.options.http;
  other.options.services.kept = desk.bench.options.services.kept;
  other.begin(script("binance_futures", kLongAt5));
  for (int m = 0; m <= 18; ++m) desk.minutes(m, m), other.minute(m);
  ask_for_quiet(desk, "418", 10);
  desk.minutes(19, 19);
  CHECK(struck(desk) == 1);
  other.minute(19);
  CHECK(struck(desk) == 1);
  desk.restart(script("binance_futures", kLongAt5), 20);
  desk.minutes(20, 28);
  INFO(desk.log());
  CHECK(struck(desk) == 1);
}
