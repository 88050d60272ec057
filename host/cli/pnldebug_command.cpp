// btkhost pnldebug: how a position would have fared, minute by minute. Plain
// percent against the entry, as a chart shows it; with --fees what the engine
// would book.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/pnl.h"
#include "engine/text.h"
#include "host/cli/candle_query.h"
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exit_code.h"
#include "host/cli/run_json.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

constexpr std::int64_t kMostMinutes = 1'000'000;

struct PnlOptions {
  CandleQuery query;
  double price_open = 0;
  Side side = Side::long_side;
  Timestamp start = 0;
  std::int64_t minutes = 60;
  bool fees = false, json = false;
};

std::optional<PnlOptions> read_pnl_options(Words words, Console& console) {
  PnlOptions o;
  Parser parser("pnldebug",
                "Follows a position minute by minute: result against the entry price, its highest and its "
                "lowest so far.",
                "btkhost pnldebug scripts/sma_cross.lua --priceopen 42000 --direction short --when "
                "2024-02-01T12:00:00Z --minutes 30");
  CLI::App& app = parser.app();
  std::string price, direction = "long", when, minutes = "60";
  o.query.add_to(app);
  auto* price_option = app.add_option("--priceopen", price, "the entry price");
  app.add_option("--direction", direction, "long or short; default long");
  auto* when_option = app.add_option(
      "--when", when, "first minute: ISO date or Unix ms; default: so long ago that the minutes end now");
  app.add_option("--minutes", minutes, "how many; default 60");
  app.add_flag("--fees", o.fees, "the engine's net result beside it (CC_PERCENT_FEE, CC_PERCENT_SLIPPAGE)");
  app.add_flag("--json", o.json, "one JSON document on stdout");
  if (!parser.parse(std::move(words), console)) return std::nullopt;

  o.query.check("pnldebug");
  if (price_option->count() == 0) throw UsageError("--priceopen is required");
  const auto [end, problem] = std::from_chars(price.data(), price.data() + price.size(), o.price_open);
  if (problem != std::errc() || end != price.data() + price.size() || !std::isfinite(o.price_open) ||
      o.price_open <= 0) {
    throw UsageError(fmt::format("--priceopen must be a number above zero, got: {}", price));
  }
  std::ranges::transform(direction, direction.begin(), [](unsigned char c) { return std::tolower(c); });
  if (direction != "long" && direction != "short")
    throw UsageError(fmt::format("--direction must be long or short, got: {}", direction));
  o.side = direction == "long" ? Side::long_side : Side::short_side;
  o.minutes = read_count(minutes, "--minutes", kMostMinutes);
  o.start = align(moment_or_now(when), kMinute) - (when_option->count() > 0 ? 0 : o.minutes * kMinute);
  return o;
}

struct Minute {
  Candle candle;
  double pnl = 0, peak = 0, fall = 0;  ///< percent; peak and fall start at zero
  double net = 0;                      ///< percent, what closing here would have booked
};

std::vector<Minute> follow(const PnlOptions& o, const std::vector<Candle>& candles, const Costs& costs) {
  Signal signal;
  signal.position = o.side;
  signal.price_open = o.price_open;
  signal.cost = 100;
  signal.entries = {{o.price_open, signal.cost, o.start}};
  std::vector<Minute> minutes;
  double peak = 0, fall = 0;
  for (const Candle& candle : candles) {
    const double gain = o.side == Side::long_side ? candle.close - o.price_open : o.price_open - candle.close;
    const double pnl = gain / o.price_open * 100;
    peak = std::max(peak, pnl);
    fall = std::min(fall, pnl);
    minutes.push_back({candle, pnl, peak, fall, pnl_at(signal, candle.close, costs).pnl_percentage});
  }
  return minutes;
}

std::string signed_percent_text(double value, bool plus) {
  return (plus && value >= 0 ? "+" : "") + fixed(value, 2) + "%";
}

std::string minute_table(const PnlOptions& o, const std::vector<Minute>& minutes) {
  std::string text =
      fmt::format("Symbol: {} | Direction: {} | PriceOpen: {} | From: {} | Minutes: {}\n", o.query.symbol,
                  to_string(o.side), shortest(o.price_open), format_iso(o.start), o.minutes);
  text += fmt::format("{:>5} | {:<24} | {:>12} | {:>8} | {:>8} | {:>10}", "min", "timestamp", "close", "pnl%",
                      "peak%", "drawdown%");
  text += o.fees ? fmt::format(" | {:>8}\n", "net%") : "\n";
  text += std::string(o.fees ? 94 : 83, '-') + "\n";
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    const Minute& m = minutes[i];
    text += fmt::format("{:>5} | {:<24} | {:>12} | {:>8} | {:>8} | {:>10}", i + 1,
                        format_iso(m.candle.timestamp), fixed(m.candle.close, 2), signed_percent_text(m.pnl, true),
                        signed_percent_text(m.peak, true), signed_percent_text(m.fall, false));
    text += o.fees ? fmt::format(" | {:>8}\n", signed_percent_text(m.net, true)) : "\n";
  }
  return text;
}

nlohmann::ordered_json document(const PnlOptions& o, const std::vector<Minute>& minutes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < minutes.size(); ++i) {
    const Minute& m = minutes[i];
    list.push_back({{"min", i + 1},
                    {"timestamp", m.candle.timestamp},
                    {"close", m.candle.close},
                    {"pnl", m.pnl},
                    {"peak", m.peak},
                    {"drawdown", m.fall}});
    if (o.fees) list.back()["net"] = m.net;
  }
  return list;
}

}  // namespace

int pnldebug_command(const Words& words, Console& console) {
  const auto options = read_pnl_options(words, console);
  if (!options) return kDone;
  const CandleQuery& query = options->query;
  load_environment(query.paths(), query.env_override, console);
  Interrupt interrupt(console);
  QueriedExchange exchange(query, console, interrupt);
  const Timestamp end = options->start + options->minutes * kMinute;
  const std::vector<Candle> candles = candles_or_tell(exchange.source(), query.symbol, Interval::m1, options->start, end, console);
  if (candles.empty()) return kFailed;
  Config config;
  for (const auto& [key, value] : query.all_settings()) set_from_text(config, key, value);
  const std::vector<Minute> minutes = follow(*options, candles, Costs(config));
  console.print(options->json ? json_text(document(*options, minutes)) + "\n" : minute_table(*options, minutes));
  return kDone;
}

}  // namespace btk::host
