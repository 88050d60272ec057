#include "host/exchange/binance_source.h"

#include <catch2/catch.hpp>
#include <thread>

#include "engine/error.h"
#include "tests/support/binance_server.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

constexpr Timestamp kStart = 1672531200000;  // 2023-01-01 00:00

Timestamp at(Timestamp minutes) { return kStart + minutes * kMinute; }

struct Market {
  TempFolder folder;
  BinanceServer server{kStart + 30 * kDay};
  std::atomic<Timestamp> clock{kStart + 30 * kDay};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::vector<std::string> lines;

  OpenOptions options() {
    OpenOptions o;
    o.candle_store = folder / "data/btk.sqlite";
    o.clock = [this] { return clock.load(); };
    o.log = [this](std::string_view, std::string_view text) {
      const std::lock_guard lock(mutex);
      lines.emplace_back(text);
    };
    o.stopped = [this] { return stop.load(); };
    o.retry.delay_ms = 1;
    return o;
  }
  lua::ExchangeSchema schema() {
    lua::ExchangeSchema s;
    s.exchange_name = "binance";
    s.driver = "binance";
    s.base_url = server.url();
    return s;
  }
  std::unique_ptr<BinanceSource> open() { return std::make_unique<BinanceSource>(schema(), options()); }
  void move_to(Timestamp now) {
    clock = now;
    server.set_now(now);
  }
  /// Ranges of minutes that were asked for since the last call.
  std::vector<std::pair<Timestamp, Timestamp>> fetched() {
    std::vector<std::pair<Timestamp, Timestamp>> out;
    for (const ServedRequest& r : server.asked("klines")) {
      if (r.query.count("endTime") == 0) continue;
      out.emplace_back((std::stoll(r.query.at("startTime")) - kStart) / kMinute,
                       (std::stoll(r.query.at("endTime")) + 1 - kStart) / kMinute);
    }
    server.forget_asked();
    return out;
  }
};

using Ranges = std::vector<std::pair<Timestamp, Timestamp>>;

void check_candles(const CandleSeries& series, Timestamp from, Timestamp to) {
  REQUIRE(series.first() == from);
  REQUIRE(series.end() == to);
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Candle expected = made_candle(series.time(i));
    const Candle got = series.at(i);
    REQUIRE(got.open == expected.open);
    REQUIRE(got.high == expected.high);
    REQUIRE(got.low == expected.low);
    REQUIRE(got.close == expected.close);
    REQUIRE(got.volume == expected.volume);
  }
}

}  // namespace

TEST_CASE("history comes in pages and is not asked for twice", "[binance]") {
  Market market;
  const auto source = market.open();
  check_candles(source->load("BTCUSDT", at(0), at(2500))->series, at(0), at(2500));
  CHECK(market.fetched() == Ranges{{0, 2500}, {1000, 2500}, {2000, 2500}});
  check_candles(source->load("BTCUSDT", at(10), at(20))->series, at(0), at(2500));

  // Another process finds it on disk, and fetches only what is missing there.
  const auto later = market.open();
  check_candles(later->load("BTCUSDT", at(100), at(2400))->series, at(100), at(2400));
  CHECK(market.server.asked("klines").empty());
  CHECK(market.server.asked("time").empty());
  later->complete("BTCUSDT", Interval::m1, at(2510), at(2600));
  market.fetched();
  check_candles(later->load("BTCUSDT", at(-50), at(2700))->series, at(-50), at(2700));
  CHECK(market.fetched() == Ranges{{-50, 0}, {2500, 2510}, {2600, 2700}});
}

