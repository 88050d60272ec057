// A trading signal: what a strategy asks for (SignalRequest) and what the
// engine makes of it and keeps while it lives (Signal). Plain values; the
// arithmetic over them is in pnl.h, the rules in validate.h.
#pragma once

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/time.h"

namespace btk {

enum class Side { long_side, short_side };
constexpr std::string_view to_string(Side side) { return side == Side::long_side ? "long" : "short"; }

/// A number as a script gave it: nothing, a number, or something that is no number.
struct GivenNumber {
  enum class Kind { absent, number, wrong_type } kind = Kind::absent;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< of text that reads as a number too

  GivenNumber() = default;
  GivenNumber(double v) : kind(Kind::number), value(v) {}  // NOLINT: a plain number is meant to convert
  bool absent() const { return kind == Kind::absent; }
};

/// The answer of get_signal or the argument of commit_create_signal, before any rule is applied.
struct SignalRequest {
  std::string id;                       ///< empty: the engine makes one
  std::optional<std::string> symbol;    ///< when given, must be the run's
  std::optional<std::string> position;  ///< "long" or "short"
  std::string note;
  GivenNumber price_open;               ///< absent: at market; else a limit order
  GivenNumber price_take_profit;
  GivenNumber price_stop_loss;
  GivenNumber minute_estimated_time;    ///< minutes once open; may be infinite if the configuration allows
  GivenNumber cost;                     ///< USD, first entry
  GivenNumber multiplier;               ///< leverage on the result
  enum class Flag { absent, no, yes, wrong_type } isolated = Flag::absent;
};

/// One purchase that is part of a position.
struct Entry {
  double price = 0;
  double cost = 0;  ///< USD
  Timestamp timestamp = 0;
};

/// One partial close.
struct Partial {
  bool profit = true;              ///< commit_partial_profit, else commit_partial_loss
  double percent = 0;              ///< of the cost basis that remained then
  double current_price = 0;
  double cost_basis_at_close = 0;  ///< USD before this partial
  std::size_t entry_count_at_close = 0;
  Timestamp timestamp = 0;
};

struct Pnl {
  double pnl_percentage = 0;  ///< of everything invested, costs and leverage included
  double pnl_cost = 0;        ///< USD
  double pnl_entries = 0;     ///< USD invested
  double price_open = 0;      ///< effective entry, without slippage
  double price_close = 0;
};

/// The best or the worst moment of a position so far.
struct Excursion {
  double price = 0;
  Timestamp timestamp = 0;
  Pnl pnl;
};

/// What an exchange said it did for an order (differences.md 9). Stands beside the engine's model, never in it.
struct Fill {
  std::string action;    ///< "open", "place", "activate", "close", "partial-profit", ...
  Timestamp time = 0;    ///< simulated moment of the answer
  std::optional<double> price, quantity, fee;  ///< quote currency, base currency, quote currency
  std::string order_id;  ///< of the exchange
};

/// A limit order or a position with everything that is needed to follow it.
struct Signal {
  std::string id;
  std::string note;
  Side position = Side::long_side;
  double price_open = 0;         ///< as asked or, at market, the average price then
  double price_take_profit = 0;  ///< as asked
  double price_stop_loss = 0;    ///< as asked
  double minute_estimated_time = 0;
  double cost = 0;               ///< USD of the first entry
  double multiplier = 1;
  bool isolated = true;
  Timestamp scheduled_at = 0;
  Timestamp pending_at = 0;      ///< 0 while a limit order waits
  Timestamp timestamp = 0;       ///< creation
  std::vector<Entry> entries;
  std::vector<Partial> partials;
  std::optional<double> trailing_stop, trailing_take;
  Excursion peak, fall;
  // Live only; not part of any decision.
  std::vector<Fill> fills;
  Timestamp observed_at = 0;     ///< wall clock when it was made; 0 in a back-test
  int script_version = 0;        ///< of the script that made it; counts reloads from 1

  bool is_long() const { return position == Side::long_side; }
  /// Stop in force: the trailing one once set.
  double stop() const { return trailing_stop ? *trailing_stop : price_stop_loss; }
  double take() const { return trailing_take ? *trailing_take : price_take_profit; }
};

}  // namespace btk
