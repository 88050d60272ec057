#include "optimizer/llm/mask_times.h"

#include <charconv>

#include <fmt/format.h>

namespace btk::optimizer {
namespace {

int number(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

bool fits(std::string_view text, std::size_t at, std::string_view pattern) {
  if (text.size() < at + pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '0' ? !is_digit(text[at + i]) : text[at + i] != pattern[i]) return false;
  }
  return true;
}

std::string distance(Timestamp moment, Timestamp now) {
  const Timestamp minutes = (moment - now) / kMinute;
  const Timestamp size = minutes < 0 ? -minutes : minutes;
  const char sign = moment <= now ? '-' : '+';
  const Timestamp days = size / 1440;
  const std::string clock = fmt::format("{:02}:{:02}", size / 60 % 24, size % 60);
  return days > 0 ? fmt::format("{}{}d{}", sign, days, clock) : fmt::format("{}{}", sign, clock);
}

std::optional<WrittenDate> date_at(std::string_view text) {
  if (!fits(text, 0, "0000-00-00") && !fits(text, 0, "0000/00/00") && !fits(text, 0, "0000.00.00")) return std::nullopt;
  if (text.size() > 10 && is_digit(text[10])) return std::nullopt;
  const auto part = [&](std::size_t at, std::size_t size) { return text.substr(at, size); };
  std::size_t end = 10;
  std::string_view clock = "00:00", seconds = "00";
  Timestamp offset = 0;
  if (end < text.size() && (text[end] == 'T' || text[end] == ' ' || text[end] == '_') && fits(text, 11, "00:00")) {
    clock = part(11, 5);
    end = 16;
    if (fits(text, end, ":00")) {
      seconds = part(end + 1, 2);
      end += 3;
      if (fits(text, end, ".0")) end = skip_digits(text, end + 1);
    }
    if (end < text.size() && text[end] == 'Z') {
      ++end;
    } else if (text[10] == 'T' && (fits(text, end, "+00:00") || fits(text, end, "-00:00"))) {
      offset = (number(part(end + 1, 2)) * 60 + number(part(end + 4, 2))) * kMinute * (text[end] == '-' ? -1 : 1);
      end += 6;
    }
  }
  const auto moment = parse_date(fmt::format("{}-{}-{}T{}:{}Z", part(0, 4), part(5, 2), part(8, 2), clock, seconds));
  if (!moment) return std::nullopt;
  return WrittenDate{end, *moment - offset};
}

std::optional<Timestamp> compact_date(std::string_view digits) {
  if (digits.size() != 8 && digits.size() != 12 && digits.size() != 14) return std::nullopt;
  const auto part = [&](std::size_t at) { return at < digits.size() ? digits.substr(at, 2) : std::string_view("00"); };
  return parse_date(fmt::format("{}-{}-{}T{}:{}:{}Z", digits.substr(0, 4), part(4), part(6), part(8), part(10), part(12)));
}

std::optional<Timestamp> unix_time(std::string_view digits) {
  std::int64_t value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) return std::nullopt;
  switch (digits.size()) {
    case 10: return value * 1000;
    case 13: return value;
    case 16: return value / 1000;
    case 19: return value / 1'000'000;
    default: return std::nullopt;
  }
}

}  // namespace btk::optimizer
