// The endpoints that need no signature.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tests/exchange_server/api_error.h"
#include "tests/exchange_server/server.h"

namespace btk::exchange_server {
namespace {

Timestamp read_time(const WebRequest& request, const char* name, Timestamp otherwise) {
  return static_cast<Timestamp>(read_number(request, name, static_cast<double>(otherwise)));
}

Json kline(const Candle& candle, Timestamp step) {
  const double quote = candle.volume * (candle.open + candle.close) / 2;
  return {candle.timestamp,
          decimal(candle.open),
          decimal(candle.high),
          decimal(candle.low),
          decimal(candle.close),
          decimal(candle.volume),
          candle.timestamp + step - 1,
          decimal(quote),
          4,
          decimal(candle.volume / 2),
          decimal(quote / 2),
          "0"};
}

Json symbol_info(const std::string& symbol, const Rules& rules, bool futures) {
  Json filters = Json::array();
  filters.push_back({{"filterType", "PRICE_FILTER"},
                     {"minPrice", decimal(rules.tick)},
                     {"maxPrice", "1000000.00000000"},
                     {"tickSize", decimal(rules.tick)}});
  const Json lot{
      {"minQty", decimal(rules.step)}, {"maxQty", "9000000.00000000"}, {"stepSize", decimal(rules.step)}};
  Json lot_size{{"filterType", "LOT_SIZE"}};
  lot_size.update(lot);
  filters.push_back(lot_size);
  Json market_lot = lot_size;
  market_lot["filterType"] = "MARKET_LOT_SIZE";
  market_lot["maxQty"] = decimal(rules.max_market);
  // Spot: only the size is limited.
  if (!futures) market_lot["minQty"] = market_lot["stepSize"] = "0.00000000";
  filters.push_back(market_lot);
  if (futures) {
    filters.push_back({{"filterType", "MIN_NOTIONAL"}, {"notional", decimal(rules.min_notional)}});
  } else {
    filters.push_back({{"filterType", "NOTIONAL"},
                       {"minNotional", decimal(rules.min_notional)},
                       {"applyMinToMarket", true},
                       {"maxNotional", "9000000.00000000"},
                       {"applyMaxToMarket", false},
                       {"avgPriceMins", 5}});
  }
  const auto digits = [](double unit) {
    int count = 0;
    for (double scaled = unit; count < 8 && !is_multiple(scaled, 1); scaled *= 10) ++count;
    return count;
  };
  Json info{
      {"symbol", symbol}, {"status", "TRADING"}, {"baseAsset", rules.base}, {"quoteAsset", rules.quote}};
  if (futures) {
    info.update(Json{{"contractType", "PERPETUAL"},
                     {"marginAsset", "USDT"},
                     {"pricePrecision", digits(rules.tick)},
                     {"quantityPrecision", digits(rules.step)}});
  } else {
    info.update(Json{{"baseAssetPrecision", 8},
                     {"quoteAssetPrecision", 8},
                     {"isSpotTradingAllowed", true},
                     {"orderTypes", {"LIMIT", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"}}});
  }
  info["filters"] = std::move(filters);
  return info;
}

Json depth(const Market& market, const std::string& symbol, double last, std::size_t limit) {
  const double tick = market.rules(symbol).tick, step = market.rules(symbol).step;
  Json bids = Json::array(), asks = Json::array();
  const double ask = market.ask(symbol, last), bid = market.bid(symbol, last);
  for (std::size_t i = 0; i < limit; ++i) {
    const double away = static_cast<double>(i) * tick * 10;
    const std::string quantity = decimal(ceil_to(static_cast<double>(i + 1) * 1000 / last, step));
    if (bid - away > 0) bids.push_back({decimal(bid - away), quantity});
    asks.push_back({decimal(ask + away), quantity});
  }
  return {{"bids", std::move(bids)}, {"asks", std::move(asks)}};
}

}  // namespace

std::string decimal(double value) { return fmt::format("{:.8f}", value); }

std::int64_t read_id(const WebRequest& request, const char* name) {
  const std::string text = request.get(name);
  std::int64_t id = 0;
  if (const auto read = std::from_chars(text.data(), text.data() + text.size(), id); read.ptr != text.data() + text.size()) {
    throw ApiError(400, -1100, fmt::format("Illegal characters found in parameter '{}'.", name));
  }
  return id;
}

double read_number(const WebRequest& request, const char* name, double otherwise) {
  const std::string text = request.get(name);
  if (text.empty()) return otherwise;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end != text.c_str() + text.size() || !(value > -9e15 && value < 9e15)) {
    throw ApiError(400, -1100, fmt::format("Illegal characters found in parameter '{}'.", name));
  }
  return value;
}

ExchangeServer::Reply ExchangeServer::public_data(const WebRequest& request, bool futures,
                                                  const std::string& name, Timestamp now) {
  if (request.method != "GET") throw ApiError(405, -1100, "Method not allowed.");
  if (name == "ping") return {Json::object(), 1, {}};
  if (name == "time") return {{{"serverTime", now}}, 1, {}};

  std::vector<std::string> symbols = market_.symbols();
  const std::string symbol = request.get("symbol");
  if (!symbol.empty() || name != "exchangeInfo") {
    if (!market_.has(symbol)) throw ApiError(400, -1121, "Invalid symbol.");
    symbols = {symbol};
  }
  if (name == "exchangeInfo") {
    Json list = Json::array();
    for (const std::string& each : symbols) list.push_back(symbol_info(each, market_.rules(each), futures));
    return {{{"timezone", "UTC"},
             {"serverTime", now},
             {"rateLimits", Json::array()},
             {"symbols", std::move(list)}},
            futures ? 1 : 20,
            {}};
  }
  const double wanted = read_number(request, "limit", name == "depth" ? 100 : 500);
  const std::size_t most = name == "depth" ? 5000 : futures && name == "klines" ? 1500 : 1000;
  if (wanted < 1) throw ApiError(400, -1100, "Illegal characters found in parameter 'limit'.");
  const std::size_t limit = std::min(static_cast<std::size_t>(wanted), most);
  if (name == "depth") {
    const auto last = market_.last_price(symbol, now);
    Json book{{"lastUpdateId", now}, {"bids", Json::array()}, {"asks", Json::array()}};
    if (last) book.update(depth(market_, symbol, *last, limit));
    return {book, limit <= 100 ? 5 : 50, {}};
  }
  const Timestamp end = read_time(request, "endTime", now);
  if (name == "aggTrades") {
    const Timestamp from = request.get("fromId").empty()
                               ? read_time(request, "startTime", std::min(end, now) - 15 * kMinute)
                               : align(read_time(request, "fromId", 0), 4) / 4 * kMinute;
    Json list = Json::array();
    for (const Trade& trade : market_.trades(symbol, from, end, limit, now)) {
      list.push_back({{"a", trade.id},
                      {"p", decimal(trade.price)},
                      {"q", decimal(trade.quantity)},
                      {"f", trade.id},
                      {"l", trade.id},
                      {"T", trade.time},
                      {"m", trade.buyer_is_maker},
                      {"M", true}});
    }
    return {std::move(list), 2, {}};
  }
  const auto interval = parse_interval(request.get("interval"));
  if (!interval) throw ApiError(400, -1120, "Invalid interval.");
  std::optional<Timestamp> from;
  if (!request.get("startTime").empty()) from = read_time(request, "startTime", 0);
  Json list = Json::array();
  for (const Candle& candle : market_.candles(symbol, *interval, from, end, limit, now)) {
    list.push_back(kline(candle, length(*interval)));
  }
  return {std::move(list), 2, {}};
}

}  // namespace btk::exchange_server
