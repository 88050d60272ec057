// Which symbols a command runs over (optimizer-cli.md 2.4).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace btk::host {

/// Symbols of a list separated by commas, semicolons or blanks: upper-cased, without repeats, in order.
/// `source` says where the list comes from. Throws UsageError for an empty list or a symbol with other
/// characters than A-Z 0-9 . _ - / : (symbols become parts of paths).
std::vector<std::string> read_symbols(std::string_view list, std::string_view source);

/// --symbols wins over CC_SYMBOL_LIST; with neither the list is empty and the script decides.
std::vector<std::string> choose_symbols(const std::optional<std::string>& option, const char* environment);

/// Throws UsageError for a symbol that cannot be part of a path.
void check_symbol(std::string_view symbol, std::string_view source);

}  // namespace btk::host
