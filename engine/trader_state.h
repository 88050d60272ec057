// Everything of a trader that a restart needs, as plain values: written by one
// call to the journal, in one transaction (design.md, "The parts of the engine").
// Candles, configuration and what is derived from them are not in here.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/event.h"
#include "engine/order.h"
#include "engine/signal.h"
#include "engine/time.h"

namespace btk {

/// A command that takes effect at the next candle (engine.md 7.7).
struct Deferral {
  enum Kind { none, close, full_close, take_fill, stop_fill, cancel, activate } kind = none;
  std::string id, note;
};

/// A command that took effect and is announced at the end of its candle.
struct QueuedCommit {
  CommitAction action = CommitAction::partial_profit;
  double price = 0, amount = 0;
  Pnl pnl;
};

struct TraderState {
  Timestamp minute = 0;  ///< the minute of the last work that was begun; 0: none
  int stage = 0;         ///< of that work: 0 candle, 1 tick
  Timestamp next_candle = 0;  ///< open time of the next candle of what is held
  Timestamp next_tick = 0;    ///< the next tick's moment

  std::optional<Signal> order, position;
  Deferral order_deferral, position_deferral;
  std::vector<QueuedCommit> commits;
  std::optional<SignalRequest> queued_request;
  std::optional<OpenQuestion> question;
  std::optional<Timestamp> last_interval_start;
  std::string last_pending_id;
  bool paused = false;
  bool entries_blocked = false;  ///< a retry budget was exhausted: no new entries
  bool halted = false;           ///< block_entries(): a kill switch
  bool flatten = false;          ///< flatten() waits until an entry in question is settled
  int levels_profit = 0, levels_loss = 0;  ///< tenths already announced
  bool breakeven_announced = false;
  std::int64_t warmup_ticks = 0, signal_calls = 0;
};

}  // namespace btk
