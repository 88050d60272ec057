#include "engine/param_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace btk {
namespace {

constexpr std::array<std::string_view, 3> kSearchNames{"grid", "random", "tpe"};
constexpr double kBetterShare = 0.2;      ///< of the trials: those whose density is l
constexpr std::size_t kCandidates = 24;   ///< drawn for each point of a round

// exp(-x) for x >= 0 by squaring, to about nine digits: additions and multiplications only, so that the bits are the
// same everywhere (the C library's exp differs between processors). A search needs no more digits.
double falling_exp(double x) {
  if (x > 40) return 0;
  const double r = x / 1024;
  double y = 1 - r * (1 - r / 2 * (1 - r / 3));
  for (int i = 0; i < 10; ++i) y *= y;
  return y;
}

// Adds a bell of weight 1 around `centre`, cut off at the ends of the axis.
void add_bell(std::vector<double>& density, std::size_t centre, double width) {
  std::vector<double> bell(density.size());
  double total = 0;
  for (std::size_t i = 0; i < bell.size(); ++i) {
    const double distance = (static_cast<double>(i) - static_cast<double>(centre)) / width;
    total += bell[i] = falling_exp(distance * distance / 2);
  }
  for (std::size_t i = 0; i < bell.size(); ++i) density[i] += bell[i] / total;
}

// The widths of the paper: a bell reaches to the farther of its neighbours, within limits.
std::vector<double> bell_widths(const std::vector<std::size_t>& sorted, std::size_t values) {
  const auto size = static_cast<double>(values), count = static_cast<double>(sorted.size());
  const double narrowest = std::max(1.0, size / std::min(100.0, 1 + count));
  std::vector<double> widths(sorted.size());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto here = static_cast<double>(sorted[i]);
    const double left = i == 0 ? here + 1 : here - static_cast<double>(sorted[i - 1]);
    const double right = i + 1 == sorted.size() ? size - here : static_cast<double>(sorted[i + 1]) - here;
    widths[i] = std::clamp(std::max(left, right), narrowest, std::max(size, narrowest));
  }
  return widths;
}

}  // namespace

std::string_view to_string(SearchKind kind) { return kSearchNames[static_cast<std::size_t>(kind)]; }

std::optional<SearchKind> parse_search(std::string_view name) {
  const auto at = std::ranges::find(kSearchNames, name);
  if (at == kSearchNames.end()) return std::nullopt;
  return static_cast<SearchKind>(at - kSearchNames.begin());
}

ParamSearch::ParamSearch(const ParamSpace& space, SearchKind kind, std::uint64_t trials, std::uint64_t seed)
    : space_(space), kind_(kind), total_(kind == SearchKind::grid ? space.size() : std::min(trials, space.size())), random_(seed) {}

// Uniform in [0, bound): numbers that would favour the low ones are thrown away.
std::uint64_t ParamSearch::draw_below(std::uint64_t bound) {
  const std::uint64_t rest = (std::numeric_limits<std::uint64_t>::max() % bound + 1) % bound;
  while (true) {
    const std::uint64_t x = random_();
    if (x <= std::numeric_limits<std::uint64_t>::max() - rest) return x % bound;
  }
}

// The next card of a shuffled deck of all points, of which only the cards that moved are kept.
std::uint64_t ParamSearch::draw_new() {
  const auto card = [this](std::uint64_t place) {
    const auto moved = swapped_.find(place);
    return moved == swapped_.end() ? place : moved->second;
  };
  while (true) {
    const std::uint64_t place = shuffled_ + draw_below(space_.size() - shuffled_);
    const std::uint64_t point = card(place);
    swapped_[place] = card(shuffled_);
    swapped_.erase(shuffled_++);
    if (kind_ != SearchKind::tpe || taken_.insert(point).second) return point;
  }
}