TEST_CASE("minutes that the exchange does not have are remembered as complete", "[binance]") {
  Market market;
  market.server.remove(at(40), at(120));
  market.server.remove(at(190), at(250));
  const auto loaded = market.open()->load("BTCUSDT", at(0), at(200));
  // The range ends in a hole and not at the end of the data: the candle behind it is there to tell.
  CHECK(loaded->series.size() == 251);
  REQUIRE(loaded->gaps.size() == 2);
  CHECK(loaded->gaps[0].candles == 80);
  CHECK(loaded->gaps[1].candles == 60);
  market.fetched();
  CHECK(market.open()->load("BTCUSDT", at(0), at(200))->series.size() == 251);
  CHECK(market.fetched().empty());

  // Before a market began there is nothing, and that is known after one question.
  market.server.lists_from(at(5000));
  CHECK(market.open()->load("NEWUSDT", at(3000), at(5010))->series.first() == at(5000));
  market.fetched();
  CHECK_THROWS_WITH(market.open()->load("NEWUSDT", at(3000), at(4000)),
                    "exchange binance: there are no candles of NEWUSDT from 2023-01-03 02:00 to 2023-01-03 18:40");
  CHECK(market.fetched().empty());

  lua::ExchangeSchema strict = market.schema();
  strict.gaps = GapPolicy::error;
  CHECK_THROWS_WITH(BinanceSource(strict, market.options()).load("BTCUSDT", at(0), at(200)),
                    Contains("80 candles missing from 2023-01-01 00:40"));
}

TEST_CASE("missing minutes at the very end are asked for again", "[binance]") {
  Market market;
  market.move_to(at(200));
  market.server.remove(at(150), at(300));
  CHECK(market.open()->load("BTCUSDT", at(0), at(200))->series.end() == at(150));
  CHECK(market.fetched() == Ranges{{0, 200}, {150, 200}});
  CHECK(market.open()->load("BTCUSDT", at(0), at(200))->series.end() == at(150));
  CHECK(market.fetched() == Ranges{{150, 200}});
}

