#include "host/service/secrets.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace btk::host {
namespace {

constexpr std::string_view kEndings[] = {"KEY", "SECRET", "TOKEN", "PASSWORD", "PASSPHRASE", "SESSION"};
constexpr std::string_view kOrdinary[] = {"DESKTOP_SESSION",
                                          "GDMSESSION"};  ///< the desktop's name, "default" often
constexpr std::size_t kShortest = 6, kShownCharacters = 3;
constexpr std::size_t kTelling = 12;  ///< so much of a secret's beginning is no chance

bool is_secret_name(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
  if (std::find(std::begin(kOrdinary), std::end(kOrdinary), name) != std::end(kOrdinary)) return false;
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](auto ending) { return name.ends_with(ending); });
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
    if (!is_secret_name(name)) continue;
    for (std::size_t at = 0; at < value.size();) {
      const std::size_t end = std::min(value.find_first_of("\r\n", at), value.size());
      add(std::string_view(value).substr(at, end - at));
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

void Secrets::add(std::string_view value) {
  if (value.size() < kShortest) return;
  const std::string_view shown = beginning(value);
  const Form forms[] = {{std::string(value), std::string(shown)},
                        {in_json(value), in_json(shown)},
                        {in_url(value), in_url(shown)}};
  for (const Form& form : forms) {
    const bool known =
        std::any_of(forms_.begin(), forms_.end(), [&](const Form& f) { return f.text == form.text; });
    if (known) continue;
    begins_[static_cast<unsigned char>(form.text.front())] = true;
    forms_.push_back(form);
  }
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
      if (length < kTelling) continue;
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
