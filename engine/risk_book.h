// Who holds what under which risk profile. One book serves one trader or a
// group of traders that share limits; it belongs to one run and starts empty.
// It keeps no rules: those are the script's.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/signal.h"
#include "engine/time.h"

namespace btk {

/// One holder under a profile: a strategy has at most one position per exchange and symbol.
struct RiskOwner {
  std::string strategy_name, exchange_name, symbol;
  bool operator==(const RiskOwner&) const = default;
};

/// What a risk validation sees of a position: a snapshot from its opening (engine.md 10.2).
struct RiskPosition {
  RiskOwner owner;
  std::string frame_name;
  Side position = Side::long_side;
  double price_open = 0, price_take_profit = 0, price_stop_loss = 0;
  double minute_estimated_time = 0;
  Timestamp open_timestamp = 0;
};

class RiskBook {
 public:
  /// Open positions and reservations under `profile` in the order in which they came.
  const std::vector<RiskPosition>& positions(const std::string& profile) const;
  bool holds(const std::string& profile, const RiskOwner& owner) const;
  /// Reserves a place, or replaces what the same owner holds by its real values.
  void put(const std::string& profile, const RiskPosition& position);
  void release(const std::string& profile, const RiskOwner& owner);
  /// Gives back every place of the owner, under whatever profile.
  void release(const RiskOwner& owner);
  /// Every place of the owner, with its profile.
  std::vector<std::pair<std::string, RiskPosition>> held_by(const RiskOwner& owner) const;
  bool empty() const;
  /// Moves with every change under `profile`: whoever judged older positions judges again.
  std::uint64_t version(const std::string& profile) const;

 private:
  struct Profile {
    std::vector<RiskPosition> positions;
    std::uint64_t version = 0;
  };
  std::map<std::string, Profile> profiles_;
};

}  // namespace btk
