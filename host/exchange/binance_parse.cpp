#include "host/exchange/binance_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/candle_check.h"
#include "host/net/outside_json.h"

namespace btk::host {
namespace {

using AnswerJson = nlohmann::json;

AnswerJson parse(const std::string& body) {
  AnswerJson answer = net::try_json(body);
  if (answer.is_discarded()) throw BadAnswer("the answer is no complete JSON");
  return answer;
}

const AnswerJson& answer_field(const AnswerJson& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  if (!object.is_object() || found == object.end()) throw BadAnswer(fmt::format("the answer has no field {}", name));
  return *found;
}

/// Binance writes prices and quantities as text, mirrors sometimes as numbers.
double decimal_value(const AnswerJson& value, const char* name) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    double result = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (problem == std::errc() && end == text.data() + text.size() && std::isfinite(result)) return result;
  }
  throw BadAnswer(fmt::format("{} is no number", name));
}

std::int64_t integer(const AnswerJson& value, const char* name) {
  if (!value.is_number_integer()) throw BadAnswer(fmt::format("{} is no whole number", name));
  return value.get<std::int64_t>();
}

const AnswerJson::array_t& array(const AnswerJson& value, const char* name) {
  if (!value.is_array()) throw BadAnswer(fmt::format("{} is no list", name));
  return value.get_ref<const AnswerJson::array_t&>();
}

Timestamp open_time(const AnswerJson& row, Timestamp step) {
  if (!row.is_array() || row.size() < 6) throw BadAnswer("a candle is no list of at least 6 values");
  const Timestamp t = integer(row[0], "the time of a candle");
  if (t < 0 || t % step != 0) throw BadAnswer(fmt::format("a candle's time {} is not the begin of its interval", t));
  return t;
}

bool same(const Candle& a, const Candle& b) {
  return a.open == b.open && a.high == b.high && a.low == b.low && a.close == b.close && a.volume == b.volume;
}

// Duplicates that stand together: the last one is the newest. Anywhere else nobody can say which is right.
void put_in_order(std::vector<Candle>& candles) {
  std::vector<Candle> unique;
  unique.reserve(candles.size());
  for (const Candle& candle : candles) {
    if (!unique.empty() && unique.back().timestamp == candle.timestamp) {
      unique.back() = candle;
    } else {
      unique.push_back(candle);
    }
  }
  std::stable_sort(unique.begin(), unique.end(),
                   [](const Candle& a, const Candle& b) { return a.timestamp < b.timestamp; });
  candles.clear();
  for (const Candle& candle : unique) {
    if (!candles.empty() && candles.back().timestamp == candle.timestamp) {
      if (!same(candles.back(), candle)) {
        throw BadAnswer(fmt::format("the candle of {} is told in two ways", format_minute(candle.timestamp)));
      }
      continue;
    }
    candles.push_back(candle);
  }
}

std::vector<std::pair<double, double>> levels(const AnswerJson& value, const char* name, bool falling, int depth) {
  std::vector<std::pair<double, double>> out;
  for (const AnswerJson& level : array(value, name)) {
    if (!level.is_array() || level.size() < 2) throw BadAnswer(fmt::format("a level of the {} is no pair", name));
    const double price = decimal_value(level[0], "a price of the order book");
    const double quantity = decimal_value(level[1], "a quantity of the order book");
    if (price <= 0 || quantity < 0) throw BadAnswer(fmt::format("a level of the {} cannot be", name));
    if (!out.empty() && (falling ? price >= out.back().first : price <= out.back().first)) {
      throw BadAnswer(fmt::format("the {} are out of order", name));
    }
    out.emplace_back(price, quantity);
  }
  if (out.size() > static_cast<std::size_t>(depth)) out.resize(static_cast<std::size_t>(depth));
  return out;
}

}  // namespace

std::vector<Candle> parse_klines(const std::string& body, const KlineQuestion& question) {
  const AnswerJson answer = parse(body);
  std::vector<Candle> candles;
  for (const AnswerJson& row : array(answer, "the answer")) {
    const Timestamp t = open_time(row, question.step);
    const Candle candle{t,
                        decimal_value(row[1], "the open of a candle"),
                        decimal_value(row[2], "the high of a candle"),
                        decimal_value(row[3], "the low of a candle"),
                        decimal_value(row[4], "the close of a candle"),
                        decimal_value(row[5], "the volume of a candle")};
    if (t + question.step > question.asked_at) continue;  // still open
    if (t < question.from || t >= question.to) {
      throw BadAnswer(fmt::format("the candle of {} was not asked for", format_minute(t)));
    }
    candles.push_back(candle);
  }
  put_in_order(candles);
  if (const std::string fault = answer_fault(candles, Config{}); !fault.empty()) throw BadAnswer(fault);
  return candles;
}

