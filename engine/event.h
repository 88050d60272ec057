// What a trader tells those who listen. One Event is one moment of the
// catalogue in engine.md 11; the script side turns it into the calls of every
// listener, callback and action handler that wants it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/signal.h"
#include "engine/time.h"

namespace btk {

enum class EventKind : std::int32_t {
  before_start,    ///< once, before the first tick
  after_end,       ///< once, however the run ends
  progress,        ///< before each tick and at the end
  tick,            ///< a tick result; `action` says which
  write,           ///< the position changed, or ended when it has no signal
  position,        ///< opened or closed
  order,           ///< limit order scheduled or cancelled
  commit,          ///< a command took effect
  active_ping,     ///< each candle while a position is open
  schedule_ping,   ///< each candle while a limit order waits
  idle_ping,       ///< each tick without position and order
  partial_profit,  ///< the next tenth of the way to the take profit
  partial_loss,    ///< the next tenth of the way to the stop loss
  breakeven,       ///< costs and threshold are covered
  profit_progress, ///< each candle in profit, after the levels
  loss_progress,   ///< each candle in loss, after the levels
  highest_profit,
  max_drawdown,
  risk_rejection,
  refusal,         ///< a signal broke a rule of validate.h
  pause,
  notify,          ///< commit_signal_notify
  order_sync,      ///< a gate is about to be asked: `order`, `attempt`, `id` of the signal
  order_check,     ///< a check is about to be asked
  order_fill,      ///< a gate confirmed; the fill, when told, is the last of signal.fills
  order_reject,    ///< a gate refused for good; `note` says why
  order_continue,  ///< after a check: go on; `attempt` failures in a row so far
  order_stop,      ///< after a check: the order or position is gone
  alarm,           ///< no verdict came, or one that the books cannot follow; `note` says why
  exit_alarm,      ///< a retry budget is exhausted: no new entries, still asking
};

/// What is asked about an order (order.h).
enum class OrderAsk : std::int32_t {
  open,            ///< gate: a market entry is about to become a position
  place,           ///< gate: a limit order is about to be registered
  activate,        ///< gate: a waiting limit order is about to become a position
  close,           ///< gate: a position is about to be closed
  check_position,  ///< does the exchange still have the position?
  check_order,     ///< does the exchange still have the limit order?
};
constexpr bool is_check(OrderAsk kind) { return kind == OrderAsk::check_position || kind == OrderAsk::check_order; }

enum class Action : std::int32_t { idle, scheduled, waiting, opened, active, closed, cancelled };
enum class CloseReason : std::int32_t { none, take_profit, stop_loss, liquidation, time_expired, closed };
enum class CancelReason : std::int32_t { none, timeout, price_reject, user };
enum class CommitAction : std::int32_t {
  partial_profit, partial_loss, trailing_stop, trailing_take, breakeven, average_buy,
  activate_scheduled, cancel_scheduled, close_pending
};

std::string_view to_string(Action action);
std::string_view to_string(CloseReason reason);
std::string_view to_string(CancelReason reason);
/// "partial-profit" ... as the reference spells them.
std::string_view to_string(CommitAction action);
/// "open", "place", "activate", "close", "check-position", "check-order".
std::string_view to_string(OrderAsk kind);

struct Event {
  EventKind kind = EventKind::tick;
  Timestamp time = 0;        ///< simulated moment of the event
  double current_price = 0;
  Action action = Action::idle;
  CloseReason close_reason = CloseReason::none;
  CancelReason cancel_reason = CancelReason::none;
  CommitAction commit = CommitAction::partial_profit;
  OrderAsk order = OrderAsk::open;  ///< of order events and alarms
  int attempt = 0;           ///< of them: tries before this one
  bool waiting = false;      ///< the signal is a limit order, not a position
  bool live_row = false;     ///< fill `signal` from the row as it is when the event is delivered
  bool data_ended = false;   ///< closed or cancelled because no candle was left
  std::optional<Signal> signal;
  Pnl pnl;                   ///< at current_price
  double level = 0;          ///< milestone 10..100, or the way covered in percent
  double amount = 0;         ///< percent to close, percent shift or cost of a commit; progress 0..1
  std::string id;            ///< close, cancel, activate, rejection or notification id; signal id of order events
  std::string note;          ///< note, rejection note, sentence or message
  std::string profile;       ///< risk profile of a rejection
  std::size_t count = 0;     ///< positions under the profile; frames done
  std::vector<std::string> codes;  ///< of a refusal; "deleted" of an order_stop
};

/// A signal that is over: closed, or cancelled before it opened.
struct FinishedSignal {
  Signal signal;
  Action action = Action::closed;  ///< closed or cancelled
  CloseReason close_reason = CloseReason::none;
  CancelReason cancel_reason = CancelReason::none;
  Timestamp close_timestamp = 0;
  double current_price = 0;        ///< price of the close
  Pnl pnl;
  double fees = 0;                 ///< USD, both sides, inside pnl
  std::string id;                  ///< close or cancel id given by the user
  bool data_ended = false;
};

}  // namespace btk
