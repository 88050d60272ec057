#include "engine/event.h"

#include <array>

namespace btk {
namespace {

template <std::size_t N, class E>
std::string_view name_of(const std::array<std::string_view, N>& names, E value) {
  return names.at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view to_string(Action action) {
  static constexpr std::array<std::string_view, 7> kNames = {"idle",   "scheduled", "waiting",  "opened",
                                                             "active", "closed",    "cancelled"};
  return name_of(kNames, action);
}

std::string_view to_string(CloseReason reason) {
  static constexpr std::array<std::string_view, 6> kNames = {"",            "take_profit",  "stop_loss",
                                                             "liquidation", "time_expired", "closed"};
  return name_of(kNames, reason);
}

std::string_view to_string(CancelReason reason) {
  static constexpr std::array<std::string_view, 4> kNames = {"", "timeout", "price_reject", "user"};
  return name_of(kNames, reason);
}

std::string_view to_string(CommitAction action) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "partial-profit", "partial-loss", "trailing-stop",      "trailing-take",    "breakeven",
      "average-buy",    "activate-scheduled", "cancel-scheduled", "close-pending"};
  return name_of(kNames, action);
}

std::string_view to_string(OrderAsk kind) {
  static constexpr std::array<std::string_view, 6> kNames = {"open",  "place",          "activate",
                                                             "close", "check-position", "check-order"};
  return name_of(kNames, kind);
}

}  // namespace btk