std::optional<Timestamp> parse_first_kline(const std::string& body, const KlineQuestion& question) {
  const AnswerJson answer = parse(body);
  const auto& rows = array(answer, "the answer");
  if (rows.empty()) return std::nullopt;
  const Timestamp t = open_time(rows.front(), question.step);
  if (t + question.step > question.asked_at) return std::nullopt;
  if (t < question.from) throw BadAnswer(fmt::format("the candle of {} was not asked for", format_minute(t)));
  return t;
}

Timestamp parse_server_time(const std::string& body) {
  const AnswerJson answer = parse(body);
  const Timestamp t = integer(answer_field(answer, "serverTime"), "serverTime");
  constexpr Timestamp kEnd = 253'402'300'800'000;  // year 10000
  if (t <= 0 || t >= kEnd) throw BadAnswer(fmt::format("the server's time {} cannot be", t));
  return t;
}

lua::OrderBook parse_depth(const std::string& body, int depth) {
  const AnswerJson answer = parse(body);
  lua::OrderBook book;
  book.bids = levels(answer_field(answer, "bids"), "bids", true, depth);
  book.asks = levels(answer_field(answer, "asks"), "asks", false, depth);
  if (!book.bids.empty() && !book.asks.empty() && book.bids.front().first >= book.asks.front().first) {
    throw BadAnswer("the best bid is not below the best ask");
  }
  return book;
}

TradePage parse_trades(const std::string& body) {
  const AnswerJson answer = parse(body);
  TradePage page;
  for (const AnswerJson& row : array(answer, "the answer")) {
    const std::int64_t id = integer(answer_field(row, "a"), "the id of a trade");
    const AnswerJson& maker = answer_field(row, "m");
    if (!maker.is_boolean()) throw BadAnswer("the maker of a trade is no boolean");
    lua::AggregatedTrade trade;
    trade.id = std::to_string(id);
    trade.price = decimal_value(answer_field(row, "p"), "the price of a trade");
    trade.quantity = decimal_value(answer_field(row, "q"), "the quantity of a trade");
    trade.timestamp = integer(answer_field(row, "T"), "the time of a trade");
    trade.buyer_is_maker = maker.get<bool>();
    if (trade.price <= 0 || trade.quantity < 0) throw BadAnswer(fmt::format("trade {} cannot be", id));
    if (id == page.last_id) continue;
    if (id < page.last_id || (!page.trades.empty() && trade.timestamp < page.trades.back().timestamp)) {
      throw BadAnswer("the trades are out of order");
    }
    page.last_id = id;
    page.trades.push_back(std::move(trade));
  }
  return page;
}

std::optional<lua::SymbolRules> parse_rules(const std::string& body, const std::string& symbol) {
  const AnswerJson answer = parse(body);
  for (const AnswerJson& entry : array(answer_field(answer, "symbols"), "symbols")) {
    if (answer_field(entry, "symbol") != symbol) continue;
    lua::SymbolRules rules;
    for (const AnswerJson& filter : array(answer_field(entry, "filters"), "filters")) {
      const AnswerJson& type = answer_field(filter, "filterType");
      const auto value = [&](const char* name) { return decimal_value(answer_field(filter, name), name); };
      if (type == "PRICE_FILTER") {
        rules.tick_size = value("tickSize");
      } else if (type == "LOT_SIZE") {
        rules.step_size = value("stepSize");
        rules.min_quantity = value("minQty");
      } else if (type == "NOTIONAL" || type == "MIN_NOTIONAL") {
        rules.min_notional = value(filter.contains("minNotional") ? "minNotional" : "notional");
      }
    }
    for (const double rule : {rules.tick_size, rules.step_size, rules.min_quantity, rules.min_notional}) {
      if (rule < 0) throw BadAnswer("a rule for orders is negative");
    }
    return rules;
  }
  return std::nullopt;
}

std::string describe_refusal(int status, const std::string& body, int& code) {
  code = 0;
  const AnswerJson answer = net::try_json(body);
  std::string text;
  if (answer.is_object() && answer.contains("msg") && answer["msg"].is_string()) text = answer["msg"].get<std::string>();
  if (answer.is_object() && answer.contains("code") && answer["code"].is_number_integer()) code = answer["code"].get<int>();
  constexpr std::size_t kEnough = 200;
  if (text.size() > kEnough) text.resize(kEnough);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  }
  if (status == 429 && text.empty()) text = "too many requests";
  if (status == 418 && text.empty()) text = "banned for too many requests";
  return fmt::format("{}{}{}{}", status, text.empty() ? "" : " ", text,
                     code == 0 ? std::string() : fmt::format(" (code {})", code));
}

}  // namespace btk::host
