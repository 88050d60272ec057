#include "host/service/secrets.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace btk::host {
namespace {

constexpr std::string_view kEndings[] = {"KEY",     "SECRET", "TOKEN", "PASSWORD",   "PASSPHRASE",
                                         "SESSION", "API_HASH", "PASSWORD_HASH", "PASS",  "CREDENTIAL", "CREDENTIALS"};
/// The desktop's name, "default" often; words that end in PASS by chance.
constexpr std::string_view kOrdinary[] = {"DESKTOP_SESSION", "GDMSESSION", "BYPASS", "COMPASS"};
constexpr std::size_t kShortest = 6, kShownCharacters = 3;
constexpr std::size_t kTelling = 12;  ///< so much of a secret's beginning is no chance

bool is_secret_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  const auto ends_in = [&](std::string_view word) { return name == word || name.ends_with("_" + std::string(word)); };
  if (std::any_of(std::begin(kOrdinary), std::end(kOrdinary), ends_in)) return false;
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](auto ending) { return name.ends_with(ending); });
}

// Says where a secret lies, and is none: masking it would mask half of the paths that messages name.
bool is_place(std::string_view value) {
  std::error_code ignored;
  return value.starts_with('/') && std::filesystem::exists(std::filesystem::path(value), ignored);
}

// The first characters of a UTF-8 text.
std::string_view beginning(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t characters = 0; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (starts && characters++ == kShownCharacters) break;
  }
  return text.substr(0, end);
}

std::string in_json(std::string_view text) {
  const std::string quoted =
      nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string in_url(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) || std::string_view("-._~").find(c) != std::string_view::npos);
    encoded += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return encoded;
}

}  // namespace

Secrets::Secrets(const std::vector<std::pair<std::string, std::string>>& variables) {
  for (const auto& [name, value] : variables) {
    add_url_passwords(value);
    if (!is_secret_name(name) || is_place(value)) continue;
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t end = std::min(value.find_first_of("\r\n", at), value.size());
      const std::string_view line = std::string_view(value).substr(at, end - at);
      if (line.size() >= kShortest) add("", line, beginning(line));
      at = end + 1;
    }
  }
}

Secrets Secrets::from_environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos)
      variables.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return Secrets(variables);
}

// scheme://user:password@host, as often as it is there. A short password, or one that is the user's name once more, may
// be an ordinary word: it is masked where an address has it, and not elsewhere.
void Secrets::add_url_passwords(std::string_view value) {
  constexpr std::string_view kScheme = "://", kEndOfHost = "/?# \t\r\n";
  for (std::size_t at = value.find(kScheme); at != std::string_view::npos; at = value.find(kScheme, at + 1)) {
    const std::size_t from = at + kScheme.size();
    const std::string_view host = value.substr(from, value.find_first_of(kEndOfHost, from) - from);
    const std::size_t sign = host.rfind('@'), colon = host.find(':');
    if (sign == std::string_view::npos || colon >= sign || colon + 1 == sign) continue;
    const std::string_view user = host.substr(0, colon), password = host.substr(colon + 1, sign - colon - 1);
    const bool telling = password.size() >= kShortest && password != user;
    add(value.substr(at, kScheme.size() + colon + 1), password, telling ? beginning(password) : "");
    if (telling) add("", password, beginning(password));
  }
}

void Secrets::add(std::string_view before, std::string_view secret, std::string_view shown) {
  const auto add_form = [&](const auto& encoded) {
    const std::string head = encoded(before);
    Form form{head + encoded(secret), head + encoded(shown), head.size() + kTelling};
    if (std::ranges::find(forms_, form.text, &Form::text) != forms_.end()) return;
    begins_[static_cast<unsigned char>(form.text.front())] = true;
    forms_.push_back(std::move(form));
  };
  add_form([](std::string_view text) { return std::string(text); });
  add_form(in_json);
  add_form(in_url);
}

// Of the forms that begin here, the one of which most is there.
std::pair<std::size_t, const Secrets::Form*> Secrets::found_at(std::string_view text) const {
  std::pair<std::size_t, const Form*> best{0, nullptr};
  for (const Form& form : forms_) {
    const auto limit = std::min(form.text.size(), text.size());
    auto length = static_cast<std::size_t>(
        std::mismatch(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(limit), form.text.begin())
            .first -
        text.begin());
    if (length < form.text.size()) {
      while (length > 0 && text[length - 1] == '\\') --length;  // or what follows would lose its escape
      if (length < form.telling) continue;
    }
    if (length > best.first) best = {length, &form};
  }
  return best;
}

std::string Secrets::mask(std::string_view text) const {
  std::string masked;
  if (empty()) {
    masked = text;
    return masked;
  }
  masked.reserve(text.size());
  std::size_t kept = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (!begins_[static_cast<unsigned char>(text[at])]) {
      ++at;
      continue;
    }
    const auto [length, form] = found_at(text.substr(at));
    if (form == nullptr) {
      ++at;
      continue;
    }
    masked.append(text, kept, at - kept).append(form->shown).append("***");
    kept = at += length;
  }
  return masked.append(text, kept);
}

}  // namespace btk::host
