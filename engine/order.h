// What a live trader asks the outside world about its orders, and the answers
// (engine.md 9.5 to 9.7; differences.md 8, 9). In a back-test nothing is asked
// and everything is confirmed.
#pragma once

#include <optional>
#include <string>

#include "engine/event.h"
#include "engine/signal.h"

namespace btk {

/// One question. The same signal id and kind always mean the same order, however often it is asked about.
struct OrderQuery {
  OrderAsk kind = OrderAsk::open;
  Signal signal;                               ///< the row concerned
  double price = 0;                            ///< the engine's price of the deed, quote currency
  Pnl pnl;                                     ///< of the row at `price`
  CloseReason close_reason = CloseReason::none;
  int attempt = 0;                             ///< tries before this one
  /// Of entries: an order that the exchange does not know may be sent now. False when it is asked again and the trader is
  /// paused, stopped, halted or out of retries, or the entry is late, or the price has passed one of its levels. Of a limit
  /// order that was touched: what it has not bought may be bought at market now. False when that was in a minute too old for
  /// entries, when everything is to be closed, out of retries, or past one of its levels.
  bool may_send = true;
  Timestamp time = 0;                          ///< simulated moment
};

enum class Verdict {
  confirmed,
  rejected,  ///< the exchange said no, for good
  deleted,   ///< of a check: the order or position is gone
  unknown,   ///< no verdict: a time-out, a dropped connection; asked again with the same id
};

struct OrderAnswer {
  Verdict verdict = Verdict::unknown;
  std::string why;           ///< of anything but confirmed
  std::optional<Fill> fill;  ///< what the exchange really did, when it told
};

/// A question that has no verdict yet. Part of what a restart needs: it is asked again with the same id.
struct OpenQuestion {
  OrderAsk kind = OrderAsk::open;
  Signal signal = {};  ///< of open and place: the row that waits for its verdict
  CloseReason close_reason = CloseReason::none;
  double price = 0;  ///< of a close at a level: the level
  bool at_level = false;  ///< the price stays when it is asked again; else it is the market's then
  bool by_user = false;
  int attempts = 0;       ///< times asked so far
  Timestamp since = 0;    ///< simulated moment when it was first asked
  bool unanswered = false;  ///< asked in the minute under way and not answered yet
};

}  // namespace btk
