#include "engine/config_words.h"

#include <cmath>
#include <limits>

namespace btk {
namespace {

// Does check() take the value, as far as this key's own sentence goes? Sentences that compare two keys begin
// elsewhere or do not say "must be a", and are told in the words.
bool takes(const ConfigKey& key, double value) {
  Config config;
  set(config, key, value);
  const std::string refusal = std::string(key.name) + " must be a ";
  for (const std::string& sentence : check(config)) {
    if (sentence.starts_with(refusal)) return false;
  }
  return true;
}

}  // namespace

std::string setting_rule(const ConfigKey& key) {
  if (std::holds_alternative<bool Config::*>(key.member)) return "true or false";
  if (takes(key, -1)) return "any number";
  std::string rule = takes(key, 0) ? ">= 0" : "> 0";
  if (!takes(key, 1.5)) rule += ", whole";
  if (takes(key, std::numeric_limits<double>::infinity())) rule += ", or Infinity";
  return rule;
}

const std::vector<SettingGroup>& setting_words() {
  static const std::vector<SettingGroup> groups{
      {"Costs and prices",
       {
           {"CC_PERCENT_FEE", "%", "Fee of a side: charged when a position opens and when it closes."},
           {"CC_PERCENT_SLIPPAGE", "%", "How much worse than the model's price a side is executed. Counted in results, not in levels."},
           {"CC_AVG_PRICE_CANDLES_COUNT", "candles",
            "One-minute candles in the average price (VWAP) that entries, take profits and commands use."},
           {"CC_BREAKEVEN_THRESHOLD", "%",
            "How far beyond the costs of both sides (2 fees, 2 slippages) the price must be for the break-even milestone and "
            "`btk.commit_breakeven`."},
           {"CC_POSITION_ENTRY_COST", "USD",
            "`cost` of a signal that names none, and of `btk.commit_average_buy` without an amount. At zero or below every such "
            "signal is refused."},
           {"CC_SIGNAL_LEVERAGE_MULTIPLIER", "factor", "`multiplier` (leverage) of a signal that names none. It multiplies costs, too."},
           {"CC_SIGNAL_ISOLATED_MARGIN", "switch",
            "`isolated` of a signal that does not say: the position is liquidated when its stake is lost."},
       }},
      {"What a signal may be",
       {
           {"CC_MIN_TAKEPROFIT_DISTANCE_PERCENT", "% of entry",
            "Least distance of the take profit. Must cover what a round trip costs: 2 * `CC_PERCENT_FEE` + 2 * "
            "`CC_PERCENT_SLIPPAGE`."},
           {"CC_MIN_STOPLOSS_DISTANCE_PERCENT", "% of entry",
            "Least distance of the stop. Must be below `CC_MAX_STOPLOSS_DISTANCE_PERCENT`."},
           {"CC_MAX_STOPLOSS_DISTANCE_PERCENT", "% of entry", "Greatest distance of the stop."},
           {"CC_MAX_SIGNAL_LIFETIME_MINUTES", "minutes",
            "Longest life of a position, and `minute_estimated_time` of a signal that names none."},
           {"CC_SCHEDULE_AWAIT_MINUTES", "minutes", "How long a limit order waits before it is cancelled (`timeout`)."},
           {"CC_ENABLE_LONG_SIGNAL", "switch", "Longs are allowed."},
           {"CC_ENABLE_SHORT_SIGNAL", "switch", "Shorts are allowed."},
           {"CC_MAX_SIGNAL_GENERATION_SECONDS", "seconds", "Time limit of one call of `get_signal`; beyond it the call fails and gives no signal."},
       }},
      {"Commands on an open position",
       {
           {"CC_ENABLE_DCA_EVERYWHERE", "switch",
            "`btk.commit_average_buy` also where the price is not better than that of every entry before."},
           {"CC_ENABLE_PPPL_EVERYWHERE", "switch",
            "Partial profits also in loss, partial losses also in profit."},
           {"CC_ENABLE_TRAILING_EVERYWHERE", "switch",
            "A stop or take profit that was moved once may also be moved back."},
       }},
      {"Risk",
       {
           {"CC_RISK_REFERENCE_RESERVATIONS", "switch",
            "Counts places under a risk profile as backtest-kit does, with its leaks. For comparisons with it only."},
       }},
      {"Paper and live",
       {
           {"CC_MAX_ENTRY_DELAY_SECONDS", "seconds", "No entry is made for a minute that began longer ago."},
           {"CC_ORDER_OPEN_RETRY_ATTEMPTS", "tries",
            "Unanswered questions about an opening order until `btk.listen_exit` hears of it and no new entries are made. The "
            "question itself goes on."},
           {"CC_ORDER_CLOSE_RETRY_ATTEMPTS", "tries", "The same for a closing order; 0: there is no limit."},
           {"CC_ORDER_CHECK_RETRY_ATTEMPTS", "tries", "The same for checks of an open position or a waiting order."},
       }},
      {"Candles and other data",
       {
           {"CC_GET_CANDLES_RETRY_COUNT", "tries",
            "How often a script's own `get_candles` is called in all when it fails. Driver `binance` always tries three times."},
           {"CC_GET_CANDLES_RETRY_DELAY_MS", "milliseconds", "Pause between these calls."},
           {"CC_MAX_CANDLES_PER_REQUEST", "candles", "Longest list that a script's own `get_candles` is asked for at once."},
           {"CC_GET_CANDLES_PRICE_ANOMALY_THRESHOLD_FACTOR", "factor",
            "Candles of a script's own `get_candles` with a price so many times below the usual one of their list are refused as damaged. "
            "Driver `binance` always takes 1000."},
           {"CC_GET_CANDLES_MIN_CANDLES_FOR_MEDIAN", "candles",
            "From so many candles on the usual price is the median, below it the mean. Driver `binance` always takes 5."},
           {"CC_ORDER_BOOK_MAX_DEPTH_LEVELS", "levels", "Depth of `btk.get_order_book` when none is asked for."},
           {"CC_ORDER_BOOK_TIME_OFFSET_MINUTES", "minutes", "Length and alignment of the time range that a script's own `get_order_book` is told."},
           {"CC_AGGREGATED_TRADES_MAX_MINUTES", "minutes",
            "A page of `btk.get_aggregated_trades` spans this less one minute."},
       }},
      {"Reports and services",
       {
           {"CC_REPORT_SHOW_SIGNAL_NOTE", "switch", "A column with the signal's note in the tables of reports."},
           {"CC_MAX_BACKTEST_MARKDOWN_ROWS", "rows", "Longest table of the trades in a Markdown report. Figures below a table always count everything."},
           {"CC_MAX_LIVE_MARKDOWN_ROWS", "rows", "The same in the report of a paper or live session."},
           {"CC_MAX_SCHEDULE_MARKDOWN_ROWS", "rows", "The same in the report `schedule`."},
           {"CC_MAX_PARTIAL_MARKDOWN_ROWS", "rows", "The same in the report `partial`."},
           {"CC_MAX_BREAKEVEN_MARKDOWN_ROWS", "rows", "The same in the report `breakeven`."},
           {"CC_MAX_RISK_MARKDOWN_ROWS", "rows", "The same in the report `risk`."},
           {"CC_MAX_STRATEGY_MARKDOWN_ROWS", "rows", "The same in the report `strategy`."},
           {"CC_MAX_SYNC_MARKDOWN_ROWS", "rows", "The same in the report `sync`."},
           {"CC_MAX_HIGHEST_PROFIT_MARKDOWN_ROWS", "rows", "The same in the report `highest_profit`."},
           {"CC_MAX_MAX_DRAWDOWN_MARKDOWN_ROWS", "rows", "The same in the report `max_drawdown`."},
           {"CC_WALKER_MARKDOWN_TOP_N", "rows", "Strategies in the comparison table of `btkhost walker`."},
           {"CC_MAX_NOTIFICATIONS", "records", "Notifications that `btk.notification` keeps."},
           {"CC_NOTIFICATION_ORDER_CHECK_TTL", "milliseconds", "Order checks of one signal are recorded at most once in this time."},
           {"CC_MAX_SIGNALS", "signals", "Signals that `btk.storage` keeps."},
           {"CC_MAX_LOG_LINES", "lines", "Lines that `btk.log` remembers."},
       }},
      {"Known, without effect",
       {
           {"CC_ENABLE_CANDLE_FETCH_MUTEX", "switch", "Here for settings that were made for backtest-kit: candles are always fetched once."},
           {"CC_ENABLE_BACKTEST_PARALLEL_SPIN", "switch", "Likewise: runs in parallel do not wait for one another."},
           {"CC_MAX_HEATMAP_MARKDOWN_ROWS", "rows", "Likewise: the heat map has a row for every symbol."},
           {"CC_MAX_PERFORMANCE_MARKDOWN_ROWS", "rows", "Likewise: the report `performance` has all rows."},
       }},
  };
  return groups;
}

}  // namespace btk
