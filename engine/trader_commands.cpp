// Commands on an order or a position (engine.md 7). A command either takes
// effect at once (partials, trailing, break-even, average buy), or is noted and
// carried out on the next candle (close, cancel, activate, fills).
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/error.h"
#include "engine/trader.h"

namespace btk {
namespace {

bool sound_price(double price) { return std::isfinite(price) && price > 0; }

// Whether a row can still be calculated with: absurd amounts would turn every later result into no number. The bound
// is far beyond any market and leaves room for products.
bool computable(const Signal& row, double price, const Costs& costs) {
  constexpr double kLargest = 1e100;
  const Pnl pnl = pnl_at(row, price, costs);
  return std::abs(pnl.pnl_percentage) < kLargest && std::abs(pnl.pnl_cost) < kLargest && pnl.pnl_entries < kLargest &&
         pnl.price_open > 1 / kLargest && pnl.price_open < kLargest;
}

}  // namespace

bool Trader::commit_partial(bool profit, double percent, std::optional<double> given) {
  const double price = given ? *given : visible_price();
  const Signal* p = commandable();
  if (!p || !std::isfinite(percent) || percent <= 0 || percent > 100 || !sound_price(price)) return false;
  const bool towards_take = p->is_long() ? price > effective_ : price < effective_;
  const bool towards_stop = p->is_long() ? price < effective_ : price > effective_;
  if (!config_.enable_pppl_everywhere && !(profit ? towards_take : towards_stop)) return false;
  const bool before_level = profit ? (p->is_long() ? price < p->take() : price > p->take())
                                   : (p->is_long() ? price > p->stop() : price < p->stop());
  if (!before_level) return false;
  const double basis = remaining_basis(*p);
  if (closed_percent(*p) / 100 * invested_ + percent / 100 * basis > invested_ * (1 + 1e-9)) return false;
  const auto now = static_cast<Timestamp>(now_.when);
  Signal changed = *p;
  changed.partials.push_back({profit, percent, price, basis, p->entries.size(), now});
  if (!computable(changed, price, costs_)) return false;
  position_ = std::move(changed);
  refresh();
  emit_row(EventKind::write, now, price);
  queue_commit(profit ? CommitAction::partial_profit : CommitAction::partial_loss, price, percent);
  if (remaining_basis(*position_) <= invested_ * 1e-9) {
    position_deferral_ = {Deferral::full_close, {}, "full_partial_close"};
  }
  return true;
}

bool Trader::commit_partial_cost(bool profit, double dollars, std::optional<double> price) {
  const Signal* p = commandable();
  if (!p || !std::isfinite(dollars)) return false;
  return commit_partial(profit, dollars / remaining_basis(*p) * 100, price);
}

bool Trader::accept_trailing(double price, double shift) const {
  return commandable() && std::isfinite(shift) && shift != 0 && shift >= -100 && shift <= 100 && sound_price(price);
}

bool Trader::commit_trailing_stop(double shift, double price) {
  return commit_trailing(CommitAction::trailing_stop, shift, price);
}

bool Trader::commit_trailing_take(double shift, double price) {
  return commit_trailing(CommitAction::trailing_take, shift, price);
}

// The new level lies at the original distance plus `shift` percentage points from the effective entry.
bool Trader::commit_trailing(CommitAction action, double shift, double price) {
  if (!accept_trailing(price, shift)) return false;
  Signal& p = *position_;
  const bool stop = action == CommitAction::trailing_stop;
  const double distance = stop ? std::abs((effective_ - p.price_stop_loss) / effective_ * 100)
                               : std::abs((p.price_take_profit - effective_) / effective_ * 100);
  const bool above = p.is_long() != stop;  // which side of the entry the level lies on
  const double level = above ? effective_ * (1 + (distance + shift) / 100) : effective_ * (1 - (distance + shift) / 100);
  // Seen from a long position's stop; a short one, or a take profit, mirrors it.
  const auto beyond = [&](double a, double b) { return above ? a < b : a > b; };
  if (beyond(level, price)) return false;                                    // price has passed it
  if (!(above ? level > (stop ? p.take() : p.stop()) : level < (stop ? p.take() : p.stop()))) return false;
  std::optional<double>& current = stop ? p.trailing_stop : p.trailing_take;
  if (current && !config_.enable_trailing_everywhere && !beyond(level, *current)) return false;
  current = level;
  emit_row(EventKind::write, static_cast<Timestamp>(now_.when), price);
  queue_commit(action, price, shift);
  return true;
}

bool Trader::commit_trailing_stop_cost(double new_stop, std::optional<double> price) {
  const Signal* p = commandable();
  if (!p) return false;
  const double distance = std::abs((effective_ - p->price_stop_loss) / effective_ * 100);
  const double wanted = p->is_long() ? (effective_ - new_stop) / effective_ * 100 : (new_stop - effective_) / effective_ * 100;
  return commit_trailing_stop(wanted - distance, price ? *price : visible_price());
}

bool Trader::commit_trailing_take_cost(double new_take, std::optional<double> price) {
  const Signal* p = commandable();
  if (!p) return false;
  const double distance = std::abs((p->price_take_profit - effective_) / effective_ * 100);
  const double wanted = p->is_long() ? (new_take - effective_) / effective_ * 100 : (effective_ - new_take) / effective_ * 100;
  return commit_trailing_take(wanted - distance, price ? *price : visible_price());
}

bool Trader::breakeven_possible(double price) const {
  const Signal* p = pending();
  if (!p) return false;
  const double threshold = breakeven_threshold(config_);
  const bool reached = p->is_long() ? price >= effective_ * (1 + threshold / 100) : price <= effective_ * (1 - threshold / 100);
  if (p->trailing_stop) {
    const double stop = *p->trailing_stop;
    if (p->is_long() ? stop > effective_ : stop < effective_) return true;
    return reached && (p->is_long() ? effective_ > stop : effective_ < stop);
  }
  return reached && (p->is_long() ? p->price_stop_loss < effective_ : p->price_stop_loss > effective_);
}

bool Trader::commit_breakeven(std::optional<double> given) {
  const double price = given ? *given : visible_price();
  const Signal* p = commandable();
  if (!p || !sound_price(price)) return false;
  if (p->is_long() ? effective_ >= p->take() : effective_ <= p->take()) return false;
  if (!breakeven_possible(price)) return false;
  const bool already = p->trailing_stop && (p->is_long() ? *p->trailing_stop > effective_ : *p->trailing_stop < effective_);
  if (!already) {
    position_->trailing_stop = effective_;
    emit_row(EventKind::write, static_cast<Timestamp>(now_.when), price);
  }
  queue_commit(CommitAction::breakeven, price, 0);
  return true;
}

bool Trader::commit_average_buy(std::optional<double> cost, std::optional<double> given) {
  const double price = given ? *given : visible_price();
  const double dollars = cost ? *cost : config_.position_entry_cost;
  const Signal* p = commandable();
  if (!p || !sound_price(price) || !std::isfinite(dollars) || dollars <= 0) return false;
  if (!config_.enable_dca_everywhere) {
    const auto better = [&](const Entry& e) { return p->is_long() ? price < e.price : price > e.price; };
    if (!std::all_of(p->entries.begin(), p->entries.end(), better)) return false;
  }
  const auto now = static_cast<Timestamp>(now_.when);
  Signal changed = *p;
  changed.entries.push_back({price, dollars, now});
  if (!computable(changed, price, costs_)) return false;
  position_ = std::move(changed);
  refresh();
  emit_row(EventKind::write, now, price);
  queue_commit(CommitAction::average_buy, price, dollars);
  return true;
}

void Trader::commit_close_pending(std::string id, std::string note) {
  if (!commandable()) return;
  position_deferral_ = {Deferral::close, std::move(id), std::move(note)};
  ++changes_;
}

// While the exchange is asked to close a position nothing else may be done to it.
const Signal* Trader::commandable() const { return asking(OrderAsk::close) ? nullptr : pending(); }

// That a level was filled is news, also about a close that is in question.
bool Trader::fill_reportable() const { return pending() && !fill_reported(); }

void Trader::commit_create_take_profit(std::string id, std::string note) {
  if (!fill_reportable()) return;
  position_deferral_ = {Deferral::take_fill, std::move(id), std::move(note)};
  ++changes_;
}

void Trader::commit_create_stop_loss(std::string id, std::string note) {
  if (!fill_reportable()) return;
  position_deferral_ = {Deferral::stop_fill, std::move(id), std::move(note)};
  ++changes_;
}

void Trader::commit_cancel_scheduled(std::string id, std::string note) {
  if (!scheduled() || asking(OrderAsk::activate)) return;
  order_deferral_ = {Deferral::cancel, std::move(id), std::move(note)};
  ++changes_;
}

void Trader::commit_activate_scheduled(std::string id, std::string note) {
  if (!scheduled() || stopped_ || asking(OrderAsk::activate)) return;
  order_deferral_ = {Deferral::activate, std::move(id), std::move(note)};
  ++changes_;
}

void Trader::commit_create_signal(SignalRequest request) {
  if (stopped_) throw Error("commit_create_signal: the strategy was stopped; no new signal is taken");
  if (holding() || queued_request_ || question_) {
    throw Error("commit_create_signal: " + setup_.symbol + " already has a position, an order or a queued signal; close or cancel it first");
  }
  request = with_defaults(std::move(request), config_);
  if (const auto broken = validate(request, visible_price(), config_); !broken.empty()) {
    throw Error("commit_create_signal: " + join(broken));
  }
  queued_request_ = std::move(request);
  ++changes_;
}

void Trader::commit_signal_notify(std::string id, std::string note) {
  const Signal* p = pending();
  if (!p) throw Error("commit_signal_notify: " + setup_.symbol + " has no open position");
  if (!wants(EventKind::notify)) return;
  Event& e = emit(EventKind::notify, static_cast<Timestamp>(now_.when), visible_price());
  e.live_row = true;
  e.id = std::move(id);
  e.note = note.empty() ? p->note : std::move(note);
}

void Trader::set_paused(bool paused) {
  if (paused_ == paused) return;
  paused_ = paused;
  ++changes_;
  if (wants(EventKind::pause)) emit(EventKind::pause, static_cast<Timestamp>(now_.when), 0).amount = paused ? 1 : 0;
}

void Trader::stop() {
  stopped_ = true;
  queued_request_.reset();
  ++changes_;
  if (order_ && order_deferral_.kind != Deferral::cancel && !asking(OrderAsk::activate)) order_deferral_ = {Deferral::cancel, {}, "stop_strategy"};
}

void Trader::queue_commit(CommitAction action, double price, double amount) {
  ++changes_;
  commits_.push_back({action, price, amount, pnl_at(*position_, price, costs_)});
}

// Announced at the end of the candle on which they were given, with its time (engine.md 7.2).
void Trader::announce_commits(Timestamp time) {
  if (commits_.empty()) return;
  ++changes_;
  for (const QueuedCommit& c : std::exchange(commits_, {})) announce(c, time, {}, position_->note);
}

void Trader::announce(const QueuedCommit& c, Timestamp time, const std::string& id, const std::string& note) {
  const Signal& p = *position_;
  log_.line("commit", time)
      .text("action", to_string(c.action))
      .text("id", p.id)
      .number("price", c.price)
      .number("amount", c.amount)
      .number("price_open", effective_)
      .number("price_take_profit", p.take())
      .number("price_stop_loss", p.stop());
  if (!wants(EventKind::commit)) return;
  Event& e = emit(EventKind::commit, time, c.price);
  e.commit = c.action;
  e.amount = c.amount;
  e.pnl = c.pnl;
  e.signal = p;
  e.id = id;
  e.note = note;
}

void Trader::announce_deferred(CommitAction action, const Signal& row, const Deferral& why, double price, Timestamp time) {
  log_.line("commit", time)
      .text("action", to_string(action))
      .text("id", row.id)
      .number("price", price)
      .text("user_id", why.id)
      .text("note", why.note.empty() ? row.note : why.note);
  if (!wants(EventKind::commit)) return;
  Event& e = emit(EventKind::commit, time, price);
  e.commit = action;
  e.waiting = action != CommitAction::close_pending;
  e.signal = row;
  e.pnl = e.waiting ? Pnl{} : pnl_at(row, price, costs_);
  e.id = why.id;
  e.note = why.note.empty() ? row.note : why.note;
}

}  // namespace btk
