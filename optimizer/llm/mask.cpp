#include "optimizer/llm/mask.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "optimizer/llm/mask_times.h"

namespace btk::optimizer {
namespace {

using namespace std::string_view_literals;

constexpr Timestamp kYear = 365 * kDay;
constexpr std::string_view kQuotes[] = {"USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI", "USD", "EUR", "GBP", "TRY", "BRL", "JPY", "BTC", "ETH", "BNB"};
constexpr std::string_view kContracts[] = {"PERP", "SWAP"};  // behind the name of a pair
constexpr std::string_view kUnits[] = {"ms", "us", "ns", "s"};  // behind a Unix time
constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kSpokenNames{{
    {"BTC", "bitcoin"}, {"BTC", "XBT"}, {"ETH", "ethereum"}, {"ETH", "ether"}, {"SOL", "solana"}, {"BNB", "binance coin"},
    {"XRP", "ripple"}, {"DOGE", "dogecoin"}, {"LTC", "litecoin"}, {"ARB", "arbitrum"}, {"ADA", "cardano"}}};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }  // "_" ends a name as a blank does
char upper(char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); }

bool begins_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (upper(text[i]) != upper(word[i])) return false;
  }
  return true;
}

// What a market is called.
struct Names {
  std::vector<std::string> whole;  ///< the symbol, its asset, the asset as people call it
  std::vector<std::string> bases;  ///< the asset: a quote may stand behind it
};

Names names_of(const std::string& symbol) {
  Names names;
  names.whole.push_back(symbol);
  for (const std::string_view quote : kQuotes) {
    if (symbol.size() <= quote.size() || !begins_with_word(std::string_view(symbol).substr(symbol.size() - quote.size()), quote)) continue;
    std::string base = symbol.substr(0, symbol.size() - quote.size());
    while (!base.empty() && !is_word(base.back())) base.pop_back();
    if (base.empty()) break;
    names.bases.push_back(base);
    // 1000PEPE is PEPE, too.
    if (const std::size_t letters = skip_digits(base, 0); letters > 0 && letters < base.size()) names.bases.push_back(base.substr(letters));
    break;
  }
  const std::size_t own = names.bases.size();
  for (std::size_t i = 0; i < own; ++i) {
    for (const auto& [asset, name] : kSpokenNames) {
      if (begins_with_word(names.bases[i], asset) && names.bases[i].size() == asset.size()) names.bases.emplace_back(name);
    }
  }
  names.whole.insert(names.whole.end(), names.bases.begin(), names.bases.end());
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

  bool ends_at(std::size_t at) const { return at >= text_.size() || !is_word(text_[at]); }

  // Where a quote that begins at `at` ends, with the word for a contract behind it; 0: there is none.
  std::size_t quote_end(std::size_t at) const {
    for (const std::string_view quote : kQuotes) {
      if (!begins_with_word(text_.substr(at), quote)) continue;
      const std::size_t end = contract_end(at + quote.size());
      if (ends_at(end) || is_digit(text_[end])) return end;
    }
    return 0;
  }

  std::size_t contract_end(std::size_t at) const {
    for (const std::string_view contract : kContracts) {
      if (at < text_.size() && begins_with_word(text_.substr(at), contract)) return at + contract.size();
    }
    return at;
  }

  bool take_name() {
    std::size_t longest = 0;
    const auto take = [&](std::size_t end) { longest = std::max(longest, end); };
    for (const std::string& name : names_.whole) {
      if (name.empty() || !begins_with_word(rest(), name)) continue;
      const std::size_t end = at_ + name.size();
      if (ends_at(end)) take(end);
      if (ends_at(contract_end(end))) take(contract_end(end));
    }
    for (const std::string& base : names_.bases) {
      if (!begins_with_word(rest(), base)) continue;
      const std::size_t end = at_ + base.size();
      if (end >= text_.size()) continue;
      take(quote_end(end));
      if ("/-_:"sv.find(text_[end]) != std::string_view::npos) take(quote_end(end + 1));
    }
    if (longest == 0) return false;
    out_ += "ASSET";
    at_ = longest;
    return true;
  }

  bool take_date() {
    const auto found = date_at(rest());
    if (!found) return false;
    out_ += distance(found->moment, mask_.now);
    at_ += found->length;
    return true;
  }

  // Unix times and dates of digits alone; a volume may look like one, too, but seldom means a moment near now.
  bool take_time() {
    const std::size_t digits_end = skip_digits(text_, at_);
    const std::string_view digits = text_.substr(at_, digits_end - at_);
    if (digits.empty()) return false;
    std::size_t end = digits_end;
    auto moment = at_ == 0 || text_[at_ - 1] != '.' ? unix_time(digits) : std::nullopt;
    if (moment) {
      if (fits(text_, end, ".0")) end = skip_digits(text_, end + 1);
      for (const std::string_view unit : kUnits) {
        if (text_.substr(end).starts_with(unit) && ends_at(end + unit.size())) {
          end += unit.size();
          break;
        }
      }
    } else if ((at_ == 0 || text_[at_ - 1] != '.') && !fits(text_, end, ".0")) {
      moment = compact_date(digits);
    }
    if (!moment || !ends_at(end) || *moment < mask_.now - 5 * kYear || *moment > mask_.now + kYear) {
      out_ += digits;
      at_ = digits_end;
      return true;
    }
    // Inside JSON the distance has to stay a value: it becomes a text.
    const bool in_text = at_ > 0 && (text_[at_ - 1] == '"' || text_[at_ - 1] == '_');
    out_ += fmt::format("{0}{1}{0}", in_text ? "" : "\"", distance(*moment, mask_.now));
    at_ = end;
    return true;
  }

  const lua::LlmMask& mask_;
  Names names_;
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
