#include "host/service/limits.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "engine/error.h"
#include "host/cli/usage_error.h"
#include "host/json.h"

namespace btk::host {
namespace {

std::optional<double> read_amount(std::string_view text) {
  double amount = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(amount) || amount <= 0)
    return std::nullopt;
  return amount;
}

// JSON has no word for what is no number: it must stay one that blocks, and not keep a session from starting.
double number_or_nan(const Json& value) {
  return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

}  // namespace

Limits read_limits(const std::string& loss, const std::string& exposure, double capital) {
  Limits limits;
  if (!loss.empty()) {
    const bool share = loss.back() == '%';
    const auto amount = read_amount(std::string_view(loss).substr(0, loss.size() - (share ? 1 : 0)));
    if (!amount || (share && *amount > 100)) {
      throw UsageError(fmt::format(
          "--max-daily-loss {}: give an amount above zero (250) or a share of --capital (5%)", loss));
    }
    limits.max_daily_loss = share ? capital * *amount / 100 : *amount;
  }
  if (!exposure.empty()) {
    limits.max_exposure = read_amount(exposure);
    if (!limits.max_exposure)
      throw UsageError(fmt::format("--max-exposure {}: give an amount above zero", exposure));
  }
  return limits;
}

Json to_json(const LimitState& s) {
  Json open = Json::object();
  for (const auto& [trader, holding] : s.open)
    open[trader] = {{"pnl", holding.pnl}, {"exposure", holding.exposure}, {"closed", holding.closed}};
  return {{"day", s.day},
          {"realised", s.realised},
          {"open_before", s.open_before},
          {"tripped", s.tripped},
          {"open", open}};
}

LimitState read_limit_state(const Json& json) {
  try {
    LimitState state{json.at("day").get<Timestamp>(),
                     number_or_nan(json.at("realised")),
                     number_or_nan(json.at("open_before")),
                     json.at("tripped").get<bool>(),
                     {}};
    for (const auto& [trader, holding] : json.at("open").items()) {
      state.open[trader] = {number_or_nan(holding.at("pnl")), number_or_nan(holding.at("exposure")),
                            holding.value("closed", std::string())};
    }
    return state;
  } catch (const Json::exception& e) {
    throw Error(fmt::format("the state of the loss limit cannot be read: {}", e.what()));
  }
}

LimitBook::LimitBook(const Limits& limits, const LimitState& state) : limits_(limits), state_(state) {}

void LimitBook::set_open(const std::string& trader, Timestamp now, double pnl, double exposure) {
  const std::lock_guard lock(mutex_);
  turn_day(now);
  LimitState::Holding& holding = state_.open[trader];
  holding.pnl = pnl;
  holding.exposure = exposure;
  reserved_.erase(trader);
  look();
}

void LimitBook::add_closed(const std::string& trader, Timestamp now, const std::string& signal_id, double pnl) {
  const std::lock_guard lock(mutex_);
  turn_day(now);
  LimitState::Holding& holding = state_.open[trader];
  if (holding.closed == signal_id) return;
  holding.closed = signal_id;
  state_.realised += pnl;
  // It was part of what is open: it does not count twice until set_open tells what is left.
  holding.pnl -= pnl;
}

double LimitBook::last_pnl(const std::string& trader) const {
  const std::lock_guard lock(mutex_);
  const auto found = state_.open.find(trader);
  return found == state_.open.end() ? 0 : found->second.pnl;
}

void LimitBook::keep_only(const std::set<std::string>& traders) {
  const std::lock_guard lock(mutex_);
  std::erase_if(state_.open, [&](const auto& entry) {
    if (traders.contains(entry.first)) return false;
    state_.realised += entry.second.pnl;
    return true;
  });
}

std::optional<std::string> LimitBook::refuse_entry(const std::string& trader, Timestamp now,
                                                   double exposure) {
  const std::lock_guard lock(mutex_);
  turn_day(now);
  look();
  if (std::string reason = why(); !reason.empty()) return reason;
  reserved_.erase(trader);
  const double held = this->exposure();
  if (limits_.max_exposure && !(held + exposure <= *limits_.max_exposure)) {
    return fmt::format("an entry of {:.2f} beside {:.2f} already open would exceed --max-exposure {:.2f}",
                       exposure, held, *limits_.max_exposure);
  }
  reserved_[trader] = exposure;
  return std::nullopt;
}

LimitBook::View LimitBook::view(Timestamp now) {
  const std::lock_guard lock(mutex_);
  turn_day(now);
  look();
  return {daily_pnl(), exposure(), state_.tripped, state_.tripped && limits_.flatten, why()};
}

LimitState LimitBook::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

// Traders follow each other by seconds: a day that has begun does not end again.
void LimitBook::turn_day(Timestamp now) {
  const Timestamp day = align(now, kDay);
  if (day <= state_.day) return;
  state_.day = day;
  state_.realised = 0;
  state_.open_before = open_pnl();
  state_.tripped = false;
}

void LimitBook::look() {
  // A loss that is no number is not below the limit.
  if (limits_.max_daily_loss && !(daily_pnl() > -*limits_.max_daily_loss)) state_.tripped = true;
}

double LimitBook::open_pnl() const {
  double sum = 0;
  for (const auto& [trader, holding] : state_.open) sum += holding.pnl;
  return sum;
}

double LimitBook::daily_pnl() const { return state_.realised + open_pnl() - state_.open_before; }

double LimitBook::exposure() const {
  double sum = 0;
  for (const auto& [trader, holding] : state_.open) sum += holding.exposure;
  for (const auto& [trader, exposure] : reserved_) sum += exposure;
  return sum;
}

std::string LimitBook::why() const {
  if (!state_.tripped) return {};
  return fmt::format(
      "the loss of this day reached --max-daily-loss {:.2f} ({:+.2f} now): no entries until {}",
      *limits_.max_daily_loss, daily_pnl(), format_minute(state_.day + kDay));
}

}  // namespace btk::host
