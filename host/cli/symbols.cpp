#include "host/cli/symbols.h"

#include <algorithm>

#include "host/cli/usage_error.h"
#include "host/report/cells.h"

namespace btk::host {
namespace {

constexpr std::string_view kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:";

}  // namespace

void check_symbol(std::string_view symbol, std::string_view source) {
  if (symbol.empty()) throw UsageError(fmt::format("{}: a symbol is empty", source));
  const auto stranger = symbol.find_first_not_of(kAllowed);
  if (stranger != std::string_view::npos) {
    throw UsageError(fmt::format("{}: symbol \"{}\" has a character other than A-Z 0-9 . _ - / :", source, symbol));
  }
  if (symbol.find("..") != std::string_view::npos) {
    throw UsageError(fmt::format("{}: symbol \"{}\" must not hold \"..\"", source, symbol));
  }
}

std::vector<std::string> read_symbols(std::string_view list, std::string_view source) {
  constexpr std::string_view kSeparators = ",; \t\r\n";
  std::vector<std::string> symbols;
  for (std::size_t at = 0; at < list.size();) {
    at = list.find_first_not_of(kSeparators, at);
    if (at == std::string_view::npos) break;
    const std::size_t end = std::min(list.find_first_of(kSeparators, at), list.size());
    std::string symbol = upper_text(list.substr(at, end - at));
    check_symbol(symbol, source);
    if (std::find(symbols.begin(), symbols.end(), symbol) == symbols.end()) symbols.push_back(std::move(symbol));
    at = end;
  }
  if (symbols.empty()) throw UsageError(fmt::format("{}: the list of symbols is empty", source));
  return symbols;
}

std::vector<std::string> choose_symbols(const std::optional<std::string>& option, const char* environment) {
  if (option) return read_symbols(*option, "--symbols");
  if (environment && *environment != '\0') return read_symbols(environment, "CC_SYMBOL_LIST");
  return {};
}

}  // namespace btk::host