TEST_CASE("an open candle is neither shown nor stored", "[binance]") {
  Market market;
  market.move_to(at(100) + 59'999);
  const auto source = market.open();
  check_candles(source->load("BTCUSDT", at(0), at(200))->series, at(0), at(100));
  CHECK(source->closed("BTCUSDT", at(95), at(200)).size() == 5);
  CHECK(source->closed("BTCUSDT", at(100), at(101)).empty());

  // The session's clock runs ahead of the exchange's: the exchange decides.
  market.clock = at(103);
  CHECK(market.open()->closed("BTCUSDT", at(99), at(103)).size() == 1);
  check_candles(market.open()->load("BTCUSDT", at(0), at(103))->series, at(0), at(100));
  // And the other way round: nothing from the session's future.
  market.move_to(at(102));
  market.clock = at(100);
  CHECK(market.open()->closed("BTCUSDT", at(99), at(103)).size() == 1);

  market.move_to(at(103));
  const std::vector<Candle> now = market.open()->closed("BTCUSDT", at(99), at(103));
  REQUIRE(now.size() == 4);
  CHECK(now[1].close == made_candle(at(100)).close);
  check_candles(market.open()->load("BTCUSDT", at(0), at(103))->series, at(0), at(103));
}

TEST_CASE("an answer that includes the open candle loses it", "[binance]") {
  Market market;
  market.move_to(at(100) + 30'000);
  market.server.then("klines", [](ServedAnswer& answer) {
    answer.body.insert(answer.body.size() - 1, fmt::format(",[{},\"1\",\"1\",\"1\",\"1\",\"1\",0]", at(100)));
  });
  CHECK(market.open()->closed("BTCUSDT", at(98), at(100)).size() == 2);
  CHECK(market.server.asked("klines").size() == 1);
}

TEST_CASE("a candle is stored for good a moment after its end", "[binance]") {
  Market market;
  market.move_to(at(100) + 2000);
  market.server.then("klines", [](ServedAnswer& answer) {  // the exchange will correct its last trade
    const std::size_t last = answer.body.rfind(fmt::format("[{}", at(99)));
    answer.body.replace(last, answer.body.size() - last, fmt::format("[{},\"150\",\"150\",\"150\",\"150\",\"1\",0]]", at(99)));
  });
  CHECK(market.open()->load("BTCUSDT", at(0), at(100))->series.close().back() == 150);
  market.move_to(at(100) + 20'000);
  check_candles(market.open()->load("BTCUSDT", at(0), at(100))->series, at(0), at(100));
}

TEST_CASE("whatever goes wrong once is tried again, and no wrong candle comes of it", "[binance]") {
  const std::vector<std::pair<std::string, BinanceServer::Change>> faults{
      {"429", [](ServedAnswer& a) { a = {.status = 429, .body = "", .headers = {{"Retry-After", "0"}}}; }},
      {"418", [](ServedAnswer& a) { a = {.status = 418, .body = "{\"code\":-1003,\"msg\":\"banned\"}", .headers = {}}; }},
      {"500", [](ServedAnswer& a) { a.status = 500; }},
      {"wrong time", [](ServedAnswer& a) { a = {.status = 400, .body = "{\"code\":-1021,\"msg\":\"Timestamp\"}", .headers = {}}; }},
      {"dropped", [](ServedAnswer& a) { a.fault = ServedAnswer::Fault::drop; }},
      {"cut", [](ServedAnswer& a) { a.fault = ServedAnswer::Fault::cut; }},
      {"truncated JSON", [](ServedAnswer& a) { a.body.resize(a.body.size() / 2); }},
      {"an object", [](ServedAnswer& a) { a.body = "{}"; }},
      {"null rows", [](ServedAnswer& a) { a.body = "[null]"; }},
      {"a short row", [](ServedAnswer& a) { a.body = fmt::format("[[{},\"1\"]]", at(0)); }},
      {"a price that is no number",
       [](ServedAnswer& a) { a.body = fmt::format("[[{},\"1\",\"x\",\"1\",\"1\",\"1\"]]", at(0)); }},
      {"a price that is true", [](ServedAnswer& a) { a.body = fmt::format("[[{},true,\"1\",\"1\",\"1\",\"1\"]]", at(0)); }},
      {"a time as text", [](ServedAnswer& a) { a.body = "[[\"0\",\"1\",\"1\",\"1\",\"1\",\"1\"]]"; }},
      {"a price of zero", [](ServedAnswer& a) { a.body = fmt::format("[[{},\"0\",\"1\",\"1\",\"1\",\"1\"]]", at(0)); }},
      {"high below low", [](ServedAnswer& a) { a.body = fmt::format("[[{},\"2\",\"2\",\"3\",\"2\",\"1\"]]", at(0)); }},
      {"misaligned", [](ServedAnswer& a) { a.body = fmt::format("[[{},\"1\",\"1\",\"1\",\"1\",\"1\"]]", at(0) + 1); }},
      {"out of range", [](ServedAnswer& a) { a.body = fmt::format("[[{},\"1\",\"1\",\"1\",\"1\",\"1\"]]", at(500)); }},
      {"told in two ways",
       [](ServedAnswer& a) {
         a.body.insert(a.body.size() - 1, fmt::format(",[{},\"1\",\"1\",\"1\",\"1\",\"1\"]", at(3)));
       }},
      {"empty once", [](ServedAnswer& a) { a.body = "[]"; }},
  };
  for (const auto& [name, change] : faults) {
    INFO(name);
    Market market;
    market.server.then("klines", change);
    if (name == "empty once") {
      // Contradicted by the second look: an error rather than a hole.
      CHECK_THROWS_WITH(market.open()->load("BTCUSDT", at(0), at(300)),
                        Contains("it has a candle of 2023-01-01 00:00 in one answer and not in the other"));
    }
    check_candles(market.open()->load("BTCUSDT", at(0), at(300))->series, at(0), at(300));
    check_candles(market.open()->load("BTCUSDT", at(0), at(300))->series, at(0), at(300));
  }
}

TEST_CASE("duplicates and shuffled candles are put right", "[binance]") {
  Market market;
  market.server.then("klines", [](ServedAnswer& a) {
    const auto row = [](Timestamp t, double open) {
      const Candle c = made_candle(t);
      return fmt::format("[{},\"{}\",\"{}\",\"{}\",\"{}\",\"{}\"]", t, open, c.high, c.low, c.close, c.volume);
    };
    a.body = fmt::format("[{},{},{},{}]", row(at(2), made_candle(at(2)).open), row(at(0), made_candle(at(0)).high),
                         row(at(0), made_candle(at(0)).open), row(at(1), made_candle(at(1)).open));
  });
  check_candles(market.open()->load("BTCUSDT", at(0), at(3))->series, at(0), at(3));
  CHECK(market.server.asked("klines").size() == 1);
}

TEST_CASE("what does not pass ends in one clear sentence", "[binance]") {
  Market market;
  SECTION("after all tries") {
    for (int i = 0; i < 3; ++i) market.server.then("klines", [](ServedAnswer& a) { a.status = 503; a.body = ""; });
    CHECK_THROWS_WITH(market.open()->load("BTCUSDT", at(0), at(10)),
                      "exchange binance: GET klines of BTCUSDT failed after 3 tries: 503");
    CHECK(market.lines.size() == 2);
  }
  SECTION("at once where trying again cannot help") {
    market.server.then("klines", [](ServedAnswer& a) { a = {.status = 400, .body = R"({"code":-1121,"msg":"Invalid symbol."})", .headers = {}}; });
    CHECK_THROWS_WITH(market.open()->load("BTCUSD", at(0), at(10)),
                      "exchange binance: GET klines of BTCUSD failed after 1 try: 400 Invalid symbol. (code -1121)");
    CHECK_THROWS_WITH(market.open()->load("BTC/USDT", at(0), at(10)),
                      "exchange binance: \"BTC/USDT\" is no symbol of Binance; write it like BTCUSDT");
  }
  SECTION("for a ban that lasts") {
    market.server.then("klines", [](ServedAnswer& a) { a = {.status = 418, .body = "", .headers = {{"Retry-After", "7200"}}}; });
    CHECK_THROWS_WITH(market.open()->closed("BTCUSDT", at(0), at(10)),
                      "exchange binance: GET klines of BTCUSDT failed after 1 try: 418 banned for too many requests; "
                      "it asks to wait 7200 s");
  }
  SECTION("when nobody answers") {
    lua::ExchangeSchema schema = market.schema();
    schema.base_url = "http://127.0.0.1:" + std::to_string(unused_port());
    CHECK_THROWS_WITH(BinanceSource(schema, market.options()).closed("BTCUSDT", at(0), at(10)),
                      "exchange binance: GET klines of BTCUSDT failed after 3 tries: " + schema.base_url.substr(7) +
                          ": cannot connect: Connection refused");
  }
  SECTION("when the answer does not come in time") {
    for (int i = 0; i < 3; ++i) market.server.then("klines", [](ServedAnswer& a) { a.delay_ms = 60'000; });
    OpenOptions options = market.options();
    options.timeout_ms = 50;
    CHECK_THROWS_WITH(BinanceSource(market.schema(), options).closed("BTCUSDT", at(0), at(10)),
                      Contains("failed after 3 tries: 127.0.0.1:") && Contains("no complete answer within 50 ms"));
  }
}

TEST_CASE("a stop ends requests and pauses", "[binance]") {
  Market market;
  std::atomic<bool> asked{false};
  market.server.then("klines", [&](ServedAnswer& a) {
    asked = true;
    a.delay_ms = 60'000;
  });
  OpenOptions options = market.options();
  options.timeout_ms = 60'000;
  BinanceSource source(market.schema(), options);
  std::thread stopper([&] {
    while (!asked) std::this_thread::yield();
    market.stop = true;
  });
  CHECK_THROWS_WITH(source.closed("BTCUSDT", at(0), at(10)), "exchange binance: GET klines of BTCUSDT: stopped");
  stopper.join();
  options.retry.delay_ms = 3'600'000;
  options.retry.max_pause_ms = 10'000'000;
  market.stop = false;
  market.server.then("klines", [&](ServedAnswer& a) {
    a.status = 500;
    market.stop = true;
  });
  CHECK_THROWS_WITH(BinanceSource(market.schema(), options).closed("BTCUSDT", at(0), at(10)), Contains("stopped"));
}

TEST_CASE("pages that came before a failure stay", "[binance][cache]") {
  Market market;
  market.server.then("klines", [](ServedAnswer&) {});
  for (int i = 0; i < 3; ++i) market.server.then("klines", [](ServedAnswer& a) { a.status = 500; });
  CHECK_THROWS_AS(market.open()->load("BTCUSDT", at(0), at(1500)), Error);
  market.fetched();
  check_candles(market.open()->load("BTCUSDT", at(0), at(1500))->series, at(0), at(1500));
  CHECK(market.fetched() == Ranges{{1000, 1500}});
}

TEST_CASE("concurrent identical questions are one request", "[binance]") {
  Market market;
  market.move_to(at(100));
  std::atomic<int> waiting{0};
  market.server.then("time", [&](ServedAnswer&) {
    while (waiting < 4) std::this_thread::yield();
  });
  market.server.then("klines", [&](ServedAnswer& a) { a.delay_ms = 300; });
  const auto source = market.open();
  std::vector<std::thread> threads;
  std::atomic<std::size_t> candles{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      ++waiting;
      candles += source->closed("BTCUSDT", at(90), at(100)).size();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(candles == 40);
  CHECK(market.server.asked("klines").size() < 4);
}

TEST_CASE("the exchange's time is asked for once an hour, and said when it is far off", "[binance]") {
  Market market;
  market.move_to(at(100));
  const auto source = market.open();
  source->closed("BTCUSDT", at(98), at(100));
  source->closed("BTCUSDT", at(98), at(100));
  CHECK(market.server.asked("time").size() == 1);
  market.move_to(at(161));
  source->closed("BTCUSDT", at(98), at(161));
  CHECK(market.server.asked("time").size() == 2);
  CHECK(market.lines.empty());

  // One wrong answer is looked at twice and forgotten.
  market.move_to(at(222));
  market.server.then("time", [](ServedAnswer& a) { a.body = "{\"serverTime\":1}"; });
  CHECK(source->closed("BTCUSDT", at(220), at(222)).size() == 2);
  CHECK(market.lines.empty());

  // A clock that stays wrong shows nothing that the session's clock does not call closed as well.
  market.server.set_told_time(kHour);
  const auto other = market.open();
  CHECK(other->closed("BTCUSDT", at(220), at(230)).size() == 2);
  CHECK(std::llabs(other->ahead() - kHour) < kMinute);
  market.server.set_told_time(-kHour);
  const auto third = market.open();
  CHECK(third->closed("BTCUSDT", at(220), at(222)).empty());
  CHECK(third->closed("BTCUSDT", at(220), at(222)).empty());
  REQUIRE(market.lines.size() == 2);
  CHECK_THAT(market.lines[0], Contains("3600 s ahead of the session's clock"));
  CHECK_THAT(market.lines[1], Contains("3600 s behind the session's clock"));
}

TEST_CASE("order book and rules are read with the exchange's own numbers", "[binance]") {
  Market market;
  const auto source = market.open();
  const auto book = source->order_book("BTCUSDT", 2);
  REQUIRE(book);
  CHECK(book->bids == std::vector<std::pair<double, double>>{{100.5, 2}, {100.4, 1}});
  CHECK(book->asks.size() == 2);
  CHECK(market.server.asked("depth").at(0).query.at("limit") == "5");
  market.server.then("depth", [](ServedAnswer& a) { a.body = R"({"bids":[["5","1"]],"asks":[["4","1"]]})"; });
  CHECK(source->order_book("BTCUSDT", 100)->asks[0].first == 100.6);

  const lua::SymbolRules rules = source->rules("BTCUSDT");
  CHECK(rules.tick_size == 0.01);
  CHECK(rules.step_size == 0.00002);
  CHECK(rules.min_quantity == 0.00001);
  CHECK(rules.min_notional == 5);
  source->rules("BTCUSDT");
  CHECK(market.server.asked("exchangeInfo").size() == 1);
  CHECK_THROWS_WITH(source->rules("XUSDT"), "exchange binance: there is no symbol XUSDT");
}

TEST_CASE("trades come in order, page after page", "[binance]") {
  std::vector<std::string> queries;
  HttpServer server([&](const ServedRequest& request) {
    ServedAnswer answer;
    if (request.path.ends_with("/time")) return ServedAnswer{.body = fmt::format("{{\"serverTime\":{}}}", at(200)), .headers = {}};
    // A trade every 2 seconds, its id counts them.
    const auto number = [&](const char* name) { return request.query.count(name) > 0 ? std::stoll(request.query.at(name)) : -1; };
    Timestamp id = number("fromId") >= 0 ? number("fromId") : (number("startTime") - kStart + 1999) / 2000;
    for (int i = 0; i < 1000; ++i, ++id) {
      const Timestamp t = kStart + id * 2000;
      if (number("endTime") >= 0 && t > number("endTime")) break;
      answer.body += fmt::format("{}{{\"a\":{},\"p\":\"1.5\",\"q\":\"2\",\"f\":1,\"l\":1,\"T\":{},\"m\":{}}}",
                                 i == 0 ? "" : ",", id, t, id % 2 == 0);
    }
    answer.body = "[" + answer.body + "]";
    return answer;
  });
  Market market;
  lua::ExchangeSchema schema = market.schema();
  schema.base_url = server.url();
  const auto trades = BinanceSource(schema, market.options()).trades("BTCUSDT", at(1), at(101));
  REQUIRE(trades);
  REQUIRE(trades->size() == 3000);
  CHECK(trades->front().id == "30");
  CHECK(trades->front().buyer_is_maker);
  CHECK(trades->back().timestamp == at(101) - 2000);
  for (std::size_t i = 1; i < trades->size(); ++i) REQUIRE((*trades)[i].timestamp == (*trades)[i - 1].timestamp + 2000);
}

TEST_CASE("futures have their own address, pages and store", "[binance]") {
  Market market;
  lua::ExchangeSchema schema = market.schema();
  schema.market = "futures";
  BinanceSource source(schema, market.options());
  check_candles(source.load("BTCUSDT", at(0), at(1600))->series, at(0), at(1600));
  CHECK(market.server.asked("klines").at(0).path == "/fapi/v1/klines");
  CHECK(market.fetched() == Ranges{{0, 1600}, {1500, 1600}});
  CHECK(market.open()->key("X", Interval::m1).exchange == "binance@" + market.server.url().substr(7));
  CHECK(source.key("X", Interval::m1).exchange == "binance-futures@" + market.server.url().substr(7));
  schema.base_url = "";
  CHECK(BinanceSource(schema, market.options()).key("X", Interval::m1).exchange == "binance-futures");
  schema.market = "spot";
  schema.base_url = "https://data-api.binance.vision/";
  CHECK(BinanceSource(schema, market.options()).key("X", Interval::m1).exchange == "binance");
  schema.market = "margin";
  CHECK_THROWS_WITH(open_exchange(schema), "exchange binance: there is no market \"margin\"; there are spot and futures");
  schema.market = "spot";
  schema.base_url = "localhost:80";
  CHECK_THROWS_WITH(open_exchange(schema), Contains("must begin with http"));
}
