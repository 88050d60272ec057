#include "engine/param_space.h"

#include <algorithm>

#include "engine/error.h"
#include "engine/text.h"

namespace btk {
namespace {

constexpr std::uint64_t kMostPoints = std::uint64_t{1} << 53;

}  // namespace

std::string param_text(const ParamValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<double>(&value)) return shortest(*number);
  return std::get<std::string>(value);
}

ParamSpace::ParamSpace(std::vector<ParamAxis> axes) : axes_(std::move(axes)) {
  std::ranges::sort(axes_, {}, &ParamAxis::name);
  for (const ParamAxis& axis : axes_) {
    if (axis.values.empty()) throw Error("params: '" + axis.name + "' has no values");
    if (size_ > kMostPoints / axis.values.size()) {
      throw Error("params: the grid has more than 9e15 points; use larger steps");
    }
    size_ *= axis.values.size();
  }
}

std::vector<std::size_t> ParamSpace::coordinates(std::uint64_t point) const {
  std::vector<std::size_t> at(axes_.size());
  for (std::size_t i = axes_.size(); i-- > 0;) {
    at[i] = static_cast<std::size_t>(point % axes_[i].values.size());
    point /= axes_[i].values.size();
  }
  return at;
}

std::uint64_t ParamSpace::point(const std::vector<std::size_t>& coordinates) const {
  std::uint64_t point = 0;
  for (std::size_t i = 0; i < axes_.size(); ++i) point = point * axes_[i].values.size() + coordinates[i];
  return point;
}

const ParamValue& ParamSpace::value(std::uint64_t point, std::size_t axis) const {
  return axes_[axis].values[coordinates(point)[axis]];
}

}  // namespace btk
