// A recorded scenario: what went into the reference (candles, configuration,
// signals, commands) and what it did with them. One line of a .jsonl file; the
// format is described beside the recordings.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/candles.h"
#include "engine/config.h"
#include "engine/signal.h"

namespace btk::golden {

using Json = nlohmann::json;

/// Moving averages that cross: the rule that stands in for a list of signals.
struct SmaCross {
  std::size_t fast = 0, slow = 0;  ///< candles
  bool to_long = false, to_short = false;
  double tp_percent = 0, sl_percent = 0, minutes = 0;
  double limit_percent = 0;  ///< 0: enter at market
};

struct RiskRule {
  std::string type;
  Json value;               ///< a number, or a side for deny_position
  double from = 0, to = 0;  ///< minutes of the hour, for deny_minutes
};

struct RiskProfile {
  std::string name;
  std::vector<RiskRule> rules;  ///< in the order of trying
};

struct QueuedSignal {
  Timestamp at = 0;
  Json dto;
};

struct Command {
  Timestamp at = 0;
  std::string op;
  Json args;
};

struct RunInput {
  std::string symbol, strategy_name;
  Interval signal_interval = Interval::m1;
  std::vector<std::string> risk_profiles;
  std::optional<SmaCross> rule;
  std::shared_ptr<const CandleSeries> candles;
  std::vector<QueuedSignal> signals;
  std::vector<Command> commands;
};

struct Scenario {
  std::string name;
  Config config;
  Timestamp frame_start = 0, frame_end = 0;
  Interval frame_interval = Interval::m1;
  std::vector<RiskProfile> risks;
  std::vector<RunInput> runs;
  bool hold = false;          ///< run 2 is played while run 1 is held at its first opened result
  bool record_calls = false;  ///< the recording lists when get_signal was called
  bool several = false;       ///< the recording is a list of runs, even if of one
  Json input;                 ///< the line as it was read, without `expected` and listed candles
  Json expected;
};

/// Finds the candles of [from, to] (open times) of a named candle file.
using CandleFiles =
    std::function<std::shared_ptr<const CandleSeries>(const std::string& file, Timestamp from, Timestamp to)>;

/// Throws btk::Error or a Json exception when the line is no scenario.
Scenario read_scenario(const Json& line, const CandleFiles& candle_files);

/// A number of a recording: a JSON number, or "Infinity", "-Infinity", "NaN" as text; nothing for anything
/// else.
std::optional<double> read_number(const Json& value);
/// How such a number is written.
Json write_number(double value);

/// A DTO as the strategy returned it. Text where a number belongs is kept as a wrong type.
SignalRequest read_request(const Json& dto);

}  // namespace btk::golden
