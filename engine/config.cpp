#include "engine/config.h"

#include <charconv>
#include <cmath>

#include "engine/config_changes.h"
#include "engine/error.h"
#include "engine/text.h"

namespace btk {
namespace {

constexpr double kMostCandles = 1e9;  // of an average price: 1900 years of minutes

std::string value_text(const ConfigValue& value) {
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return shortest(std::get<double>(value));
}

bool is_switch(const ConfigKey& key) { return std::holds_alternative<bool Config::*>(key.member); }

Error unknown_key(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ConfigKey& key : config_keys()) names.push_back(key.name);
  const std::string_view near = nearest(name, names);
  std::string sentence = "unknown config key " + std::string(name);
  if (near.empty()) return Error(sentence + "; the keys are listed in the manual");
  return Error(sentence + "; did you mean " + std::string(near) + "?");
}

Error unreadable(const ConfigKey& key, std::string_view value) {
  return Error(std::string(key.name) + " expects " + (is_switch(key) ? "true or false" : "a number") +
               ", not \"" + std::string(value) + "\"");
}

bool parse_switch(const ConfigKey& key, std::string_view text) {
  if (text == "true" || text == "1") return true;
  if (text == "false" || text == "0") return false;
  throw unreadable(key, text);
}

double parse_number(const ConfigKey& key, std::string_view text) {
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc{} || end != text.data() + text.size() || std::isnan(number))
    throw unreadable(key, text);
  return number;
}

// Collects the broken rules. A rule names the member, so the key's name is looked up instead of repeated.
class Checker {
 public:
  explicit Checker(const Config& config) : config_(config) {}

  void not_negative(double Config::*member) {
    const double v = config_.*member;
    if (!std::isfinite(v) || v < 0) complain(member, "must be a finite number of at least 0");
  }
  void positive(double Config::*member) {
    const double v = config_.*member;
    if (!std::isfinite(v) || v <= 0) complain(member, "must be a finite number above 0");
  }
  void positive_integer(double Config::*member) {
    if (!is_integer(config_.*member) || config_.*member <= 0)
      complain(member, "must be a whole number above 0");
  }
  void not_negative_integer(double Config::*member) {
    if (!is_integer(config_.*member) || config_.*member < 0) {
      complain(member, "must be a whole number of at least 0");
    }
  }
  void positive_integer_or_infinite(double Config::*member) {
    const double v = config_.*member;
    if (v == std::numeric_limits<double>::infinity()) return;
    if (!is_integer(v) || v <= 0) complain(member, "must be a whole number above 0 or Infinity");
  }
  void complain(double Config::*member, const std::string& rule) {
    broken_.push_back(std::string(name(member)) + " " + rule + ", but is " + shortest(config_.*member));
  }

  static std::string_view name(double Config::*member) {
    for (const ConfigKey& key : config_keys()) {
      const auto* candidate = std::get_if<double Config::*>(&key.member);
      if (candidate && *candidate == member) return key.name;
    }
    return {};
  }

  std::vector<std::string> take() { return std::move(broken_); }

 private:
  static bool is_integer(double v) { return std::isfinite(v) && v == std::floor(v); }

  const Config& config_;
  std::vector<std::string> broken_;
};

}  // namespace