std::vector<std::uint64_t> ParamSearch::next(std::size_t most) {
  std::vector<std::uint64_t> points;
  while (points.size() < most && given_ < total_) {
    std::uint64_t point = given_;
    if (kind_ == SearchKind::random) point = draw_new();
    if (kind_ == SearchKind::tpe) {
      if (round_.empty()) {
        if (!points.empty()) break;  // the next round needs the values of this one
        plan_round();
      }
      point = round_.back();
      round_.pop_back();
      order_[point] = given_;
    }
    points.push_back(point);
    ++given_;
  }
  return points;
}

void ParamSearch::tell(std::uint64_t point, std::optional<double> value) {
  if (kind_ == SearchKind::tpe) told_.insert_or_assign(order_.at(point), Trial{point, value});
}

void ParamSearch::plan_round() {
  const std::uint64_t left = total_ - given_;
  if (given_ == 0) {
    for (std::uint64_t i = std::min<std::uint64_t>(left, kStartup); i > 0; --i) round_.push_back(draw_new());
    std::ranges::reverse(round_);
    return;
  }
  std::vector<Trial> trials;
  for (const auto& [order, trial] : told_) trials.push_back(trial);
  // Of equal ones the earlier is better.
  std::ranges::stable_sort(trials, std::greater{},
                           [](const Trial& t) { return t.value.value_or(-std::numeric_limits<double>::infinity()); });
  const auto better_count = static_cast<std::size_t>(std::ceil(kBetterShare * static_cast<double>(trials.size())));
  std::vector<std::vector<std::size_t>> sides[2];
  for (std::size_t i = 0; i < trials.size(); ++i) sides[i < better_count ? 0 : 1].push_back(space_.coordinates(trials[i].point));
  std::vector<std::vector<double>> better, rest;
  for (std::size_t axis = 0; axis < space_.axes().size(); ++axis) {
    better.push_back(density(axis, sides[0]));
    rest.push_back(density(axis, sides[1]));
  }
  for (std::uint64_t i = std::min<std::uint64_t>(left, kRound); i > 0; --i) round_.push_back(most_promising(better, rest));
  std::ranges::reverse(round_);
}

std::vector<double> ParamSearch::density(std::size_t axis, const std::vector<std::vector<std::size_t>>& trials) const {
  const std::size_t values = space_.axes()[axis].values.size();
  std::vector<double> density(values, 1 / static_cast<double>(values));  // the prior counts as one trial
  std::vector<std::size_t> at;
  for (const auto& trial : trials) at.push_back(trial[axis]);
  if (space_.axes()[axis].ordered) {
    std::ranges::sort(at);
    const std::vector<double> widths = bell_widths(at, values);
    for (std::size_t i = 0; i < at.size(); ++i) add_bell(density, at[i], widths[i]);
  } else {
    for (const std::size_t i : at) density[i] += 1;
  }
  for (double& share : density) share /= static_cast<double>(trials.size() + 1);
  return density;
}

std::size_t ParamSearch::draw_from(const std::vector<double>& density) {
  double left = static_cast<double>(random_() >> 11) * 0x1p-53;
  for (std::size_t i = 0; i + 1 < density.size(); ++i) {
    left -= density[i];
    if (left < 0) return i;
  }
  return density.size() - 1;
}

std::uint64_t ParamSearch::most_promising(const std::vector<std::vector<double>>& better,
                                          const std::vector<std::vector<double>>& rest) {
  std::optional<std::uint64_t> best;
  double best_ratio = 0;
  for (std::size_t k = 0; k < kCandidates; ++k) {
    std::vector<std::size_t> at(better.size());
    double ratio = 1;
    for (std::size_t axis = 0; axis < at.size(); ++axis) {
      at[axis] = draw_from(better[axis]);
      ratio *= better[axis][at[axis]] / rest[axis][at[axis]];
    }
    const std::uint64_t point = space_.point(at);
    if (taken_.contains(point) || (best && ratio <= best_ratio)) continue;
    best = point, best_ratio = ratio;
  }
  if (!best) return draw_new();  // all around is known: look elsewhere
  taken_.insert(*best);
  return *best;
}

}  // namespace btk
