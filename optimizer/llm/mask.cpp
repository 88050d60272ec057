#include "optimizer/llm/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace btk::optimizer {
namespace {

using namespace std::string_view_literals;

constexpr Timestamp kYear = 365 * kDay;
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

// priceOpen, price_open and PRICE OPEN are one name.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '_' && c != ' ' && c != '-') out += upper(c);
  }
  return out;
}

// The length of a number at the beginning of the text, with its sign, fraction and power; 0: none.
std::size_t number_length(std::string_view text) {
  std::size_t end = !text.empty() && text[0] == '-' ? 1 : 0;
  const std::size_t digits = end;
  while (end < text.size() && is_digit(text[end])) ++end;
  if (end == digits) return 0;
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
    ++end;
    while (end < text.size() && is_digit(text[end])) ++end;
  }
  if (end + 1 < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t power = end + 1;
    if (text[power] == '+' || text[power] == '-') ++power;
    if (power < text.size() && is_digit(text[power])) {
      while (power < text.size() && is_digit(text[power])) ++power;
      end = power;
    }
  }
  return end;
}

std::size_t blanks(std::string_view text) { return std::min(text.find_first_not_of(" \t"), text.size()); }

class Masker {
 public:
  explicit Masker(const lua::LlmMask& mask) : mask_(mask), names_(names_of(mask.symbol)) {
    if (mask.price > 0) {
      for (const std::string& field : mask.price_fields) fields_.insert(plain(field));
    }
  }

  // Line by line: a table's columns are known from its head.
  std::string run(std::string_view text) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      if (!line.starts_with('|')) {
        columns_.clear();
        part(line);
      } else if (!columns_.empty()) {
        row(line);
      } else {
        if (end < text.size() && is_rule(text.substr(end + 1))) columns_ = columns_of(line);
        part(line);
      }
      if (end < text.size()) out_ += '\n';
      begin = end + 1;
    }
    return std::move(out_);
  }

 private:
  // Text outside of tables, or one cell.
  void part(std::string_view text) {
    text_ = text;
    at_ = 0;
    while (at_ < text_.size()) {
      const bool fresh = at_ == 0 || !is_word(text_[at_ - 1]);
      if (fresh && (take_candle() || take_name() || take_date() || take_time())) continue;
      if (text_[at_] == '"' && take_field()) continue;
      out_ += text_[at_++];
    }
  }

  // "| --- |" under a table's head.
  static bool is_rule(std::string_view text) {
    return text.starts_with("| ---") || text.starts_with("|---") || text.starts_with("| :--") || text.starts_with("|:--");
  }

  static std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    for (std::size_t begin = 1; begin < line.size();) {
      const std::size_t end = std::min(line.find('|', begin), line.size());
      cells.push_back(line.substr(begin, end - begin));
      begin = end + 1;
    }
    return cells;
  }

  std::vector<bool> columns_of(std::string_view head) const {
    std::vector<bool> columns;
    for (const std::string_view cell : cells_of(head)) columns.push_back(fields_.contains(plain(cell)));
    return columns;
  }

  void row(std::string_view line) {
    const auto cells = cells_of(line);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out_ += '|';
      const std::string_view cell = cells[i];
      const std::size_t lead = blanks(cell), length = number_length(cell.substr(lead));
      const bool number = length > 0 && blanks(cell.substr(lead + length)) == cell.size() - lead - length;
      if (i < columns_.size() && columns_[i] && number) {
        out_ += cell.substr(0, lead);
        put_price(cell.substr(lead, length));
        out_ += cell.substr(lead + length);
      } else {
        part(cell);
      }
    }
    if (line.ends_with('|')) out_ += '|';
  }

  void put_price(std::string_view digits) {
    double value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    out_ += fmt::format("{:.6g}", value / mask_.price);
  }

  std::string_view rest() const { return text_.substr(at_); }

  // O:1 H:2 L:1 C:2
  bool take_candle() {
    if (fields_.empty() || !rest().starts_with("O:")) return false;
    std::vector<std::pair<std::size_t, std::size_t>> numbers;  // where they stand, and their lengths
    std::size_t at = at_;
    for (const std::string_view label : {"O:"sv, "H:"sv, "L:"sv, "C:"sv}) {
      at += blanks(text_.substr(at));
      if (!text_.substr(at).starts_with(label)) return false;
      at += label.size();
      const std::size_t length = number_length(text_.substr(at));
      if (length == 0) return false;
      numbers.emplace_back(at, length);
      at += length;
    }
    for (const auto& [begin, length] : numbers) {
      out_ += text_.substr(at_, begin - at_);
      put_price(text_.substr(begin, length));
      at_ = begin + length;
    }
    return true;
  }

  // "close": 1.5, "close": "1.5", "closes": [1.5, 1.6]; the name's first quote is next.
  bool take_field() {
    const std::size_t close = text_.find('"', at_ + 1);
    if (fields_.empty() || close == std::string_view::npos || !fields_.contains(plain(text_.substr(at_ + 1, close - at_ - 1)))) return false;
    std::size_t at = close + 1;
    at += blanks(text_.substr(at));
    if (at >= text_.size() || text_[at] != ':') return false;
    ++at;
    at += blanks(text_.substr(at));
    const bool list = at < text_.size() && text_[at] == '[';
    do {
      if (list) ++at;  // behind [ or a comma
      at += blanks(text_.substr(at));
      if (at < text_.size() && text_[at] == '"') ++at;
      const std::size_t length = number_length(text_.substr(std::min(at, text_.size())));
      if (length == 0) break;
      out_ += text_.substr(at_, at - at_);
      put_price(text_.substr(at, length));
      at_ = at = at + length;
      if (at < text_.size() && text_[at] == '"') ++at;
      at += blanks(text_.substr(at));
    } while (list && at < text_.size() && text_[at] == ',');
    if (at_ > close) return true;
    out_ += text_.substr(at_, close + 1 - at_);
    at_ = close + 1;
    return true;
  }

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

  // Unix seconds or milliseconds; a volume may have ten digits, too, but seldom means a moment near now.
  bool take_time() {
    std::size_t end = at_;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    const std::string_view digits = text_.substr(at_, end - at_);
    if (digits.empty()) return false;
    const bool whole = end == text_.size() || (text_[end] != '.' && !is_word(text_[end])) ||
                       (text_[end] == '.' && (end + 1 == text_.size() || !is_digit(text_[end + 1])));
    if (whole && (digits.size() == 13 || digits.size() == 10) && (at_ == 0 || text_[at_ - 1] != '.')) {
      Timestamp moment = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), moment);
      if (digits.size() == 10) moment *= 1000;
      if (moment >= mask_.now - 5 * kYear && moment <= mask_.now + kYear) {
        // Inside JSON the distance has to stay a value: it becomes a text.
        const bool quoted = at_ > 0 && text_[at_ - 1] == '"';
        out_ += fmt::format("{0}{1}{0}", quoted ? "" : "\"", distance(moment, mask_.now));
        at_ = end;
        return true;
      }
    }
    out_ += digits;
    at_ = end;
    return true;
  }

  const lua::LlmMask& mask_;
  std::vector<std::string> names_;
  std::set<std::string> fields_;
  std::vector<bool> columns_;  // of the table that the text is in: which hold prices
  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string masked(std::string_view text, const lua::LlmMask& mask) { return Masker(mask).run(text); }

lua::LlmMask without_prices(lua::LlmMask mask) {
  mask.price_fields.clear();
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
