#include "optimizer/llm/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include <fmt/format.h>

namespace btk::optimizer {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kQuotes[] = {"USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USD", "EUR", "BTC", "ETH"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kSpokenNames{{
    {"BTC", "bitcoin"}, {"ETH", "ethereum"}, {"ETH", "ether"}, {"SOL", "solana"}, {"BNB", "binance coin"},
    {"XRP", "ripple"}, {"DOGE", "dogecoin"}, {"LTC", "litecoin"}, {"ARB", "arbitrum"}, {"ADA", "cardano"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

bool begins_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (upper(text[i]) != upper(word[i])) return false;
  }
  return true;
}

// "-3d04:10"
std::string distance(Timestamp moment, Timestamp now) {
  const Timestamp minutes = (moment - now) / kMinute;
  const Timestamp size = minutes < 0 ? -minutes : minutes;
  const char sign = moment <= now ? '-' : '+';
  const Timestamp days = size / 1440;
  const std::string clock = fmt::format("{:02}:{:02}", size / 60 % 24, size % 60);
  return days > 0 ? fmt::format("{}{}d{}", sign, days, clock) : fmt::format("{}{}", sign, clock);
}

// The length of a date at the beginning of the text: 2022-03-31, with T or a blank and a time behind it. 0: none.
std::size_t date_length(std::string_view text) {
  const auto fits = [&](std::size_t at, std::string_view pattern) {
    if (text.size() < at + pattern.size()) return false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      if (pattern[i] == '0' ? !is_digit(text[at + i]) : text[at + i] != pattern[i]) return false;
    }
    return true;
  };
  if (!fits(0, "0000-00-00")) return 0;
  std::size_t end = 10;
  if ((fits(10, "T00:00") || fits(10, " 00:00"))) {
    end = 16;
    if (fits(end, ":00")) end += 3;
    if (fits(end, ".000")) end += 4;
    if (end < text.size() && text[end] == 'Z') ++end;
  }
  return end;
}

std::optional<Timestamp> read_date(std::string_view text) {
  std::string iso(text);
  if (iso.size() > 10) iso[10] = 'T';
  return parse_date(iso);
}

// The names of the market, longest first.
std::vector<std::string> names_of(const std::string& symbol) {
  std::vector<std::string> names{symbol};
  std::string base;
  for (const std::string_view quote : kQuotes) {
    if (symbol.size() > quote.size() && symbol.ends_with(quote)) {
      base = symbol.substr(0, symbol.size() - quote.size());
      while (!base.empty() && !is_word(base.back())) base.pop_back();
      names.push_back(base + "/" + std::string(quote));
      names.push_back(base + "-" + std::string(quote));
      names.push_back(base);
      break;
    }
  }
  for (const auto& [asset, name] : kSpokenNames) {
    if (asset == base) names.emplace_back(name);
  }
  std::ranges::stable_sort(names, std::greater{}, &std::string::size);
  return names;
}

class Masker {
 public:
  Masker(std::string_view text, const lua::LlmMask& mask) : text_(text), mask_(mask), names_(names_of(mask.symbol)) {}

  std::string run() {
    while (at_ < text_.size()) {
      const bool fresh = at_ == 0 || !is_word(text_[at_ - 1]);
      if (fresh && (take_name() || take_date())) continue;
      if (is_digit(text_[at_]) && fresh && take_number()) continue;
      out_ += text_[at_++];
    }
    return std::move(out_);
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  bool take_name() {
    for (const std::string& name : names_) {
      if (name.empty() || !begins_with_word(rest(), name)) continue;
      const std::size_t end = at_ + name.size();
      if (end < text_.size() && is_word(text_[end])) continue;
      out_ += "ASSET";
      at_ = end;
      return true;
    }
    return false;
  }

  bool take_date() {
    const std::size_t length = date_length(rest());
    if (length == 0) return false;
    const auto moment = read_date(text_.substr(at_, length));
    if (!moment) return false;
    out_ += distance(*moment, mask_.now);
    at_ += length;
    return true;
  }

  bool take_number() {
    std::size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    const bool whole = end == text_.size() || text_[end] != '.' || end + 1 >= text_.size() || !is_digit(text_[end + 1]);
    if (!whole) {
      ++end;
      while (end < text_.size() && is_digit(text_[end])) ++end;
    }
    if (end + 1 < text_.size() && (text_[end] == 'e' || text_[end] == 'E')) {
      std::size_t power = end + 1;
      if (text_[power] == '+' || text_[power] == '-') ++power;
      if (power < text_.size() && is_digit(text_[power])) {
        while (power < text_.size() && is_digit(text_[power])) ++power;
        end = power;
      }
    }
    const std::string_view digits = text_.substr(at_, end - at_);
    if (whole && (digits.size() == 13 || digits.size() == 10)) {
      Timestamp moment = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), moment);
      if (digits.size() == 10) moment *= 1000;
      // Inside JSON the distance has to stay a value: it becomes a text.
      out_ += fmt::format("\"{}\"", distance(moment, mask_.now));
      at_ = end;
      return true;
    }
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (!(mask_.price > 0) || !(value >= mask_.low && value <= mask_.high)) {
      out_ += digits;
    } else {
      out_ += fmt::format("{:.6g}", value / mask_.price);
    }
    at_ = end;
    return true;
  }

  std::string_view text_;
  const lua::LlmMask& mask_;
  std::vector<std::string> names_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string masked(std::string_view text, const lua::LlmMask& mask) { return Masker(text, mask).run(); }

lua::LlmMask without_prices(lua::LlmMask mask) {
  mask.low = 1;
  mask.high = 0;
  return mask;
}

std::string unmasked_signal(const std::string& text, const lua::LlmMask& mask) {
  auto signal = nlohmann::json::parse(text);
  for (const char* name : {"price_open", "price_take_profit", "price_stop_loss"}) {
    const auto found = signal.find(name);
    if (found != signal.end() && found->is_number()) *found = found->get<double>() * mask.price;
  }
  return signal.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace btk::optimizer
