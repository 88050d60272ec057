#include "engine/risk_book.h"

#include <algorithm>

namespace btk {
namespace {

template <class Positions>
auto find(Positions& positions, const RiskOwner& owner) {
  return std::find_if(positions.begin(), positions.end(), [&](const RiskPosition& p) { return p.owner == owner; });
}

}  // namespace

const std::vector<RiskPosition>& RiskBook::positions(const std::string& profile) const {
  static const std::vector<RiskPosition> kNone;
  const auto it = profiles_.find(profile);
  return it == profiles_.end() ? kNone : it->second.positions;
}

bool RiskBook::holds(const std::string& profile, const RiskOwner& owner) const {
  const auto& all = positions(profile);
  return find(all, owner) != all.end();
}

void RiskBook::put(const std::string& profile, const RiskPosition& position) {
  auto& [all, version] = profiles_[profile];
  ++version;
  if (const auto it = find(all, position.owner); it != all.end()) {
    *it = position;
  } else {
    all.push_back(position);
  }
}

void RiskBook::release(const std::string& profile, const RiskOwner& owner) {
  const auto it = profiles_.find(profile);
  if (it == profiles_.end()) return;
  auto& [all, version] = it->second;
  if (std::erase_if(all, [&](const RiskPosition& p) { return p.owner == owner; }) > 0) ++version;
}

void RiskBook::release(const RiskOwner& owner) {
  for (const auto& [name, profile] : profiles_) release(name, owner);
}

std::vector<std::pair<std::string, RiskPosition>> RiskBook::held_by(const RiskOwner& owner) const {
  std::vector<std::pair<std::string, RiskPosition>> held;
  for (const auto& [name, profile] : profiles_) {
    if (const auto it = find(profile.positions, owner); it != profile.positions.end()) held.emplace_back(name, *it);
  }
  return held;
}

bool RiskBook::empty() const {
  return std::all_of(profiles_.begin(), profiles_.end(), [](const auto& p) { return p.second.positions.empty(); });
}

std::uint64_t RiskBook::version(const std::string& profile) const {
  const auto it = profiles_.find(profile);
  return it == profiles_.end() ? 0 : it->second.version;
}

}  // namespace btk
