#include "engine/param_search.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "engine/error.h"

using namespace btk;

namespace {

ParamAxis range(const char* name, int values) {
  ParamAxis axis{name, {}, true};
  for (int i = 0; i < values; ++i) axis.values.emplace_back(static_cast<double>(i));
  return axis;
}

ParamAxis choice(const char* name, std::vector<std::string> values) {
  ParamAxis axis{name, {}, false};
  for (std::string& value : values) axis.values.emplace_back(std::move(value));
  return axis;
}

// A hill whose top is one point of 40 x 40 x 3, with a broad foot.
double hill(const ParamSpace& space, std::uint64_t point) {
  const auto at = space.coordinates(point);
  const double a = static_cast<double>(at[0]) - 31, b = static_cast<double>(at[1]) - 7;
  return (at[2] == 1 ? 20.0 : 0.0) - a * a / 10 - b * b / 10;
}

ParamSpace hill_space() { return ParamSpace({range("fast", 40), range("slow", 40), choice("which", {"x", "y", "z"})}); }

// All points of a search in the order in which they are given out.
template <class Value>
std::vector<std::uint64_t> search(ParamSearch& s, std::size_t most, Value value) {
  std::vector<std::uint64_t> all;
  while (true) {
    const auto points = s.next(most);
    if (points.empty()) return all;
    for (const std::uint64_t p : points) s.tell(p, value(p));
    all.insert(all.end(), points.begin(), points.end());
  }
}

double best_of(SearchKind kind, std::uint64_t seed) {
  const ParamSpace space = hill_space();
  ParamSearch s(space, kind, 100, seed);
  double best = -1e9;
  for (const std::uint64_t p : search(s, 8, [&](std::uint64_t p) { return hill(space, p); })) best = std::max(best, hill(space, p));
  return best;
}

}  // namespace

TEST_CASE("a grid has every point once, the last axis changing fastest") {
  const ParamSpace space({range("b", 2), choice("a", {"x", "y", "z"})});
  ParamSearch grid(space, SearchKind::grid, 0, 1);
  CHECK(grid.total() == 6);
  std::string seen;
  for (const std::uint64_t p : search(grid, 4, [](std::uint64_t) { return 0.0; })) {
    seen += param_text(space.value(p, 0)) + param_text(space.value(p, 1)) + " ";
    CHECK(space.point(space.coordinates(p)) == p);
  }
  CHECK(seen == "x0 x1 y0 y1 z0 z1 ");
}

TEST_CASE("random points come without repeats, the same for a seed however many are asked for at once") {
  const ParamSpace space = hill_space();
  const auto points = [&](std::uint64_t seed, std::size_t most) {
    ParamSearch s(space, SearchKind::random, 500, seed);
    return search(s, most, [](std::uint64_t) { return 0.0; });
  };
  const auto one = points(7, 1);
  CHECK(one.size() == 500);
  CHECK(std::set(one.begin(), one.end()).size() == 500);
  CHECK(one == points(7, 64));
  CHECK(one != points(8, 64));
  // A quarter of the points lies in each quarter of the grid.
  CHECK(std::ranges::count_if(one, [&](std::uint64_t p) { return p < space.size() / 4; }) == Approx(125).margin(35));
}

TEST_CASE("more trials than points try them all") {
  const ParamSpace space({range("a", 5), range("b", 6)});
  for (const SearchKind kind : {SearchKind::random, SearchKind::tpe}) {
    ParamSearch s(space, kind, 1000, 3);
    CHECK(s.total() == 30);
    const auto all = search(s, 7, [](std::uint64_t p) { return static_cast<double>(p % 7); });
    CHECK(std::set(all.begin(), all.end()).size() == 30);
  }
}

TEST_CASE("tpe tries the same points however many are asked for at once and in whatever order it is told") {
  const ParamSpace space = hill_space();
  ParamSearch a(space, SearchKind::tpe, 90, 5), b(space, SearchKind::tpe, 90, 5);
  const auto all = search(a, 3, [&](std::uint64_t p) { return hill(space, p); });
  std::vector<std::uint64_t> other;
  while (true) {
    auto points = b.next(1000);
    if (points.empty()) break;
    other.insert(other.end(), points.begin(), points.end());
    std::ranges::reverse(points);
    for (const std::uint64_t p : points) b.tell(p, hill(space, p));
  }
  CHECK(all.size() == 90);
  CHECK(all == other);
}

TEST_CASE("tpe comes nearer to the top of a hill than random search in as many trials") {
  int won = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) won += best_of(SearchKind::tpe, seed) > best_of(SearchKind::random, seed);
  CHECK(won >= 17);
}

TEST_CASE("points without a value are the worst, and tpe goes on when there is nothing else") {
  const ParamSpace space = hill_space();
  ParamSearch s(space, SearchKind::tpe, 60, 1);
  CHECK(search(s, 8, [](std::uint64_t) { return std::optional<double>(); }).size() == 60);
}

TEST_CASE("a space without anything to vary is one point; one beyond counting is refused") {
  const ParamSpace none({});
  ParamSearch s(none, SearchKind::tpe, 10, 1);
  CHECK(search(s, 8, [](std::uint64_t) { return 1.0; }).size() == 1);
  std::vector<ParamAxis> many;
  for (int i = 0; i < 20; ++i) many.push_back(range("p", 1000));
  CHECK_THROWS_WITH(ParamSpace(many), Catch::Matchers::Contains("use larger steps"));
}
