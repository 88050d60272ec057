// A live session of a script with one of the example brokers of scripts/brokers against this exchange: real HTTP
// requests, and the exchange's own view of what came of them.
#pragma once

#include <fmt/format.h>
#include <stdlib.h>

#include <thread>

#include "host/net/http_client.h"
#include "tests/exchange_server/server.h"
#include "tests/lua/live_bench.h"

namespace btk::exchange_server {

using test::LiveBench;
using test::Prices;
using test::flat;
using test::kStart;
using test::ramp;

// A live session whose candles are those of the exchange.
struct Desk {
  LiveBench bench;
  net::HttpClient http;
  std::unique_ptr<ExchangeServer> exchange;
  std::unique_ptr<WebServer> web;
  std::thread serving;

  explicit Desk(const Prices& prices, double max_market = Rules{}.max_market) : bench(prices) {
    std::string rows = "timestamp,open,high,low,close,volume\n";
    for (int m = -10; m < 300; ++m) {
      const Candle c = bench.source->candle("BTCUSDT", m);
      rows += fmt::format("{},{},{},{},{},{}\n", c.timestamp, c.open, c.high, c.low, c.close, c.volume);
    }
    Market market(0.0001);
    market.add_file("BTCUSDT", bench.folder.write("candles.csv", rows));
    market.set_rules("BTCUSDT", 0.01, 0.001, 5, max_market);
    ServerSetup setup;
    setup.clock.start = kStart;
    setup.keys = {"the-key", "the-secret"};
    setup.free_ids = true;  // the harder way: an order sent twice is bought twice
    exchange = std::make_unique<ExchangeServer>(std::move(market), setup);
    web =
        std::make_unique<WebServer>([this](const WebRequest& request) { return exchange->handle(request); });
    const std::string url = fmt::format("http://127.0.0.1:{}", web->bind(0));
    serving = std::thread([this] { web->serve(); });

    ::setenv("BINANCE_API_KEY", "the-key", 1);
    ::setenv("BINANCE_API_SECRET", "the-secret", 1);
    ::setenv("BINANCE_BASE_URL", url.c_str(), 1);
    std::filesystem::copy(EXCHANGE_SERVER_BROKERS, bench.folder.path() / "brokers");
    bench.use_live_broker();
    bench.options.http = [this](const lua::HttpRequest& request) { return http.send(request); };
  }
  ~Desk() {
    web->stop();
    serving.join();
    for (const char* name : {"BINANCE_API_KEY", "BINANCE_API_SECRET", "BINANCE_BASE_URL"}) ::unsetenv(name);
  }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  Json ask(const std::string& method, const std::string& path, const Json& body = nullptr) {
    WebRequest request;
    request.method = method;
    request.path = path;
    if (!body.is_null()) request.body = body.dump();
    return Json::parse(exchange->handle(request).body);
  }
  /// What the user does by hand in the exchange's own app; refused: with a `code`.
  Json by_hand(const std::string& method, const std::string& path, std::string text) {
    text += fmt::format("&timestamp={}", ask("GET", "/clock")["now"].get<Timestamp>());
    text += "&signature=" + hmac_sha256("the-secret", text);
    WebRequest request;
    request.method = method;
    request.path = path;
    request.query = text;
    request.parameters = parse_form(text);
    request.api_key = "the-key";
    return Json::parse(exchange->handle(request).body);
  }
  void fault(Json rule) { REQUIRE(ask("POST", "/admin/faults", Json::array({rule})).contains("ok")); }
  void minutes(int from, int to) {
    for (int m = from; m <= to; ++m) {
      ask("POST", "/admin/clock", {{"jump_to", kStart + m * kMinute + 500}});
      bench.minute(m);
    }
  }
  /// What a process writes down: that and nothing else outlives it.
  struct Written {
    TraderState state;
    std::string decisions;
    std::vector<FinishedSignal> finished;
  };
  Written written() { return {bench.trader().state(), bench.trader().decisions().text(), bench.trader().finished()}; }
  /// The process dies after the minute before `minute` and is back in that minute.
  void restart(const std::string& script, int minute) { restart(script, minute, written()); }
  void restart(const std::string& script, int minute, Written before) {
    bench.setup.state = std::move(before.state);
    bench.setup.decisions = std::move(before.decisions);
    bench.setup.finished = std::move(before.finished);
    bench.setup.start = kStart + minute * kMinute;
    bench.script.reset();
    bench.source->now = bench.hooks.now = bench.setup.start;
    bench.begin(script);
  }
  double coins() {
    const Json book = ask("GET", "/admin/book");
    if (!book.contains("balances") || !book["balances"].contains("BTC")) return 0;
    return number(book["balances"]["BTC"]["free"]) + number(book["balances"]["BTC"]["locked"]);
  }
  double position() {
    const Json book = ask("GET", "/admin/book");
    return book.contains("positions") ? number(book["positions"].value("BTCUSDT", Json("0"))) : 0;
  }
  static double number(const Json& text) { return std::stod(text.get<std::string>()); }
  /// Orders that the exchange took: "BUY MARKET FILLED", in order.
  std::vector<std::string> book(const char* market) {
    std::vector<std::string> lines;
    const Json all = ask("GET", "/admin/book");
    for (const Json& order : all[market]) {
      lines.push_back(fmt::format("{} {} {}", order["side"].get<std::string>(),
                                  order["type"].get<std::string>(), order["status"].get<std::string>()));
    }
    return lines;
  }
  std::string log() const {
    std::string all;
    for (const std::string& line : bench.log) all += line + "\n";
    return all;
  }
};

inline std::string script(const std::string& broker, const std::string& body, bool guarded = false) {
  return fmt::format(
      "btk.use_broker((require 'brokers.{}') {{ protective_stop = {} }}) btk.broker.enable() {}", broker,
      guarded, body);
}

inline const std::string kLongAt5 = R"(
  btk.add_strategy { strategy_name = "s", interval = "1m",
    get_signal = function(_, _, price) if at(5) then return long(price, { cost = 1000 }) end end,
    callbacks = { on_close = function(_, row) print("closed", #row.fills) end } })";

using Lines = std::vector<std::string>;

inline const char* market_of(std::string_view broker) { return broker == "binance_spot" ? "spot" : "futures"; }

}  // namespace btk::exchange_server
