// The signed endpoints: orders, executions, balances, positions.
#include <fmt/format.h>

#include "tests/exchange_server/api_error.h"
#include "tests/exchange_server/server.h"

namespace btk::exchange_server {
namespace {

[[noreturn]] void missing(const char* name) {
  throw ApiError(400, -1102,
                 fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or malformed.", name));
}

Json execution_json(const Execution& fill, bool futures) {
  Json json{{"symbol", fill.symbol},
            {"id", fill.id},
            {"orderId", fill.order_id},
            {"price", decimal(fill.price)},
            {"qty", decimal(fill.quantity)},
            {"quoteQty", decimal(fill.price * fill.quantity)},
            {"commission", decimal(fill.commission)},
            {"commissionAsset", fill.commission_asset},
            {"time", fill.time}};
  if (futures) {
    json.update(Json{{"side", fill.buy ? "BUY" : "SELL"},
                     {"realizedPnl", decimal(fill.realized)},
                     {"maker", fill.maker},
                     {"buyer", fill.buy},
                     {"positionSide", "BOTH"}});
  } else {
    json.update(Json{{"isBuyer", fill.buy}, {"isMaker", fill.maker}, {"isBestMatch", true}});
  }
  return json;
}

// What the endpoints of ordinary orders say: an algo order that was set off is a market order there.
Json real_order_json(const Order& order, bool futures) {
  Json json = order_json(order, futures);
  if (futures) json["origType"] = order.type;
  if (order.algo) json["type"] = "MARKET";
  return json;
}

}  // namespace

std::string required(const WebRequest& request, const char* name) {
  std::string value = request.get(name);
  if (value.empty()) missing(name);
  return value;
}

OrderRequest read_order(const WebRequest& request) {
  OrderRequest order;
  order.symbol = request.get("symbol");
  order.type = required(request, "type");
  const std::string side = required(request, "side");
  if (side != "BUY" && side != "SELL") throw ApiError(400, -1117, "Invalid side.");
  order.buy = side == "BUY";
  order.quantity = read_number(request, "quantity", 0);
  order.quote_quantity = read_number(request, "quoteOrderQty", 0);
  order.price = read_number(request, "price", 0);
  order.reduce_only = request.get("reduceOnly") == "true";
  order.close_position = request.get("closePosition") == "true";
  if ((order.type == "LIMIT" || order.type == "STOP_LOSS_LIMIT") && request.get("timeInForce").empty()) {
    missing("timeInForce");
  }
  return order;
}

Json outcome_of(const Order& order, const char* what) {
  return {{"outcome", what},
          {"order_id", order.id},
          {"client_order_id", order.client_id},
          {"order_status", order.status},
          {"executed_quantity", decimal(order.executed)},
          {"executed_price", decimal(order.executed > 0 ? order.paid / order.executed : 0)}};
}

Json order_json(const Order& order, bool futures) {
  Json json{{"symbol", order.symbol},
            {"orderId", order.id},
            {"orderListId", -1},
            {"clientOrderId", order.client_id},
            {"price", decimal(order.price)},
            {"origQty", decimal(order.quantity)},
            {"executedQty", decimal(order.executed)},
            {futures ? "cumQuote" : "cummulativeQuoteQty", decimal(order.paid)},
            {"status", order.status},
            {"timeInForce", "GTC"},
            {"type", order.type},
            {"side", order.buy ? "BUY" : "SELL"},
            {"stopPrice", decimal(order.stop_price)},
            {"time", order.created},
            {"updateTime", order.updated}};
  if (futures) {
    json.update(Json{{"avgPrice", decimal(order.executed > 0 ? order.paid / order.executed : 0)},
                     {"reduceOnly", order.reduce_only},
                     {"closePosition", order.close_position},
                     {"positionSide", "BOTH"}});
    json.erase("orderListId");
  } else {
    json["isWorking"] = order.live() && (order.stop_price == 0 || order.triggered);
  }
  return json;
}

ExchangeServer::Reply ExchangeServer::order(const WebRequest& request, Venue& venue, Timestamp now,
                                            const std::optional<Fault>& fault) {
  const bool futures = venue.futures();
  if (request.method == "POST") {
    OrderRequest wanted = read_order(request);
    wanted.client_id = request.get("newClientOrderId");
    wanted.stop_price = read_number(request, "stopPrice", 0);
    wanted.half = fault && fault->kind == "partial";
    const Order& placed = venue.place(wanted, now);
    Json body = order_json(placed, futures);
    if (!futures) {
      body["transactTime"] = now;
      Json fills = Json::array();
      for (const Execution& fill : venue.executions()) {
        if (fill.order_id != placed.id) continue;
        fills.push_back({{"price", decimal(fill.price)},
                         {"qty", decimal(fill.quantity)},
                         {"commission", decimal(fill.commission)},
                         {"commissionAsset", fill.commission_asset},
                         {"tradeId", fill.id}});
      }
      body["fills"] = std::move(fills);
    }
    const char* what = placed.live() ? "resting" : placed.status == "FILLED" ? "filled" : "partly_filled";
    return {std::move(body), 1, outcome_of(placed, what)};
  }
  const auto id = read_id(request, "orderId");
  const std::string client_id = request.get("origClientOrderId");
  if (id == 0 && client_id.empty()) missing("orderId");
  if (request.method == "DELETE") {
    const Order& canceled = venue.cancel(request.get("symbol"), id, client_id, now);
    return {real_order_json(canceled, futures), 1, outcome_of(canceled, "canceled")};
  }
  const Order& found = venue.find(request.get("symbol"), id, client_id);
  return {real_order_json(found, futures), 4, outcome_of(found, "found")};
}

ExchangeServer::Reply ExchangeServer::trading(const WebRequest& request, Venue& venue,
                                              const std::string& name, Timestamp now,
                                              const std::optional<Fault>& fault) {
  check_signature(request, setup_.keys, now);
  venue.settle(now);
  const bool futures = venue.futures(), get = request.method == "GET";
  const std::string symbol = request.get("symbol");
  if (!symbol.empty() && !market_.has(symbol)) throw ApiError(400, -1121, "Invalid symbol.");

  if (name == "order") {
    required(request, "symbol");
    return order(request, venue, now, fault);
  }
  if (name == "algoOrder" && futures) return algo_order(request, now, fault);
  if ((name == "openAlgoOrders" || name == "allAlgoOrders") && futures && get) {
    return algo_orders(request, name == "openAlgoOrders", now);
  }
  if (name == "openOrders" && get) {
    Json list = Json::array();
    for (const Order& each : venue.orders()) {
      if (each.live() && each.real() && (symbol.empty() || each.symbol == symbol)) {
        list.push_back(real_order_json(each, futures));
      }
    }
    return {std::move(list), symbol.empty() ? 80 : 6, {}};
  }
  if (name == "allOrders" && get) {
    required(request, "symbol");
    const auto first = read_id(request, "orderId");
    const auto most = static_cast<std::size_t>(read_number(request, "limit", 500));
    std::map<std::int64_t, const Order*> by_number;  // an algo order gets its number when it is set off
    for (const Order& each : venue.orders()) {
      if (each.real() && each.id >= first && each.symbol == symbol) by_number[each.id] = &each;
    }
    Json list = Json::array();
    for (const auto& [number, each] : by_number) {
      if (list.size() < most) list.push_back(real_order_json(*each, futures));
    }
    return {std::move(list), 20, {}};
  }
  if ((name == "myTrades" || name == "userTrades") && get) {
    required(request, "symbol");
    const auto id = read_id(request, "orderId");
    Json list = Json::array();
    for (const Execution& fill : venue.executions()) {
      if (fill.symbol == symbol && (id == 0 || fill.order_id == id))
        list.push_back(execution_json(fill, futures));
    }
    return {std::move(list), 20, {}};
  }
  if (name == "account" && get) {
    Json balances = Json::array();
    for (const auto& [asset, held] : venue.account().balances) {
      if (futures) {
        balances.push_back({{"asset", asset},
                            {"walletBalance", decimal(held.free)},
                            {"availableBalance", decimal(held.free)}});
      } else {
        balances.push_back(
            {{"asset", asset}, {"free", decimal(held.free)}, {"locked", decimal(held.locked)}});
      }
    }
    return {{{"canTrade", true}, {"updateTime", now}, {futures ? "assets" : "balances", std::move(balances)}},
            20,
            {}};
  }
  if (name == "positionRisk" && futures && get) {
    Json list = Json::array();
    for (const std::string& each : market_.symbols()) {
      if (!symbol.empty() && each != symbol) continue;
      const auto held = venue.account().positions.find(each);
      const FuturesPosition position =
          held == venue.account().positions.end() ? FuturesPosition{} : held->second;
      list.push_back({{"symbol", each},
                      {"positionAmt", decimal(position.amount)},
                      {"entryPrice", decimal(position.entry_price)},
                      {"markPrice", decimal(market_.last_price(each, now).value_or(0))},
                      {"unRealizedProfit", decimal(venue.unrealized(each, now))},
                      {"leverage", std::to_string(position.leverage)},
                      {"marginType", "cross"},
                      {"positionSide", "BOTH"},
                      {"updateTime", now}});
    }
    return {std::move(list), 5, {}};
  }
  if (name == "leverage" && futures && request.method == "POST") {
    required(request, "symbol");
    const auto leverage = static_cast<int>(read_number(request, "leverage", 0));
    if (leverage < 1 || leverage > 125)
      throw ApiError(400, -4028, fmt::format("Leverage {} is not valid", leverage));
    venue.account().positions[symbol].leverage = leverage;
    return {{{"leverage", leverage}, {"maxNotionalValue", "1000000"}, {"symbol", symbol}}, 1, {}};
  }
  throw ApiError(404, -1100, "Not found.");
}

}  // namespace btk::exchange_server
