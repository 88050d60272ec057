// What a trader tells its user: a line for each opening and close, and its row of `btkhost status`.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/pnl.h"
#include "engine/text.h"
#include "host/live/live_trader.h"

namespace btk::host {

// One line for everything that a trader wants to know at once.
void LiveTrader::tell_news() {
  const Trader& t = trader();
  const auto price = [](double value) { return shortest(value); };
  const auto tell = [&](const char* what, const Signal& s) {
    shared_.logger.info("{}: {} {} at {}, take profit {}, stop {}{}", planned_.symbol, what, to_string(s.position),
                        price(s.price_open), price(s.take()), price(s.stop()), s.note.empty() ? "" : " (" + s.note + ")");
  };
  // A position that opened and closed within this step was told by its end.
  for (const auto& finished = t.finished(); told_ends_ < finished.size(); ++told_ends_) {
    const FinishedSignal& f = finished[told_ends_];
    if (f.action == Action::closed) {
      shared_.logger.info("{}: closed {} at {} by {}, {}{} %", planned_.symbol, to_string(f.signal.position),
                          price(f.current_price), to_string(f.close_reason), f.pnl.pnl_percentage > 0 ? "+" : "",
                          fixed(f.pnl.pnl_percentage, 2));
    } else {
      shared_.logger.info("{}: limit order cancelled: {}", planned_.symbol, to_string(f.cancel_reason));
    }
  }
  if (const Signal* open = t.pending(); open != nullptr && open->id != told_open_) {
    told_open_ = open->id;
    tell("opened", *open);
  }
  if (const Signal* waiting = t.scheduled(); waiting != nullptr && waiting->id != told_order_) {
    told_order_ = waiting->id;
    tell("limit order:", *waiting);
  }
}

// A session runs for weeks: an error of the script is told when it comes for the first time, not at the end.
void LiveTrader::tell_errors() {
  const auto& errors = script_->run().errors();
  for (; told_places_ < errors.size(); ++told_places_) {
    const lua::ReportedError& e = errors[told_places_];
    shared_.logger.error("{}: script error in {}: {}{}; told once, status counts on", planned_.symbol, e.where,
                         e.file.empty() ? "" : fmt::format("{}:{}: ", e.file, e.line), e.message);
  }
}

void show_row(const Signal& row, SymbolStatus& status) {
  status.side = to_string(row.position);
  status.price_open = row.price_open;
  status.price_take_profit = row.take();
  status.price_stop_loss = row.stop();
  status.cost = row.cost;
}

// What was taken up is shown before it is worked on: the exchange may not answer for a while.
void LiveTrader::publish_saved() {
  const TraderState& s = saved_->state;
  const std::lock_guard lock(mutex_);
  status_.last_minute = s.minute;
  status_.paused = s.paused;
  if (const auto& row = s.position ? s.position : s.order) {
    show_row(*row, status_);
  } else if (s.question) {
    show_row(s.question->signal, status_);
  }
}

void LiveTrader::publish(Timestamp now) {
  const Trader& t = trader();
  SymbolStatus s;
  s.symbol = planned_.symbol;
  s.strategy = planned_.strategy_name;
  const Signal* row = t.pending() ? t.pending() : t.scheduled();
  const auto& question = t.question();
  const bool entering = question && (question->kind == OrderAsk::open || question->kind == OrderAsk::place);
  if (entering) row = &question->signal;
  if (row != nullptr) {
    s.state = entering ? "entering" : t.pending() ? "position" : "order";
    show_row(*row, s);
  }
  if (const double price = t.visible_price(); price > 0) {
    s.price = price;
    if (t.pending()) s.pnl_percent = pnl_at(*row, price, Costs(t.config())).pnl_percentage;
  }
  s.last_minute = next_minute_ - kMinute;
  s.lag = std::max<Timestamp>(0, now - s.last_minute);
  s.paused = t.paused();
  s.stopping = t.stopped();
  s.script_version = version_;
  const auto& errors = script_->run().errors();
  const std::lock_guard lock(mutex_);
  const std::int64_t count = lua::error_count(errors);
  s.errors = failed_requests_ + static_cast<std::uint64_t>(count);
  s.last_error = count > told_errors_ ? errors.back().message : status_.last_error;
  told_errors_ = count;
  s.blocked = limit_reason_.empty() ? shared_.mask(broker_problem_) : limit_reason_;
  if (s.blocked.empty() && question && t.entries_blocked()) {
    s.blocked = fmt::format("the exchange has given no verdict on the order of {}, asked {} times", row->id, question->attempts);
  }
  status_ = std::move(s);
}

}  // namespace btk::host
