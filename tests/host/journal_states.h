// Random trader states and all that goes with them, and a text of every bit of them to compare by.
#pragma once

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "host/journal/journal.h"

namespace btk::test {

class RandomStates {
 public:
  explicit RandomStates(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }
  bool flag() { return below(2) == 0; }
  Timestamp time() { return static_cast<Timestamp>(below(4'000'000'000)) * 1000 + 7; }
  double number() {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    switch (below(8)) {
      case 0:
        return kInfinity;
      case 1:
        return -kInfinity;
      case 2:
        return -0.0;
      case 3:
        return static_cast<double>(below(1000));
      case 4:
        return std::numeric_limits<double>::denorm_min() * static_cast<double>(below(9));
      default:
        break;
    }
    for (;;) {
      const double value = std::bit_cast<double>(std::uint64_t{random_()} << 32 | random_());
      if (std::isfinite(value)) return value;
    }
  }
  // Now and then bytes that are no UTF-8.
  std::string text() {
    if (flag()) return "sma-x \"42\"\n\xC3\xA4 " + std::to_string(below(1000));
    std::string bytes(below(12), ' ');
    for (char& c : bytes) c = static_cast<char>(below(256));
    return bytes;
  }
  template <typename E>
  E one_of(std::size_t count) {
    return static_cast<E>(below(count));
  }

  Pnl pnl() { return {number(), number(), number(), number(), number()}; }
  Fill fill() {
    Fill f{text(), time(), std::nullopt, std::nullopt, std::nullopt, text()};
    if (flag()) f.price = number();
    if (flag()) f.quantity = number();
    if (flag()) f.fee = number();
    return f;
  }
  Signal signal() {
    Signal s;
    s.id = text();
    s.note = text();
    s.position = one_of<Side>(2);
    for (double* value : {&s.price_open, &s.price_take_profit, &s.price_stop_loss, &s.minute_estimated_time,
                          &s.cost, &s.multiplier}) {
      *value = number();
    }
    s.isolated = flag();
    for (Timestamp* value : {&s.scheduled_at, &s.pending_at, &s.timestamp, &s.observed_at}) *value = time();
    for (std::size_t n = below(4); n > 0; --n) s.entries.push_back({number(), number(), time()});
    for (std::size_t n = below(3); n > 0; --n) {
      s.partials.push_back({flag(), number(), number(), number(), below(100), time()});
    }
    if (flag()) s.trailing_stop = number();
    if (flag()) s.trailing_take = number();
    s.peak = {number(), time(), pnl()};
    s.fall = {number(), time(), pnl()};
    for (std::size_t n = below(3); n > 0; --n) s.fills.push_back(fill());
    s.script_version = static_cast<int>(below(100));
    return s;
  }
  GivenNumber given() {
    GivenNumber n;
    if (flag()) return n;
    n.kind = flag() ? GivenNumber::Kind::number : GivenNumber::Kind::wrong_type;
    if (flag()) n.value = number();
    return n;
  }
  SignalRequest request() {
    SignalRequest r;
    r.id = text();
    if (flag()) r.symbol = text();
    if (flag()) r.position = text();
    r.note = text();
    for (GivenNumber* n : {&r.price_open, &r.price_take_profit, &r.price_stop_loss, &r.minute_estimated_time,
                           &r.cost, &r.multiplier}) {
      *n = given();
    }
    r.isolated = one_of<SignalRequest::Flag>(4);
    return r;
  }
  TraderState state() {
    TraderState s;
    s.minute = time();
    s.stage = static_cast<int>(below(2));
    s.next_candle = time();
    s.next_tick = time();
    if (flag()) s.order = signal();
    if (flag()) s.position = signal();
    s.order_deferral = {one_of<Deferral::Kind>(7), text(), text()};
    s.position_deferral = {one_of<Deferral::Kind>(7), text(), text()};
    for (std::size_t n = below(3); n > 0; --n) {
      s.commits.push_back({one_of<CommitAction>(9), number(), number(), pnl()});
    }
    if (flag()) s.queued_request = request();
    if (flag()) {
      s.question.emplace();
      s.question->kind = one_of<OrderAsk>(6);
      s.question->signal = signal();
      s.question->close_reason = one_of<CloseReason>(6);
      s.question->price = number();
      s.question->at_level = flag();
      s.question->by_user = flag();
      s.question->attempts = static_cast<int>(below(100));
      s.question->unanswered = flag();
      s.question->since = time();
    }
    if (flag()) s.last_interval_start = time();
    s.last_pending_id = text();
    s.paused = flag();
    s.entries_blocked = flag();
    s.halted = flag();
    s.flatten = flag();
    s.levels_profit = static_cast<int>(below(11));
    s.levels_loss = static_cast<int>(below(11));
    s.breakeven_announced = flag();
    s.warmup_ticks = static_cast<std::int64_t>(below(1000));
    s.signal_calls = static_cast<std::int64_t>(below(1000));
    return s;
  }
  FinishedSignal finished() {
    return {signal(),
            flag() ? Action::closed : Action::cancelled,
            one_of<CloseReason>(6),
            one_of<CancelReason>(4),
            time(),
            number(),
            pnl(),
            number(),
            text(),
            flag()};
  }
  RiskPosition risk_position() {
    return {
        {text(), text(), text()}, text(), one_of<Side>(2), number(), number(), number(), number(), time()};
  }
  host::RiskHold hold() { return {text(), risk_position()}; }
  lua::RunInput input() {
    lua::RunInput i;
    i.kind = one_of<lua::RunInput::Kind>(7);
    i.minute = time();
    i.stage = static_cast<int>(below(2));
    i.name = text();
    i.id = text();
    i.answer.verdict = one_of<Verdict>(4);
    i.answer.why = text();
    if (flag()) i.answer.fill = fill();
    for (std::size_t n = below(3); n > 0; --n) i.positions.push_back(risk_position());
    i.until = time();
    return i;
  }

 private:
  std::mt19937 random_;
};

/// Every field of a value, to the bit.
class Bits {
 public:
  template <typename T>
  requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void add(T value) {
    if constexpr (std::is_same_v<T, double>) {
      text_ += std::isnan(value) ? std::string("nan") : std::to_string(std::bit_cast<std::uint64_t>(value));
    } else {
      text_ += std::to_string(static_cast<std::int64_t>(value));
    }
    text_ += ';';
  }
  void add(const std::string& text) {
    add(text.size());
    text_ += text;
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    add(value.has_value());
    if (value) add(*value);
  }
  template <typename T>
  void add(const std::vector<T>& list) {
    add(list.size());
    for (const T& item : list) add(item);
  }
  template <typename... T>
  requires(sizeof...(T) > 1) void add(const T&... values) { (add(values), ...); }
  // Every field by its place. When a struct grows, this does not compile any more: a field that is missing in
  // state_json.cpp would be lost in a restart, so name it there, in RandomStates and here.
  void add(const Pnl& value) {
    const auto& [percentage, cost, entries, open, close] = value;
    add(percentage, cost, entries, open, close);
  }
  void add(const Fill& value) {
    const auto& [action, time, price, quantity, fee, order] = value;
    add(action, time, price, quantity, fee, order);
  }
  void add(const Entry& value) {
    const auto& [price, cost, time] = value;
    add(price, cost, time);
  }
  void add(const Partial& value) {
    const auto& [profit, percent, price, basis, entries, time] = value;
    add(profit, percent, price, basis, entries, time);
  }
  void add(const Excursion& value) {
    const auto& [price, time, pnl] = value;
    add(price, time, pnl);
  }
  void add(const Signal& value) {
    const auto& [id, note, position, open, take, stop, minutes, cost, multiplier, isolated, scheduled,
                 pending, time, entries, partials, trailing_stop, trailing_take, peak, fall, fills, observed,
                 version] = value;
    add(id, note, position, open, take, stop, minutes, cost, multiplier, isolated, scheduled, pending, time,
        entries, partials, trailing_stop, trailing_take, peak, fall, fills, observed, version);
  }
  void add(const GivenNumber& value) {
    const auto& [kind, number] = value;
    add(kind, number);
  }
  void add(const SignalRequest& value) {
    const auto& [id, symbol, position, note, open, take, stop, minutes, cost, multiplier, isolated] = value;
    add(id, symbol, position, note, open, take, stop, minutes, cost, multiplier, isolated);
  }
  void add(const Deferral& value) {
    const auto& [kind, id, note] = value;
    add(kind, id, note);
  }
  void add(const QueuedCommit& value) {
    const auto& [action, price, amount, pnl] = value;
    add(action, price, amount, pnl);
  }
  void add(const OpenQuestion& value) {
    const auto& [kind, signal, reason, price, at_level, by_user, attempts, since, unanswered] = value;
    add(kind, signal, reason, price, at_level, by_user, attempts, since, unanswered);
  }
  void add(const TraderState& value) {
    const auto& [minute, stage, candle, tick, order, position, order_deferral, position_deferral, commits,
                 request, question, interval, pending_id, paused, blocked, halted, flatten, profit, loss,
                 breakeven, warmup, calls] = value;
    add(minute, stage, candle, tick, order, position, order_deferral, position_deferral, commits, request,
        question, interval, pending_id, paused, blocked, halted, flatten, profit, loss, breakeven, warmup,
        calls);
  }
  void add(const FinishedSignal& value) {
    const auto& [signal, action, close_reason, cancel_reason, close, price, pnl, fees, id, ended] = value;
    add(signal, action, close_reason, cancel_reason, close, price, pnl, fees, id, ended);
  }
  void add(const RiskOwner& value) {
    const auto& [strategy, exchange, symbol] = value;
    add(strategy, exchange, symbol);
  }
  void add(const RiskPosition& value) {
    const auto& [owner, frame, position, open, take, stop, minutes, time] = value;
    add(owner, frame, position, open, take, stop, minutes, time);
  }
  void add(const host::RiskHold& value) {
    const auto& [profile, position] = value;
    add(profile, position);
  }
  void add(const OrderAnswer& value) {
    const auto& [verdict, why, fill] = value;
    add(verdict, why, fill);
  }
  void add(const lua::RunInput& value) {
    const auto& [kind, minute, stage, name, id, answer, positions, until] = value;
    add(kind, minute, stage, name, id, answer, positions, until);
  }
  void add(const Candle& c) { add(c.timestamp, c.open, c.high, c.low, c.close, c.volume); }
  void add(const Gap& g) { add(g.from, g.candles); }
  void add(const host::SavedTrader& s) { add(s.state, s.risk, s.decisions, s.finished); }
  void add(const host::Heritage& h) { add(h.state, h.risk); }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

template <typename T>
std::string bits(const T& value) {
  Bits all;
  all.add(value);
  return all.text();
}

}  // namespace btk::test
