// Moments as texts write them, and what takes their place (optimizer/llm/mask.h).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "engine/time.h"

namespace btk::optimizer {

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Where the digits that begin at `at` end.
std::size_t skip_digits(std::string_view text, std::size_t at);
/// Does `pattern` stand at `at`? Its zeros are any digits.
bool fits(std::string_view text, std::size_t at, std::string_view pattern);

/// How far a moment is away: "-3d04:10".
std::string distance(Timestamp moment, Timestamp now);

struct WrittenDate {
  std::size_t length = 0;  ///< of the text
  Timestamp moment = 0;
};
/// A date at the beginning of the text: 2022-03-31, 2022/03/31 or 2022.03.31, with T, a blank or _ and a time behind it.
std::optional<WrittenDate> date_at(std::string_view text);
/// 20220331, 202203312355, 20220331235500.
std::optional<Timestamp> compact_date(std::string_view digits);
/// Unix seconds, milli-, micro- or nanoseconds, by the number of digits.
std::optional<Timestamp> unix_time(std::string_view digits);

}  // namespace btk::optimizer
