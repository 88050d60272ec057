// The conditional orders of futures: they rest at the algo service, and become real orders when the price touches them.
#include <fmt/format.h>

#include "tests/exchange_server/api_error.h"
#include "tests/exchange_server/server.h"

namespace btk::exchange_server {
namespace {

constexpr Timestamp kWeek = 7 * kDay;

const char* algo_status(const Order& order) {
  if (order.triggered) return order.live() ? "TRIGGERED" : "FINISHED";
  if (order.triggers_at != 0) return "TRIGGERING";
  return order.live() ? "NEW" : "CANCELED";
}

Json algo_json(const Order& order) {
  return {{"algoId", order.algo_id},
          {"clientAlgoId", order.client_id},
          {"algoType", "CONDITIONAL"},
          {"orderType", order.type},
          {"symbol", order.symbol},
          {"side", order.buy ? "BUY" : "SELL"},
          {"positionSide", "BOTH"},
          {"timeInForce", "GTC"},
          {"quantity", decimal(order.quantity)},
          {"algoStatus", algo_status(order)},
          {"actualOrderId", order.real() ? std::to_string(order.id) : ""},
          {"actualPrice", decimal(order.executed > 0 ? order.paid / order.executed : 0)},
          {"triggerPrice", decimal(order.stop_price)},
          {"price", decimal(order.price)},
          {"icebergQuantity", nullptr},
          {"workingType", "CONTRACT_PRICE"},
          {"closePosition", order.close_position},
          {"reduceOnly", order.reduce_only},
          {"createTime", order.created},
          {"updateTime", order.updated},
          {"triggerTime", order.triggered ? order.updated : 0},
          {"goodTillDate", 0}};
}

}  // namespace

ExchangeServer::Reply ExchangeServer::algo_order(const WebRequest& request, Timestamp now,
                                                 const std::optional<Fault>& fault) {
  if (request.method == "POST") {
    required(request, "symbol");
    if (required(request, "algoType") != "CONDITIONAL") throw ApiError(400, -1102, "Invalid algoType.");
    OrderRequest wanted = read_order(request);
    wanted.algo = true;
    wanted.client_id = request.get("clientAlgoId");
    wanted.stop_price = read_number(request, "triggerPrice", 0);
    const Order& placed = futures_.place(wanted, now);
    return {algo_json(placed), 0, outcome_of(placed, "resting")};
  }
  const auto number = read_id(request, "algoId");
  const std::string client_id = number != 0 ? "" : required(request, "clientAlgoId");
  if (fault && fault->kind == "trigger") futures_.trigger(number, client_id, fault->ms, now);
  if (request.method == "DELETE") {
    const Order& canceled = futures_.cancel_algo(number, client_id, now);
    return {{{"algoId", canceled.algo_id}, {"clientAlgoId", canceled.client_id}, {"code", "200"}, {"msg", "success"}},
            1,
            outcome_of(canceled, "canceled")};
  }
  const Order& found = futures_.find_algo(number, client_id);
  return {algo_json(found), 1, outcome_of(found, "found")};
}

ExchangeServer::Reply ExchangeServer::algo_orders(const WebRequest& request, bool open, Timestamp now) {
  const std::string symbol = open ? request.get("symbol") : required(request, "symbol");
  const auto first = read_id(request, "algoId");
  const auto start = static_cast<Timestamp>(read_number(request, "startTime", 0));
  const auto end = static_cast<Timestamp>(
      read_number(request, "endTime", static_cast<double>(start != 0 ? start + kWeek - 1 : now)));
  const Timestamp begin = start != 0 ? start : end - kWeek + 1;
  if (end - begin >= kWeek) throw ApiError(400, -1127, "More than 7 days between startTime and endTime.");
  const auto most = static_cast<std::size_t>(read_number(request, "limit", 500));
  Json list = Json::array();
  for (const Order& each : futures_.orders()) {
    if (!each.algo || (!symbol.empty() && each.symbol != symbol)) continue;
    const bool resting = each.live() && !each.triggered && each.triggers_at == 0;
    const bool asked = open ? resting : each.algo_id >= first && each.created >= begin && each.created <= end;
    if (asked && list.size() < most) list.push_back(algo_json(each));
  }
  return {std::move(list), open ? 1 : 5, {}};
}

}  // namespace btk::exchange_server
