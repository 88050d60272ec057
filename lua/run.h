// One run of one strategy on one symbol, as an isolate holds it: the trader, its
// candles, and what went wrong. A RunReport is what is left of it: plain values
// that outlive the isolate.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/stats.h"
#include "engine/trader.h"
#include "lua/candle_source.h"
#include "lua/convert.h"
#include "lua/guard.h"

namespace btk::lua {

/// A script error with how often it came.
struct ReportedError {
  std::string where;    ///< "get_signal", "on_close", "listen_signal"
  std::string message;  ///< without the position
  std::string file;     ///< empty when no user code was involved
  int line = 0;
  std::string traceback;
  std::int64_t count = 0;
  Timestamp first_at = 0;
};

struct RunReport {
  std::string symbol, strategy_name, exchange_name, frame_name;
  std::string run_hash;
  std::string decisions;               ///< text of the decision log when it was kept
  std::vector<FinishedSignal> signals; ///< closed and cancelled, in order
  TradeStats stats;
  std::vector<ReportedError> errors;
  std::vector<Gap> gaps;               ///< filled holes inside the frame
  std::size_t duplicates = 0;
  std::int64_t warmup_ticks = 0;
  bool data_ended = false;
  std::string not_reproducible;        ///< where, when a script did what no two machines do alike
  std::string fatal;                   ///< why the run could not go on; empty when it ended by itself
  bool interrupted = false;
  // For the summary.
  Config config;
  Timestamp frame_start = 0, frame_end = 0;
  double first_price = 0, last_price = 0;
  std::int64_t candles = 0;            ///< candles of the frame that were there
  std::int64_t signal_calls = 0;
  std::int64_t frame_count = 0;        ///< ticks of the frame
};

/// What a run's closed trades are for the statistics.
std::vector<ClosedTrade> closed_trades(const std::vector<FinishedSignal>& signals);

struct RunSetup {
  TraderSetup trader;
  Config config;
  std::shared_ptr<const LoadedCandles> candles;
  std::shared_ptr<CandleSource> source;  ///< for other symbols; may be empty
  std::shared_ptr<RiskBook> risk;
};

/// What the driving loop holds by FFI: the trader, and how often it was asked.
struct Drive {
  Trader* trader = nullptr;
  Steps steps{};

  Ask advance() {
    steps.take();
    return trader->advance();
  }
};

class Run {
 public:
  explicit Run(RunSetup setup);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Trader& trader() { return trader_; }
  const Trader& trader() const { return trader_; }
  Drive& drive() { return drive_; }
  const Config& config() const { return config_; }
  const RiskBook& risk() const { return *risk_; }
  RowContext row_context() const;
  /// The series of a symbol and interval, resampled when it is longer than a minute. Kept until the run is
  /// destroyed. Throws btk::Error.
  const CandleSeries& series(const std::string& symbol, Interval interval);
  /// Candles of a symbol that the script's own get_candles gave: the first ones of another symbol, or earlier ones
  /// that end where the present series begins (a gap between is filled).
  void add_candles(const std::string& symbol, std::shared_ptr<const LoadedCandles> candles);
  /// Goes on with a history that reaches back to `since`, if the source has it. False: there is nothing earlier.
  bool look_back(const std::string& symbol, Timestamp since);

  void report_error(ReportedError error);
  std::vector<ReportedError>& errors() { return errors_; }
  void set_fatal(std::string why) { fatal_ = std::move(why); }
  void set_interrupted() { interrupted_ = true; }

  /// What is left when the run is over.
  RunReport report() const;

 private:
  std::shared_ptr<const LoadedCandles>& loaded(const std::string& symbol);
  void adopt(const std::string& symbol, std::shared_ptr<const LoadedCandles> longer);

  Config config_;
  Costs costs_;
  std::shared_ptr<const LoadedCandles> candles_;
  std::shared_ptr<CandleSource> source_;
  std::shared_ptr<RiskBook> risk_;
  Trader trader_;
  Drive drive_;
  // Series that views point into; replaced ones stay.
  std::vector<std::shared_ptr<const LoadedCandles>> kept_;
  std::map<std::string, std::shared_ptr<const LoadedCandles>> others_;
  std::map<std::pair<std::string, Interval>, std::unique_ptr<CandleSeries>> resampled_;
  std::vector<std::unique_ptr<CandleSeries>> outdated_;
  std::vector<ReportedError> errors_;
  std::string fatal_;
  bool interrupted_ = false;
};

}  // namespace btk::lua
