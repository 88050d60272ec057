// exchange_server: an exchange for tests. Binance's REST endpoints for spot and
// USDT futures on loopback, from candle files, with a clock of its own and faults
// on demand.
//
//   exchange_server --candles ETHUSDT=ETHUSDT-1m.csv.gz --start 2023-05-01 --end 2023-05-08 --log
//   orders.jsonl listening on http://127.0.0.1:41234
//
// Public:  /api/v3 or /fapi/v1 + ping time exchangeInfo klines depth aggTrades
// Signed:  spot /api/v3/ order openOrders allOrders myTrades account; futures /fapi/v1/ order openOrders allOrders userTrades
// leverage
//          algoOrder openAlgoOrders allAlgoOrders (stops and take profits: order refuses them, as Binance does)
//          and /fapi/v2/ account positionRisk
// Clock:   GET /clock, POST /clock/wait {"until", "client"}, POST /clock/leave {"client"}
// Faults:  POST /admin/faults [{"kind", "path", "method", "symbol", "count", "after", "probability", "seed",
// "ms",
//          "execute", "code", "message"}] (faults.h says what each kind does), GET and DELETE likewise
// Tests:   GET /admin/orders (every order request with its outcome), /admin/book (the exchange's own view),
//          /admin/requests (counters); POST /admin/clock {"jump_to"}, /admin/advance {"to"} (moves the end;
//          {}: no end any more), /admin/candle {"symbol", "time", "close", ...} or {"missing": true},
//          /admin/balance {"asset", "free", "futures"},
//          /admin/fill {"id", "quantity", "futures"} (a part of a resting order, and no more of it),
//          /admin/stops {"ordinary": true} (futures take stops as ordinary orders, as before December 2025)
//
// Time is virtual: it moves only when every client waits, to the first moment that one of them waits for.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <thread>

#include "engine/error.h"
#include "tests/exchange_server/server.h"

namespace {

using namespace btk;
using namespace btk::exchange_server;

struct Options {
  int port = 0;
  std::vector<std::string> candles, synthetic, rules, balances;
  std::uint64_t seed = 1;
  std::string start, end, log;
  int clients = 0;
  long grace_ms = 10'000;
  double speed = 0, spread = 0.0001;
  std::string key = "test-key", secret = "test-secret";
  bool free_ids = false;
};

// "NAME=rest"; without "=" the rest is `otherwise`.
std::pair<std::string, std::string> split(const std::string& text, const std::string& otherwise = "") {
  const auto equals = text.find('=');
  if (equals == std::string::npos && otherwise.empty())
    throw Error(fmt::format("'{}' should be NAME=VALUE", text));
  return {text.substr(0, equals), equals == std::string::npos ? otherwise : text.substr(equals + 1)};
}

Timestamp read_moment(const std::string& text) {
  if (text.size() >= 12 && text.find_first_not_of("0123456789") == std::string::npos) return std::stoll(text);
  if (const auto t = parse_date(text)) return *t;
  throw Error(
      fmt::format("'{}' is no date; write it as 2024-01-31, 2024-01-31T12:30 or in milliseconds", text));
}

Options read_options(int argc, char** argv, int& code) {
  Options o;
  CLI::App app{
      "An exchange for tests: Binance's REST endpoints on loopback, with a clock and faults of its own."};
  app.add_option("--port", o.port, "0 chooses one; it is printed");
  app.add_option("--candles", o.candles, "SYMBOL=FILE.csv[.gz], one-minute candles; repeatable");
  app.add_option("--synthetic", o.synthetic, "SYMBOL[=PRICE], a made-up market; repeatable");
  app.add_option("--seed", o.seed, "of the made-up markets");
  app.add_option("--rules", o.rules, "SYMBOL=TICK,STEP,MIN_NOTIONAL; repeatable");
  app.add_option("--balance", o.balances, "ASSET=AMOUNT at the start; default USDT=100000");
  app.add_option("--start", o.start, "first moment of the clock, ISO or ms; default: when the candles begin");
  app.add_option("--end", o.end, "time stops there; default: when the candles end");
  app.add_option("--clients", o.clients, "time stands until so many clients have waited once");
  app.add_option("--grace-ms", o.grace_ms, "wall time after which a silent client is gone");
  app.add_option("--speed", o.speed, "linear time instead: simulated per wall millisecond");
  app.add_option("--spread", o.spread, "share of the price between the last close and the book");
  app.add_option("--api-key", o.key);
  app.add_option("--api-secret", o.secret);
  app.add_option("--log", o.log, "file for one JSON line per order request, answer, fault and admin action");
  app.add_flag("--free-ids", o.free_ids, "as Binance does, the id of a filled order may be used again");
  try {
    app.parse(argc, argv);
    code = -1;
  } catch (const CLI::ParseError& error) {
    code = app.exit(error) == 0 ? 0 : 2;
  }
  return o;
}

ServerSetup make_setup(const Options& o, Market& market) {
  for (const std::string& text : o.candles) {
    const auto [symbol, file] = split(text);
    market.add_file(symbol, file);
  }
  // A month before the start, for indicators that look back, and half a year after it.
  const Timestamp synthetic_start = o.start.empty() ? 1704067200000 : read_moment(o.start);
  for (const std::string& text : o.synthetic) {
    const auto [symbol, price] = split(text, "40000");
    market.add_synthetic(symbol, std::stod(price), o.seed, synthetic_start - 30 * kDay,
                         synthetic_start + 180 * kDay);
  }
  if (market.symbols().empty()) throw Error("give --candles or --synthetic: there is nothing to trade");
  for (const std::string& text : o.rules) {
    const auto [symbol, numbers] = split(text);
    double tick = 0, step = 0, notional = 0;
    if (!market.has(symbol) || std::sscanf(numbers.c_str(), "%lf,%lf,%lf", &tick, &step, &notional) != 3) {
      throw Error(
          fmt::format("--rules {}: should be SYMBOL=TICK,STEP,MIN_NOTIONAL of a symbol with candles", text));
    }
    market.set_rules(symbol, tick, step, notional);
  }
  ServerSetup setup;
  const auto [first, last] = market.span();
  setup.clock.start = !o.start.empty() ? read_moment(o.start) : o.synthetic.empty() ? first : synthetic_start;
  setup.clock.end = o.end.empty() ? last : read_moment(o.end);
  setup.clock.clients = o.clients;
  setup.clock.grace = std::chrono::milliseconds(o.grace_ms);
  if (o.speed > 0) setup.clock.speed = o.speed;
  setup.keys = {o.key, o.secret};
  setup.log = o.log;
  setup.free_ids = o.free_ids;
  for (const std::string& text : o.balances) {
    const auto [asset, amount] = split(text);
    setup.balances[asset] = std::stod(amount);
  }
  return setup;
}

int serve(const Options& options) {
  Market market(options.spread);
  const ServerSetup setup = make_setup(options, market);
  ExchangeServer exchange(std::move(market), setup);
  WebServer web([&](const WebRequest& request) { return exchange.handle(request); });

  // One thread takes the signals; all others inherit that they are blocked.
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stops, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  const int port = web.bind(options.port);
  std::thread stopper([&] {
    int got = 0;
    sigwait(&stops, &got);
    exchange.stop();
    web.stop();
  });
  fmt::print("listening on http://127.0.0.1:{}\n", port);
  std::fflush(stdout);
  web.serve();
  stopper.join();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  int code = 0;
  const Options options = read_options(argc, argv, code);
  if (code >= 0) return code;
  try {
    return serve(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "exchange_server: {}\n", error.what());
    return 2;
  }
}
