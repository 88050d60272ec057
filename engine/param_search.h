// Which points of a parameter space to try, and in which order. Pure: the caller
// asks for points, tries them however and wherever it likes, and tells what came
// of them. Points and their order depend on space, kind, number of trials, seed and
// the values told, never on how many were asked for at once or who was done first.
//
//   grid     every point, in order
//   random   points drawn without repeats, all equally likely
//   tpe      tree-structured Parzen estimator: J. Bergstra, R. Bardenet, Y. Bengio, B. Kegl, "Algorithms for
//            Hyper-Parameter Optimization", NeurIPS 24 (2011), section 4. The first points are random; then the
//            trials so far are split into the better fifth and the rest, each axis gets a density of either, l and g
//            (a mixture of the uniform prior and a bell around every trial; counts for choices), and of points drawn
//            from l the one with the highest l/g is tried next. Rounds have kRound points, whatever the number of
//            threads; a point is never tried twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/param_space.h"

namespace btk {

enum class SearchKind { grid, random, tpe };
std::string_view to_string(SearchKind kind);
std::optional<SearchKind> parse_search(std::string_view name);

class ParamSearch {
 public:
  static constexpr std::size_t kStartup = 20;  ///< random points before the first round of tpe
  static constexpr std::size_t kRound = 8;

  /// `space` must outlive the search. `trials`: points to try in all, at most those of the space; a grid has no limit.
  ParamSearch(const ParamSpace& space, SearchKind kind, std::uint64_t trials, std::uint64_t seed);

  /// How many points there will be in all.
  std::uint64_t total() const { return total_; }

  /// The next points, at most `most`; empty when there are no more. tpe wants the values of all points given out
  /// before, except within a round.
  std::vector<std::uint64_t> next(std::size_t most);
  /// What came of a point: higher is better, nothing is worst.
  void tell(std::uint64_t point, std::optional<double> value);

 private:
  struct Trial {
    std::uint64_t point;
    std::optional<double> value;
  };

  std::uint64_t draw_below(std::uint64_t bound);
  std::uint64_t draw_new();
  void plan_round();
  std::uint64_t most_promising(const std::vector<std::vector<double>>& better, const std::vector<std::vector<double>>& rest);
  std::size_t draw_from(const std::vector<double>& density);
  /// How likely each value of an axis is among `trials`, which are coordinates.
  std::vector<double> density(std::size_t axis, const std::vector<std::vector<std::size_t>>& trials) const;

  const ParamSpace& space_;
  SearchKind kind_;
  std::uint64_t total_, given_ = 0;
  std::mt19937_64 random_;
  std::unordered_map<std::uint64_t, std::uint64_t> swapped_;  ///< a shuffle of all points, as far as it was made
  std::uint64_t shuffled_ = 0;
  std::set<std::uint64_t> taken_;             ///< tpe: points given out or planned
  std::vector<std::uint64_t> round_;          ///< tpe: planned and not given out yet, last first
  std::map<std::uint64_t, Trial> told_;       ///< by the order in which they were given out
  std::unordered_map<std::uint64_t, std::uint64_t> order_;
};

}  // namespace btk
