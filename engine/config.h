// Every CC_ parameter in one plain struct, with the names, defaults and checks
// of engine.md 4. Values are read at the moment of use; a run takes its copy
// when it starts.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace btk {

struct Config {
  // Entries and exits.
  double schedule_await_minutes = 120;         ///< life of a limit order
  double avg_price_candles_count = 5;          ///< VWAP window, one-minute candles
  double percent_slippage = 0.1;               ///< % per side
  double percent_fee = 0.1;                    ///< % per side
  double min_takeprofit_distance_percent = 0.5;
  double min_stoploss_distance_percent = 0.5;
  double max_stoploss_distance_percent = 20;
  double max_signal_lifetime_minutes = 1440;   ///< may be infinite
  double max_signal_generation_seconds = 180;  ///< time limit of one get_signal call
  double max_entry_delay_seconds = 60;         ///< no entry for an older minute (differences.md 2)
  double breakeven_threshold = 0.2;            ///< % over costs
  double position_entry_cost = 100;            ///< USD
  double signal_leverage_multiplier = 1;
  bool signal_isolated_margin = true;
  bool enable_dca_everywhere = false;
  bool enable_pppl_everywhere = false;
  bool enable_trailing_everywhere = false;
  bool enable_long_signal = true;
  bool enable_short_signal = true;

  // Candles and other market data.
  double get_candles_retry_count = 3;          ///< attempts in total
  double get_candles_retry_delay_ms = 5000;
  double max_candles_per_request = 1000;
  double get_candles_price_anomaly_threshold_factor = 1000;
  double get_candles_min_candles_for_median = 5;
  double order_book_time_offset_minutes = 10;
  double order_book_max_depth_levels = 1000;
  double aggregated_trades_max_minutes = 60;
  bool enable_candle_fetch_mutex = true;
  bool enable_backtest_parallel_spin = true;

  // Orders in live trading.
  double order_open_retry_attempts = 5;
  double order_check_retry_attempts = 5;
  double order_close_retry_attempts = 5;

  // Risk: the reference's counting of reservations (differences.md 3).
  bool risk_reference_reservations = false;

  // Reports.
  bool report_show_signal_note = false;
  double max_backtest_markdown_rows = 250;
  double max_live_markdown_rows = 250;
  double max_heatmap_markdown_rows = 250;
  double max_schedule_markdown_rows = 250;
  double max_partial_markdown_rows = 250;
  double max_breakeven_markdown_rows = 250;
  double max_risk_markdown_rows = 250;
  double max_strategy_markdown_rows = 250;
  double max_sync_markdown_rows = 250;
  double max_highest_profit_markdown_rows = 250;
  double max_max_drawdown_markdown_rows = 250;
  double max_performance_markdown_rows = 10000;
  double walker_markdown_top_n = 10;
  double max_notifications = 500;
  double notification_order_check_ttl = 900000;
  double max_signals = 50;
  double max_log_lines = 1000;
};

/// One CC_ key: where its value lives.
struct ConfigKey {
  std::string_view name;  ///< "CC_PERCENT_FEE"
  std::variant<double Config::*, bool Config::*> member;
};

/// All keys, in the order of the manual.
const std::vector<ConfigKey>& config_keys();
/// The key of that name, or nullptr.
const ConfigKey* find_config_key(std::string_view name);

using ConfigValue = std::variant<double, bool>;
ConfigValue get(const Config& config, const ConfigKey& key);
/// Throws btk::Error when the value has the wrong type for the key.
void set(Config& config, const ConfigKey& key, const ConfigValue& value);
/// Sets from text ("0.05", "true", "Infinity"), as --set and the environment give it.
/// Throws btk::Error for an unknown key (naming the nearest) or a value that does not read.
void set_from_text(Config& config, std::string_view name, std::string_view value);

/// Every broken rule of engine.md 4.3 as a sentence; empty when the configuration is sound.
std::vector<std::string> check(const Config& config);

}  // namespace btk
