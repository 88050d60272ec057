// What a test tells the exchange, and asks of it.
#include <fmt/format.h>

#include "engine/error.h"
#include "tests/exchange_server/server.h"

namespace btk::exchange_server {
namespace {

Json read_body(const WebRequest& request) {
  return request.body.empty() ? Json::object() : Json::parse(request.body);
}

}  // namespace

WebAnswer ExchangeServer::admin(const WebRequest& request) {
  const std::lock_guard lock(mutex_);
  const std::string name = request.path.substr(std::string_view("/admin/").size());
  const bool post = request.method == "POST";
  const Timestamp now = clock_.now();
  const Json body = post ? read_body(request) : Json();
  Json result{{"ok", true}};
  if (post || request.method == "DELETE") {
    log_.write(now, "admin", {{"action", name}, {"method", request.method}, {"body", body}});
  }
  if (name == "faults" && post) {
    faults_.add(body);
  } else if (name == "faults" && request.method == "DELETE") {
    faults_.clear();
  } else if (name == "faults") {
    result = faults_.list();
  } else if (name == "orders") {
    result = log_.orders();
  } else if (name == "requests") {
    result = counters_;
  } else if (name == "book") {
    // Every order that was ever taken, and what the account holds: the exchange's own view.
    spot_.settle(now);
    futures_.settle(now);
    result = Json::object();
    for (const Venue* venue : {&spot_, &futures_}) {
      Json orders = Json::array();
      for (const Order& order : venue->orders()) orders.push_back(order_json(order, venue->futures()));
      result[venue->futures() ? "futures" : "spot"] = std::move(orders);
    }
    for (const auto& [asset, held] : spot_.account().balances) {
      result["balances"][asset] = {{"free", decimal(held.free)}, {"locked", decimal(held.locked)}};
    }
    for (const auto& [symbol, held] : futures_.account().positions) {
      result["positions"][symbol] = decimal(held.amount);
    }
  } else if (name == "clock" && post) {
    clock_.jump_to(body.at("jump_to").get<Timestamp>());
  } else if (name == "advance" && post) {
    if (body.contains("to")) {
      clock_.set_end(body["to"].get<Timestamp>());
    } else {
      clock_.set_end(std::nullopt);
    }
  } else if (name == "candle" && post) {
    const std::string symbol = body.at("symbol");
    const Timestamp time = align(body.at("time").get<Timestamp>(), kMinute);
    if (!market_.has(symbol)) throw Error(fmt::format("there is no symbol {}", symbol));
    if (body.value("missing", false)) {
      market_.alter(symbol, time, std::nullopt);
    } else {
      Candle candle = market_.closed(symbol, time, time + kMinute).value_or(Candle{});
      candle.timestamp = time;
      for (const auto& [field, place] :
           std::initializer_list<std::pair<const char*, double*>>{{"open", &candle.open},
                                                                  {"high", &candle.high},
                                                                  {"low", &candle.low},
                                                                  {"close", &candle.close},
                                                                  {"volume", &candle.volume}}) {
        if (body.contains(field)) *place = body[field].get<double>();
      }
      if (const std::string fault = candle_fault(candle); !fault.empty()) throw Error(fault);
      market_.alter(symbol, time, candle);
    }
  } else if (name == "fill" && post) {
    // A part of a resting order.
    (body.value("futures", false) ? futures_ : spot_).fill_part(body.at("id").get<std::string>(), body.at("quantity").get<double>(), now);
  } else if (name == "stops" && post) {
    futures_.take_ordinary_stops(body.at("ordinary").get<bool>());
  } else if (name == "balance" && post) {
    Account& account = (body.value("futures", false) ? futures_ : spot_).account();
    account.balances[body.at("asset").get<std::string>()].free = body.at("free").get<double>();
  } else {
    throw Error(fmt::format("there is no {} {}", request.method, request.path));
  }
  WebAnswer answer;
  answer.body = result.dump();
  return answer;
}

}  // namespace btk::exchange_server
