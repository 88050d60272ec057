#include "lua/library_text.h"

#include <algorithm>
#include <limits>
#include <string>

#include "engine/text.h"
#include "engine/time.h"

namespace {

int32_t write(const std::string& text, char* out, int32_t size) {
  if (text.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(text.begin(), text.end(), out);
  return static_cast<int32_t>(text.size());
}

}  // namespace

int32_t btk_text_shortest(double value, char* out, int32_t size) {
  return write(btk::shortest(value), out, size);
}

int32_t btk_text_fixed(double value, int32_t digits, char* out, int32_t size) {
  return write(btk::fixed(value, digits), out, size);
}

double btk_text_parse_date(const char* text, int32_t size) {
  const auto moment = btk::parse_date({text, static_cast<std::size_t>(size)});
  return moment ? static_cast<double>(*moment) : std::numeric_limits<double>::quiet_NaN();
}
