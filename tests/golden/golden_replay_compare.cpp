#include "tests/golden/golden_replay_compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace btk::golden {
namespace {

constexpr double kTolerance = 1e-9;
constexpr const char* kNothing = "nothing";

// Relative, so that cheap coins are compared as sharply as dear ones; numbers this close to zero are zero.
bool same_number(double a, double b) {
  const double size = std::max(std::fabs(a), std::fabs(b));
  return size <= kTolerance || std::fabs(a - b) <= kTolerance * size;
}

std::string text(const Json* value) { return value ? value->dump() : kNothing; }

Difference differs(const Json* expected, const Json* got, const std::string& place) {
  Difference d;
  d.place = place;
  d.expected = text(expected);
  d.got = text(got);
  return d;
}

std::optional<Difference> compare_lists(const Json& expected, const Json& got, const std::string& place) {
  for (std::size_t i = 0; i < std::max(expected.size(), got.size()); ++i) {
    const std::string at = fmt::format("{}[{}]", place, i);
    const Json* e = i < expected.size() ? &expected[i] : nullptr;
    const Json* g = i < got.size() ? &got[i] : nullptr;
    if (!e || !g) return differs(e, g, at);
    auto d = first_difference(*e, *g, at);
    if (!d) continue;
    if (place !=
        "runs") {  // the outermost element tells most: the event, the command; a whole run is too much
      d->element = at;
      d->expected_element = *e;
      d->got_element = *g;
    }
    return d;
  }
  return std::nullopt;
}

std::optional<Difference> compare_sets(const Json& expected, const Json& got, const std::string& place) {
  const std::set<Json> e(expected.begin(), expected.end()), g(got.begin(), got.end());
  if (e == g) return std::nullopt;
  return differs(&expected, &got, place);
}

std::optional<Difference> compare_objects(const Json& expected, const Json& got, const std::string& place) {
  std::set<std::string> keys;
  for (const auto& item : expected.items()) keys.insert(item.key());
  for (const auto& item : got.items()) keys.insert(item.key());
  for (const std::string& key : keys) {
    const std::string at = place.empty() ? key : place + "." + key;
    const auto e = expected.find(key), g = got.find(key);
    if (e == expected.end()) return differs(nullptr, &*g, at);
    if (g == got.end()) return differs(&*e, nullptr, at);
    const bool is_set = key == "reasons" && e->is_array() && g->is_array();
    if (auto d = is_set ? compare_sets(*e, *g, at) : first_difference(*e, *g, at)) return d;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Difference> first_difference(const Json& expected, const Json& got, const std::string& place) {
  if (expected.is_object() && got.is_object()) return compare_objects(expected, got, place);
  if (expected.is_array() && got.is_array()) return compare_lists(expected, got, place);
  const bool is_exact = !expected.is_number_float() && !got.is_number_float();
  const bool same = expected.is_number() && got.is_number() && !is_exact
                        ? same_number(expected.get<double>(), got.get<double>())
                        : expected == got;
  if (same) return std::nullopt;
  return differs(&expected, &got, place);
}

std::string Difference::brief() const {
  return fmt::format("{}: expected {:.100}, got {:.100}", place, expected, got);
}

std::string Difference::full() const {
  std::string all = fmt::format("{}\n  expected {}\n  got      {}\n", place, expected, got);
  if (element.empty()) return all;
  return all + fmt::format("{} expected\n{}\n{} got\n{}\n", element, expected_element.dump(2), element,
                           got_element.dump(2));
}

}  // namespace btk::golden
