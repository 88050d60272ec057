#include "host/report/cells.h"

#include <cctype>
#include <cmath>

#include "engine/text.h"

namespace btk::host {
namespace {

std::optional<double> usable(std::optional<double> value) {
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string with_plus(std::optional<double> value, std::string text) {
  return usable(value) && *value > 0 ? "+" + text : text;
}

// min(8, max(2, 2 - 2 * floor(log10(|v|)))) by comparison, which no rounding of a logarithm can upset.
int price_digits(double value) {
  const double magnitude = std::fabs(value);
  if (magnitude == 0 || magnitude >= 1) return 2;
  if (magnitude >= 0.1) return 4;
  return magnitude >= 0.01 ? 6 : 8;
}

}  // namespace

std::string number_text(std::optional<double> value, int digits, std::string_view unit) {
  const auto number = usable(value);
  return number ? fixed(*number, digits).append(unit) : std::string(kNotAvailable);
}

std::string signed_text(std::optional<double> value, int digits, std::string_view unit) {
  return with_plus(value, number_text(value, digits, unit));
}

std::string price_text(std::optional<double> value) {
  const auto number = usable(value);
  return number ? fixed(*number, price_digits(*number)) + " USD" : std::string(kNotAvailable);
}

std::string signed_price_text(std::optional<double> value) { return with_plus(value, price_text(value)); }

std::string upper_text(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace btk::host