const std::vector<ConfigKey>& config_keys() {
  static const std::vector<ConfigKey> keys{
      {"CC_SCHEDULE_AWAIT_MINUTES", &Config::schedule_await_minutes},
      {"CC_AVG_PRICE_CANDLES_COUNT", &Config::avg_price_candles_count},
      {"CC_PERCENT_SLIPPAGE", &Config::percent_slippage},
      {"CC_PERCENT_FEE", &Config::percent_fee},
      {"CC_MIN_TAKEPROFIT_DISTANCE_PERCENT", &Config::min_takeprofit_distance_percent},
      {"CC_MIN_STOPLOSS_DISTANCE_PERCENT", &Config::min_stoploss_distance_percent},
      {"CC_MAX_STOPLOSS_DISTANCE_PERCENT", &Config::max_stoploss_distance_percent},
      {"CC_MAX_SIGNAL_LIFETIME_MINUTES", &Config::max_signal_lifetime_minutes},
      {"CC_MAX_SIGNAL_GENERATION_SECONDS", &Config::max_signal_generation_seconds},
      {"CC_MAX_ENTRY_DELAY_SECONDS", &Config::max_entry_delay_seconds},
      {"CC_BREAKEVEN_THRESHOLD", &Config::breakeven_threshold},
      {"CC_POSITION_ENTRY_COST", &Config::position_entry_cost},
      {"CC_SIGNAL_LEVERAGE_MULTIPLIER", &Config::signal_leverage_multiplier},
      {"CC_SIGNAL_ISOLATED_MARGIN", &Config::signal_isolated_margin},
      {"CC_ENABLE_DCA_EVERYWHERE", &Config::enable_dca_everywhere},
      {"CC_ENABLE_PPPL_EVERYWHERE", &Config::enable_pppl_everywhere},
      {"CC_ENABLE_TRAILING_EVERYWHERE", &Config::enable_trailing_everywhere},
      {"CC_ENABLE_LONG_SIGNAL", &Config::enable_long_signal},
      {"CC_ENABLE_SHORT_SIGNAL", &Config::enable_short_signal},
      {"CC_GET_CANDLES_RETRY_COUNT", &Config::get_candles_retry_count},
      {"CC_GET_CANDLES_RETRY_DELAY_MS", &Config::get_candles_retry_delay_ms},
      {"CC_MAX_CANDLES_PER_REQUEST", &Config::max_candles_per_request},
      {"CC_GET_CANDLES_PRICE_ANOMALY_THRESHOLD_FACTOR", &Config::get_candles_price_anomaly_threshold_factor},
      {"CC_GET_CANDLES_MIN_CANDLES_FOR_MEDIAN", &Config::get_candles_min_candles_for_median},
      {"CC_ORDER_BOOK_TIME_OFFSET_MINUTES", &Config::order_book_time_offset_minutes},
      {"CC_ORDER_BOOK_MAX_DEPTH_LEVELS", &Config::order_book_max_depth_levels},
      {"CC_AGGREGATED_TRADES_MAX_MINUTES", &Config::aggregated_trades_max_minutes},
      {"CC_ENABLE_CANDLE_FETCH_MUTEX", &Config::enable_candle_fetch_mutex},
      {"CC_ENABLE_BACKTEST_PARALLEL_SPIN", &Config::enable_backtest_parallel_spin},
      {"CC_ORDER_OPEN_RETRY_ATTEMPTS", &Config::order_open_retry_attempts},
      {"CC_ORDER_CHECK_RETRY_ATTEMPTS", &Config::order_check_retry_attempts},
      {"CC_ORDER_CLOSE_RETRY_ATTEMPTS", &Config::order_close_retry_attempts},
      {"CC_RISK_REFERENCE_RESERVATIONS", &Config::risk_reference_reservations},
      {"CC_REPORT_SHOW_SIGNAL_NOTE", &Config::report_show_signal_note},
      {"CC_MAX_BACKTEST_MARKDOWN_ROWS", &Config::max_backtest_markdown_rows},
      {"CC_MAX_LIVE_MARKDOWN_ROWS", &Config::max_live_markdown_rows},
      {"CC_MAX_HEATMAP_MARKDOWN_ROWS", &Config::max_heatmap_markdown_rows},
      {"CC_MAX_SCHEDULE_MARKDOWN_ROWS", &Config::max_schedule_markdown_rows},
      {"CC_MAX_PARTIAL_MARKDOWN_ROWS", &Config::max_partial_markdown_rows},
      {"CC_MAX_BREAKEVEN_MARKDOWN_ROWS", &Config::max_breakeven_markdown_rows},
      {"CC_MAX_RISK_MARKDOWN_ROWS", &Config::max_risk_markdown_rows},
      {"CC_MAX_STRATEGY_MARKDOWN_ROWS", &Config::max_strategy_markdown_rows},
      {"CC_MAX_SYNC_MARKDOWN_ROWS", &Config::max_sync_markdown_rows},
      {"CC_MAX_HIGHEST_PROFIT_MARKDOWN_ROWS", &Config::max_highest_profit_markdown_rows},
      {"CC_MAX_MAX_DRAWDOWN_MARKDOWN_ROWS", &Config::max_max_drawdown_markdown_rows},
      {"CC_MAX_PERFORMANCE_MARKDOWN_ROWS", &Config::max_performance_markdown_rows},
      {"CC_WALKER_MARKDOWN_TOP_N", &Config::walker_markdown_top_n},
      {"CC_MAX_NOTIFICATIONS", &Config::max_notifications},
      {"CC_NOTIFICATION_ORDER_CHECK_TTL", &Config::notification_order_check_ttl},
      {"CC_MAX_SIGNALS", &Config::max_signals},
      {"CC_MAX_LOG_LINES", &Config::max_log_lines},
  };
  return keys;
}

