// btkhost brokerdebug: one order, sent directly to the broker of a script, to see
// whether keys, symbol and quantities are right before a strategy trades.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iostream>

#include "engine/pnl.h"
#include "engine/text.h"
#include "host/cli/candle_query.h"
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exit_code.h"
#include "host/cli/log.h"
#include "host/cli/script_setup.h"
#include "host/cli/usage_error.h"
#include "host/exchange/open.h"
#include "host/net/http_client.h"

namespace btk::host {
namespace {

constexpr Timestamp kRecent = 5 * kMinute;
constexpr double kCost = 100, kDistance = 0.02;

struct BrokerOptions {
  CandleQuery query;
  std::string commit = "signal-open", when, id;
  bool yes = false;
};

std::optional<BrokerOptions> read_broker_options(Words words, Console& console) {
  BrokerOptions o;
  Parser parser("brokerdebug",
                "Sends one order to the broker that a script registers, directly and once: a long position "
                "of 100 at the last "
                "price, target +2 %, stop -2 %. With a real broker this is a REAL order, and nobody watches what it "
                "buys: no stop, no target. --commit signal-close with the --id of the signal-open sells it again.",
                "btkhost brokerdebug scripts/live_sma.lua --symbol BTCUSDT --commit signal-open");
  CLI::App& app = parser.app();
  o.query.add_to(app);
  app.add_option("--commit", o.commit,
                 fmt::format("{}; default signal-open", fmt::join(lua::broker_commits(), ", ")));
  app.add_option("--id", o.id, "id of the order, as an earlier signal-open printed it; default: a new one");
  app.add_option("--when", o.when, "moment whose price is used: ISO date or Unix ms; default now");
  app.add_flag("--yes", o.yes, "does not ask whether you are sure");
  if (!parser.parse(std::move(words), console)) return std::nullopt;
  if (o.query.files.empty()) throw UsageError("btkhost brokerdebug: script file is required");
  o.query.check("brokerdebug");
  const auto commits = lua::broker_commits();
  if (std::ranges::find(commits, o.commit) == commits.end()) {
    throw UsageError(fmt::format("--commit {}: there is no such commit{}; there are {}", o.commit,
                                 suggestion(o.commit, commits), fmt::join(commits, ", ")));
  }
  return o;
}

void confirm_order(const BrokerOptions& o, Console& console) {
  if (::isatty(STDIN_FILENO) == 0) {
    throw UsageError(
        "btkhost brokerdebug sends a real order to the broker; add --yes where nobody can be asked");
  }
  console.note(fmt::format("This sends {} for {} to the broker. Type yes:", o.commit, o.query.symbol));
  std::string word;
  std::getline(std::cin, word);
  if (word != "yes") throw UsageError("btkhost brokerdebug: nothing was sent");
}

constexpr std::string_view kOwnId = "broker-debug-";

// Brokers tell signals apart by their moments, too: the one that closes must have the moment of the one that opened. Our
// own ids say it; all signals of an id that was given have the same one.
Timestamp moment_of(std::string_view id) {
  Timestamp moment = 0;
  if (id.starts_with(kOwnId)) std::from_chars(id.data() + kOwnId.size(), id.data() + id.size(), moment);
  return moment;
}

// A position that was opened at `price` just now.
OrderQuery order(const BrokerOptions& o, double price, Timestamp now, const Costs& costs) {
  OrderQuery query;
  Signal& s = query.signal;
  s.id = o.id.empty() ? fmt::format("{}{}", kOwnId, now) : o.id;
  s.note = "btkhost brokerdebug";
  s.price_open = price;
  s.price_take_profit = price * (1 + kDistance);
  s.price_stop_loss = price * (1 - kDistance);
  s.minute_estimated_time = 60;
  s.cost = kCost;
  s.scheduled_at = moment_of(s.id);
  s.pending_at = s.timestamp = now;
  s.observed_at = moment_or_now({});
  s.entries = {{price, kCost, now}};
  query.pnl = pnl_at(s, price, costs);
  s.peak = s.fall = {price, now, query.pnl};
  query.price = price;
  query.time = now;
  const bool opens = o.commit == "signal-open";
  query.kind = opens ? OrderAsk::open : OrderAsk::close;
  if (!opens) query.close_reason = CloseReason::closed;
  return query;
}

}  // namespace

int brokerdebug_command(const Words& words, Console& console) {
  const auto options = read_broker_options(words, console);
  if (!options) return kDone;
  const CandleQuery& query = options->query;
  load_environment(query.paths(), query.env_override, console);
  const auto logger = make_logger(console, "info");
  Interrupt interrupt(console);
  net::HttpClient http({.stopped = [&interrupt] { return interrupt.requested(); }});

  lua::ScriptOptions setup;
  setup.files = query.paths();
  setup.mode = "live";
  setup.settings = query.all_settings();
  setup.exchange_name = query.exchange;
  setup.unsafe = query.unsafe;
  std::shared_ptr<lua::CandleSource> source;  // of the price, and of the run in which the broker is asked
  setup.open_exchange = [&source](const lua::ExchangeSchema& schema) { return source ? source : open_exchange(schema); };
  setup.http = [&http](const lua::HttpRequest& request) { return http.send(request); };
  setup.print = [&](std::string_view line) { console.note(line); };
  setup.log = [&](std::string_view level, std::string_view text) { log_line(*logger, level, text); };
  lua::Script script(setup, lua::Script::Role::main);
  const Interrupt::Watch watch(interrupt, script.isolate());
  load_or_refuse(script);
  const lua::ExchangeSchema schema = exchange_or_refuse(script).schema;
  if (!options->yes) confirm_order(*options, console);

  const Timestamp now = moment_or_now(options->when), last = align(now, kMinute);
  script.set_idle_clock(now);  // for a get_candles of its own
  source = open_source(query, schema, &script, interrupt);
  const std::vector<Candle> candles = candles_or_tell(*source, query.symbol, Interval::m1, last - kRecent, last, console);
  if (candles.empty()) return kFailed;
  const double price = candles.back().close;
  console.print(
      fmt::format("symbol={} price={} commit={}\n", query.symbol, shortest(price), options->commit));

  TraderSetup names;
  names.symbol = query.symbol;
  names.strategy_name = "broker-debug";
  names.exchange_name = schema.exchange_name;
  const auto began = std::chrono::steady_clock::now();
  const OrderQuery query_sent = order(*options, price, now, Costs(script.config()));
  console.print(fmt::format("id={}\n", query_sent.signal.id));
  lua::BrokerTrial trial;
  try {
    trial = script.try_broker(options->commit, names, query_sent);
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
  const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - began;
  if (!trial.problem.empty()) {
    console.note(fmt::format("{} failed: {}", options->commit, trial.problem));
    return kFailed;
  }
  if (const auto& fill = trial.fill) {
    const auto text = [](const std::optional<double>& value) { return value ? shortest(*value) : "-"; };
    console.print(fmt::format("fill: price={} quantity={} fee={} order_id={}\n", text(fill->price),
                              text(fill->quantity), text(fill->fee),
                              fill->order_id.empty() ? "-" : fill->order_id));
  }
  console.print(fmt::format("{} OK\n{}: {} ms\n", options->commit, options->commit, fixed(spent.count(), 1)));
  if (options->commit == "signal-open") {
    console.note(fmt::format("Nobody watches what was bought. To sell it: the same command with --commit signal-close --id {}", query_sent.signal.id));
  }
  return kDone;
}

}  // namespace btk::host
