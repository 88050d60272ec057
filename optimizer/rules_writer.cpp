#include "optimizer/rules_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "engine/error.h"
#include "optimizer/llm/client.h"
#include "optimizer/llm/mask.h"
#include "optimizer/llm/signal.h"
#include "optimizer/look_back.h"
#include "optimizer/rules_scan.h"
#include "optimizer/sandbox/candidate.h"

namespace btk::optimizer {
namespace {

using nlohmann::json;

constexpr int kDryRunBars = 500;

constexpr const char* kRules = R"(You write the body of a Lua 5.1 function that trades {0} on candles. The host calls it every {1} while no position is open:

function(symbol, when, price, c)
  -- your body
end

symbol is a text, when is Unix milliseconds, price is the present price. c gives:
- c.candles(timeframe, n): the newest n closed candles, oldest first; timeframes 1m 3m 5m 15m 30m 1h 2h 4h 1d; n at most 500. A candle has timestamp, open, high, low, close, volume; list[#list] is the newest. Nothing later than now can be read.
- c.ta: indicators over such a list, each the value at the newest candle: sma(list, n), ema(list, n), wma(list, n), dema(list, n), rsi(list, n), macd(list, fast, slow, signal) -> line, signal, histogram, stochastic(list, n, d, smooth) -> k, d, cci(list, n), adx(list, n) -> adx, plus_di, minus_di, bollinger(list, n, k) -> middle, upper, lower, atr(list, n), highest(list, n), lowest(list, n), momentum(list, n), roc(list, n), stddev(list, n), donchian(list, n) -> middle, upper, lower, supertrend(list, n, k) -> line, direction, vwap(list, n), mfi(list, n).
- c.series(timeframe): the same indicators as columns, computed once for the whole run and much cheaper than c.ta: c.series("15m"):rsi(14)[0] is the value at the newest closed candle, [1] the one before. Methods and parameters as in c.ta, without the list; those with several results have them by name: macd .line .signal .histogram, stochastic .k .d, adx .adx .plus_di .minus_di, bollinger and donchian .middle .upper .lower, supertrend .line .direction. The candles themselves: c.series("1h").close[0]. c.series.crossover(a, b) and c.series.crossunder(a, b) compare two columns or numbers. At most 32 different columns, parameters up to 1000.
- c.position(): nil, because the function is asked only while nothing is open.

Return nil for no trade, or {{ position = "long" or "short", price_take_profit = , price_stop_loss = , minute_estimated_time = }}. For a long the take profit lies above price and the stop below, at least 0.5 % away each; for a short the other way round. minute_estimated_time is a whole number from 1 to 360. Add price_open only to wait for a level.

Use locals, math, string, table, bit and the basic functions; nothing else is there: no globals, files, network, time or random numbers. The same candles must give the same answer. Answer with JSON: title, rationale (why it should earn money), lua (the body alone).)";

const std::string& rules_schema() {
  static const std::string text = json{
      {"type", "object"},
      {"properties",
       {{"title", {{"type", "string"}, {"maxLength", 200}}},
        {"rationale", {{"type", "string"}, {"maxLength", 4000}}},
        {"lua", {{"type", "string"}, {"description", "the body of function(symbol, when, price, c)"}}}}},
      {"required", {"title", "rationale", "lua"}}}.dump();
  return text;
}

// A message about a line of the file, as its author counts lines.
std::string in_body(const lua::ReportedError& error, const std::string& head) {
  const int before = static_cast<int>(std::ranges::count(head, '\n'));
  if (error.line <= before) return error.message;
  return fmt::format("line {}: {}", error.line - before, error.message);
}

// What the model can mend. Throws what it cannot.
std::string outcome_defect(const Outcome& outcome, const std::string& head) {
  if (outcome.kind == to_string(FailureKind::sandbox) || outcome.kind == to_string(FailureKind::interrupted))
    throw Error("the dry run of a strategy: " + outcome.failure);
  if (!outcome.failure.empty()) return outcome.failure;
  if (!outcome.report.fatal.empty()) return outcome.report.fatal;
  if (!outcome.report.errors.empty()) return in_body(outcome.report.errors.front(), head);
  if (!outcome.report.not_reproducible.empty()) return "it does what no two machines do alike: " + outcome.report.not_reproducible;
  return {};
}

}  // namespace

std::size_t RulesWriter::instructions_bytes(const std::string& symbol, const std::string& interval) {
  return fmt::format(kRules, symbol, interval).size();
}

lua::WrittenRules RulesWriter::write(const lua::RulesWish& wish) const {
  lua::LlmCall call;
  call.messages.push_back({"system", fmt::format(kRules, wish.symbol, wish.interval)});
  for (lua::LlmMessage message : wish.messages) {
    if (wish.mask) message.content = masked(message.content, *wish.mask);
    call.messages.push_back(std::move(message));
  }
  call.messages.push_back({"user", "Write the function's body for this strategy:\n\n" + wish.strategy});
  call.schema = rules_schema();
  call.timeout_ms = 600'000;
  // The strategy text was made of masked prices: they are not to be divided once more.
  if (wish.mask) call.mask = without_prices(*wish.mask);
  call.check = [&](const std::string& answer) { return defect_of(wish, answer); };
  lua::WrittenRules rules;
  try {
    const lua::LlmAnswer answer = llm_.ask(call);
    const json value = json::parse(answer.content);
    rules.title = value["title"].get<std::string>();
    rules.rationale = value["rationale"].get<std::string>();
    rules.body = value["lua"].get<std::string>();
    rules.attempts = answer.attempts;
  } catch (const LlmContentError& e) {
    rules.failure = e.what();
    rules.attempts = e.attempts();
  }
  return rules;
}

std::string RulesWriter::defect_of(const lua::RulesWish& wish, const std::string& answer) const {
  const std::string body = json::parse(answer)["lua"].get<std::string>();
  if (std::string defect = rules_defect(body); !defect.empty()) return defect;
  return dry_run_defect(wish, body);
}

std::string RulesWriter::dry_run_defect(const lua::RulesWish& wish, const std::string& body) const {
  const auto interval = parse_interval(wish.interval);
  if (!interval) throw Error(fmt::format("\"{}\" is no interval", wish.interval));
  Attempt attempt;
  attempt.name = "strategy.lua";
  attempt.text = wish.head + body + wish.tail;
  attempt.strategy_name = wish.strategy_name;
  attempt.symbol = wish.symbol;
  attempt.exchange_name = "train";
  attempt.frame_name = "train";
  attempt.from = wish.from;
  attempt.candles = candles_(wish.symbol, wish.from, wish.to);
  HistoryOf history;  // of the whole range, whose beginning the dry run is
  if (history_) history = [&](const std::string& symbol, Timestamp since, Timestamp) { return history_(symbol, since, wish.to); };

  attempt.to = std::min(wish.to, wish.from + kDryRunBars * length(*interval));
  const Outcome first = evaluate_with_history(attempt, evaluate_, history);
  if (std::string defect = outcome_defect(first, wish.head); !defect.empty()) return "in a dry run: " + defect;
  const Outcome second = evaluate_(attempt);
  if (std::string defect = outcome_defect(second, wish.head); !defect.empty()) return "in a second dry run: " + defect;
  if (second.report.run_hash != first.report.run_hash) return "two dry runs over the same candles gave different signals";

  attempt.to = wish.to;
  const Outcome whole = evaluate_with_history(attempt, evaluate_, history);
  if (std::string defect = outcome_defect(whole, wish.head); !defect.empty()) return "over the training range: " + defect;
  const auto& signals = whole.report.signals;
  if (signals.empty()) return "it gives no signal that can be traded in the whole training range; loosen its conditions, and keep take profit and stop at least 0.5 % away";
  const auto lives_too_long = [](const FinishedSignal& s) { return !(s.signal.minute_estimated_time >= 1 && s.signal.minute_estimated_time <= kLongestLife); };
  if (const auto bad = std::ranges::find_if(signals, lives_too_long); bad != signals.end()) {
    return fmt::format("minute_estimated_time must be from 1 to {} in every signal; one has {}", kLongestLife, bad->signal.minute_estimated_time);
  }
  return {};
}

}  // namespace btk::optimizer