const ConfigKey* find_config_key(std::string_view name) {
  for (const ConfigKey& key : config_keys()) {
    if (key.name == name) return &key;
  }
  return nullptr;
}

ConfigValue get(const Config& config, const ConfigKey& key) {
  return std::visit([&](auto member) -> ConfigValue { return config.*member; }, key.member);
}

std::vector<std::pair<std::string, std::string>> changed_settings(const Config& config) {
  std::vector<std::pair<std::string, std::string>> changed;
  for (const ConfigKey& key : config_keys()) {
    const ConfigValue value = get(config, key);
    if (value != get(Config{}, key)) changed.emplace_back(key.name, value_text(value));
  }
  return changed;
}

void set(Config& config, const ConfigKey& key, const ConfigValue& value) {
  if (is_switch(key) != std::holds_alternative<bool>(value)) throw unreadable(key, value_text(value));
  std::visit(
      [&]<typename T>(T Config::*member) {
        // The types agree; the other instantiation is never reached.
        if (const T* typed = std::get_if<T>(&value)) config.*member = *typed;
      },
      key.member);
}

void set_from_text(Config& config, std::string_view name, std::string_view value) {
  const ConfigKey* key = find_config_key(name);
  if (!key) throw unknown_key(name);
  set(config, *key,
      is_switch(*key) ? ConfigValue{parse_switch(*key, value)} : ConfigValue{parse_number(*key, value)});
}

std::vector<std::string> check(const Config& config) {
  Checker rules(config);
  rules.not_negative(&Config::percent_slippage);
  rules.not_negative(&Config::percent_fee);
  rules.not_negative(&Config::breakeven_threshold);
  rules.positive(&Config::signal_leverage_multiplier);

  // A take profit nearer than the costs of entering and leaving would lose money when it is reached.
  rules.positive(&Config::min_takeprofit_distance_percent);
  const double costs = config.percent_slippage * 2 + config.percent_fee * 2;
  if (config.min_takeprofit_distance_percent > 0 && config.min_takeprofit_distance_percent < costs) {
    rules.complain(
        &Config::min_takeprofit_distance_percent,
        "must cover slippage and fees of both sides (2 * CC_PERCENT_SLIPPAGE + 2 * CC_PERCENT_FEE = " +
            shortest(costs) + ")");
  }

  rules.positive(&Config::min_stoploss_distance_percent);
  rules.positive(&Config::max_stoploss_distance_percent);
  if (config.min_stoploss_distance_percent >= config.max_stoploss_distance_percent) {
    rules.complain(&Config::min_stoploss_distance_percent,
                   "must be less than CC_MAX_STOPLOSS_DISTANCE_PERCENT (" +
                       shortest(config.max_stoploss_distance_percent) + ")");
  }

  rules.positive_integer(&Config::schedule_await_minutes);
  rules.positive_integer_or_infinite(&Config::max_signal_lifetime_minutes);
  rules.positive_integer(&Config::max_signal_generation_seconds);
  rules.positive_integer(&Config::avg_price_candles_count);
  if (config.avg_price_candles_count > kMostCandles)
    rules.complain(&Config::avg_price_candles_count, "must not be larger than " + shortest(kMostCandles));
  rules.positive_integer(&Config::get_candles_price_anomaly_threshold_factor);
  rules.positive_integer(&Config::get_candles_min_candles_for_median);
  rules.positive_integer(&Config::max_candles_per_request);
  rules.positive_integer(&Config::max_notifications);
  rules.positive_integer(&Config::max_signals);
  rules.not_negative_integer(&Config::get_candles_retry_count);
  rules.not_negative_integer(&Config::get_candles_retry_delay_ms);
  rules.not_negative_integer(&Config::order_book_time_offset_minutes);
  rules.not_negative(&Config::max_entry_delay_seconds);
  return rules.take();
}

}  // namespace btk
