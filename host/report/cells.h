// How values become text in Markdown reports (analytics.md 2.1): prices, signed
// percent, notes without their own Markdown. An absent or non-finite number is
// "N/A".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace btk::host {

inline constexpr std::string_view kNotAvailable = "N/A";

/// fixed(digits) and a unit: number_text(1.5, 2, "%") is "1.50%".
std::string number_text(std::optional<double> value, int digits, std::string_view unit = {});
/// The same with "+" in front of positive values.
std::string signed_text(std::optional<double> value, int digits, std::string_view unit = {});

/// "27000.50 USD": two digits from 1 on, two more for each power of ten below, eight at most.
std::string price_text(std::optional<double> value);
/// The same with "+" in front of positive values.
std::string signed_price_text(std::optional<double> value);

/// ASCII letters become upper case.
std::string upper_text(std::string_view text);

/// One line without Markdown and HTML: emphasis, links, images and headers reduced to their text, code
/// blocks, rules, quote marks and tags dropped, list markers as "• ", white space collapsed. Empty text gives
/// "N/A".
std::string note_text(std::string_view note);

}  // namespace btk::host
