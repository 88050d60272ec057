#include "tests/exchange_server/venue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/exchange_server/api_error.h"

namespace btk::exchange_server {
namespace {

constexpr Timestamp kNever = std::numeric_limits<Timestamp>::max();

bool is_market(const std::string& type) { return type == "MARKET"; }
bool is_stop(const std::string& type) {
  return type == "STOP_LOSS_LIMIT" || type == "STOP_MARKET" || type == "STOP";
}
bool is_take(const std::string& type) {
  return type == "TAKE_PROFIT_MARKET" || type == "TAKE_PROFIT_LIMIT" || type == "TAKE_PROFIT";
}
bool has_price(const std::string& type) {
  return type == "LIMIT" || type == "STOP_LOSS_LIMIT" || type == "TAKE_PROFIT_LIMIT" || type == "STOP" ||
         type == "TAKE_PROFIT";
}

// Does a price from `low` to `high` set off the order's stop price?
bool sets_off(const Order& order, double low, double high) {
  // A stop sells below and buys above the market, a take profit the other way round.
  return order.buy == is_stop(order.type) ? high >= order.stop_price : low <= order.stop_price;
}

[[noreturn]] void refuse(int code, const std::string& message) { throw ApiError(400, code, message); }

}  // namespace

Venue::Venue(const Market& market, bool futures, double fee, bool free_ids)
    : market_(market), free_ids_(free_ids) {
  account_.futures = futures;
  account_.fee = fee;
  if (futures) next_id_ = 8'389'765'519'993'908'001;  // some symbols' numbers are longer than a double is exact
}

const Order* Venue::newest(std::string_view symbol, std::string_view client_id, bool algo) const {
  const auto found = std::find_if(orders_.rbegin(), orders_.rend(), [&](const Order& order) {
    return order.symbol == symbol && order.client_id == client_id && (algo ? order.algo : order.real());
  });
  return found == orders_.rend() ? nullptr : &*found;
}

double Venue::reducible(const Order& order) const {
  const auto held = account_.positions.find(order.symbol);
  if (held == account_.positions.end()) return 0;
  const double amount = held->second.amount;
  return (amount > 0) == order.buy ? 0 : std::abs(amount);
}

void Venue::check(const OrderRequest& request, double last) const {
  const Rules& rules = market_.rules(request.symbol);
  const bool limit = has_price(request.type), stop = is_stop(request.type) || is_take(request.type);
  const bool known = futures() ? request.type != "STOP_LOSS_LIMIT" && request.type != "TAKE_PROFIT_LIMIT"
                               : request.type != "STOP_MARKET" && request.type != "STOP" &&
                                     request.type != "TAKE_PROFIT_MARKET" && request.type != "TAKE_PROFIT";
  if (!(is_market(request.type) || limit || stop) || !known || (request.algo && !stop)) {
    refuse(-1116, "Invalid orderType.");
  }
  if (futures() && stop && !request.algo && !ordinary_stops_) {
    refuse(-4120,
           "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.");
  }
  const std::size_t longest = 36;
  const bool good_id = std::all_of(request.client_id.begin(), request.client_id.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view(".:/_-").find(c) != std::string_view::npos;
  });
  if (request.client_id.size() > longest || !good_id) {
    refuse(-1100,
           "Illegal characters found in parameter 'newClientOrderId'; legal range is "
           "'^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.");
  }
  const Order* same =
      request.client_id.empty() ? nullptr : newest(request.symbol, request.client_id, request.algo);
  // That of an algo order is taken while it is open, and no longer.
  if (same && (same->live() || (same->status == "FILLED" && !free_ids_ && !request.algo))) {
    if (futures()) refuse(-4116, "ClientOrderId is duplicated.");
    refuse(-2010, "Duplicate order sent.");
  }
  if (limit && !(request.price > 0)) {
    refuse(-1102, "Mandatory parameter 'price' was not sent, was empty/null, or malformed.");
  }
  if (stop && !(request.stop_price > 0)) {
    refuse(-1102, fmt::format("Mandatory parameter '{}' was not sent, was empty/null, or malformed.",
                              request.algo ? "triggerPrice" : "stopPrice"));
  }
  for (const double price : {request.price, request.stop_price}) {
    if (price > 0 && !is_multiple(price, rules.tick)) refuse(-1013, "Filter failure: PRICE_FILTER");
  }
  if (request.close_position) return;
  double quantity = request.quantity;
  if (quantity == 0 && request.quote_quantity > 0 && is_market(request.type)) {
    quantity = floor_to(request.quote_quantity / market_.ask(request.symbol, last), rules.step);
  } else if (!(quantity > 0)) {
    refuse(-1102, "Mandatory parameter 'quantity' was not sent, was empty/null, or malformed.");
  }
  if (quantity < rules.step * (1 - 1e-6) || !is_multiple(quantity, rules.step)) {
    if (futures()) refuse(-1111, "Precision is over the maximum defined for this asset.");
    refuse(-1013, "Filter failure: LOT_SIZE");
  }
  if (is_market(request.type) && quantity > rules.max_market) {
    if (futures()) refuse(-4005, "Quantity greater than max quantity.");
    refuse(-1013, "Filter failure: MARKET_LOT_SIZE");
  }
  const double price = request.price > 0 ? request.price : last;
  if (price * quantity < rules.min_notional && !request.reduce_only) {
    if (futures()) {
      refuse(-4164,
             fmt::format("Order's notional must be no smaller than {} (unless you choose reduce only).",
                         rules.min_notional));
    }
    refuse(-1013, "Filter failure: NOTIONAL");
  }
}

const Order& Venue::place(const OrderRequest& request, Timestamp now) {
  settle(now);
  const auto last = market_.last_price(request.symbol, now);
  if (!last) refuse(-1013, "Market is closed.");
  check(request, *last);
  const Rules& rules = market_.rules(request.symbol);
  const double ask = market_.ask(request.symbol, *last), bid = market_.bid(request.symbol, *last);

  Order order;
  static_cast<OrderRequest&>(order) = request;
  order.created = order.updated = now;
  // The minute under way has a past that this order has not seen.
  order.next_candle = align(now + kMinute - 1, kMinute);
  if (order.quantity == 0 && !order.close_position) {
    order.quantity = floor_to(order.quote_quantity / ask, rules.step);
  }
  if ((is_stop(order.type) || is_take(order.type)) && sets_off(order, *last, *last)) {
    if (futures()) refuse(-2021, "Order would immediately trigger.");
    refuse(-2010, "Stop price would trigger immediately.");
  }
  // Whether there is something to reduce, or to pay with, is asked when an algo order is set off.
  if (order.reduce_only && !order.algo) {
    const double most = reducible(order);
    if (most <= 0) refuse(-2022, "ReduceOnly Order is rejected.");
    order.quantity = std::min(order.quantity, most);
  }
  // Paid for at its limit, a market order at what it will cost.
  const double worth = order.quantity * (order.price > 0 ? order.price : order.buy ? ask : bid);
  if (futures()) {
    const double opens = order.quantity - std::min(order.quantity, reducible(order));
    if (opens > 0 && !order.reduce_only && !order.close_position && !order.algo) {
      account_.check_margin(order.symbol, opens * *last);
    }
  } else {
    order.locked_asset = order.buy ? rules.quote : rules.base;
    account_.lock(order.locked_asset, order.buy ? worth : order.quantity);
    order.locked = order.buy ? worth : order.quantity;
  }
  (order.algo ? order.algo_id : order.id) = order.algo ? next_algo_id_++ : next_id_++;
  if (order.client_id.empty()) order.client_id = fmt::format("x-{}", order.algo ? order.algo_id : order.id);
  Order& placed = orders_.emplace_back(std::move(order));
  if (is_market(placed.type)) {
    const double quantity = placed.half ? floor_to(placed.quantity / 2, rules.step) : placed.quantity;
    release(placed);
    fill(placed, placed.buy ? ask : bid, quantity, false, now);
    if (placed.half) placed.status = "EXPIRED";
  } else if (placed.type == "LIMIT" && (placed.buy ? placed.price >= ask : placed.price <= bid)) {
    release(placed);
    fill(placed, placed.buy ? ask : bid, placed.quantity, false, now);
  }
  return placed;
}

void Venue::set_off(Order& order) {
  order.triggered = true;
  order.triggers_at = 0;
  if (order.algo && !order.real()) order.id = next_id_++;
}

void Venue::release(Order& order) {
  if (order.locked > 0) account_.lock(order.locked_asset, -order.locked);
  order.locked = 0;
}

void Venue::fill(Order& order, double price, double quantity, bool maker, Timestamp time) {
  if (quantity <= 0) {
    order.status = "EXPIRED";
    order.updated = time;
    return;
  }
  Execution done{50'000 + static_cast<std::int64_t>(executions_.size()),
                 order.id,
                 order.symbol,
                 order.buy,
                 maker,
                 price,
                 quantity,
                 0,
                 {},
                 0,
                 time};
  account_.book(done, market_.rules(order.symbol));
  executions_.push_back(done);
  order.executed += quantity;
  order.paid = rounded(order.paid + price * quantity);
  order.status = "FILLED";
  order.updated = time;
}

void Venue::fill_resting(Order& order, double price, Timestamp time) {
  release(order);
  double quantity = order.quantity - order.executed;
  // What reduces a position never turns it round.
  if (order.close_position) quantity = order.quantity = reducible(order);
  if (order.reduce_only) quantity = std::min(quantity, reducible(order));
  fill(order, price, quantity, true, time);
}

void Venue::fill_part(std::string_view client_id, double quantity, Timestamp now) {
  settle(now);
  const auto order = std::find_if(orders_.begin(), orders_.end(),
                                  [&](const Order& each) { return each.live() && each.client_id == client_id; });
  if (order == orders_.end()) refuse(-2013, "Order does not exist.");
  const double freed = rounded(order->locked * quantity / (order->quantity - order->executed));
  if (freed > 0) account_.lock(order->locked_asset, -freed);
  order->locked = rounded(order->locked - freed);
  order->next_candle = kNever;
  if (order->algo) set_off(*order);
  fill(*order, order->price > 0 ? order->price : order->stop_price, quantity, true, now);
  if (order->executed < order->quantity - market_.rules(order->symbol).step / 2) order->status = "PARTIALLY_FILLED";
}

void Venue::meet(Order& order, const Candle& candle) {
  double worst = candle.open;  // of an order set off within the candle: where the price was then
  if (order.stop_price > 0 && !order.triggered) {
    if (!sets_off(order, candle.low, candle.high)) return;
    set_off(order);
    if (!sets_off(order, candle.open, candle.open)) worst = order.stop_price;
    if (!has_price(order.type)) return fill_resting(order, worst, candle.timestamp + kMinute);
  }
  // At the limit, or better when the market was already better when the order met it.
  if (order.buy ? worst <= order.price : worst >= order.price) {
    fill_resting(order, worst, candle.timestamp + kMinute);
  } else if (order.buy ? candle.low <= order.price : candle.high >= order.price) {
    fill_resting(order, order.price, candle.timestamp + kMinute);
  }
}

void Venue::settle(Timestamp now) {
  for (Order& order : orders_) {
    if (order.triggers_at == 0 || order.triggers_at > now) continue;
    set_off(order);
    fill_resting(order, order.stop_price, now);
  }
  const Timestamp end = align(now, kMinute);
  Timestamp next = end;
  for (const Order& order : orders_) {
    if (order.live()) next = std::min(next, order.next_candle);
  }
  for (; next < end; next += kMinute) {
    for (Order& order : orders_) {
      if (!order.live() || order.next_candle > next) continue;
      if (const auto candle = market_.closed(order.symbol, next, now)) meet(order, *candle);
      order.next_candle = next + kMinute;
    }
  }
}

const Order& Venue::find(std::string_view symbol, std::int64_t id, std::string_view client_id) const {
  if (id == 0) {
    if (const Order* order = newest(symbol, client_id, false)) return *order;
  } else {
    for (const Order& order : orders_) {
      if (order.id == id && order.symbol == symbol) return order;
    }
  }
  refuse(-2013, "Order does not exist.");
}

const Order& Venue::cancel(std::string_view symbol, std::int64_t id, std::string_view client_id,
                           Timestamp now) {
  settle(now);
  for (Order& order : orders_) {
    const bool same = id != 0 ? order.id == id : order.client_id == client_id;
    if (order.symbol != symbol || !same || !order.live() || !order.real()) continue;
    release(order);
    order.status = "CANCELED";
    order.updated = now;
    return order;
  }
  refuse(-2011, "Unknown order sent.");
}

const Order& Venue::find_algo(std::int64_t algo_id, std::string_view client_id) const {
  // Of several of an id the first: which one Binance tells of is not documented, and this is the harder way.
  const auto found = std::find_if(orders_.begin(), orders_.end(), [&](const Order& order) {
    return order.algo && (algo_id != 0 ? order.algo_id == algo_id : order.client_id == client_id);
  });
  if (found == orders_.end()) refuse(-2013, "Order does not exist.");
  return *found;
}

const Order& Venue::cancel_algo(std::int64_t algo_id, std::string_view client_id, Timestamp now) {
  settle(now);
  for (Order& order : orders_) {
    const bool same = algo_id != 0 ? order.algo_id == algo_id : order.client_id == client_id;
    if (!order.algo || !same || !order.live() || order.triggered || order.triggers_at != 0) continue;
    order.status = "CANCELED";
    order.updated = now;
    return order;
  }
  refuse(-2011, "Unknown order sent.");
}

void Venue::trigger(std::int64_t algo_id, std::string_view client_id, Timestamp delay, Timestamp now) {
  for (Order& order : orders_) {
    const bool same = algo_id != 0 ? order.algo_id == algo_id : order.client_id == client_id;
    if (!order.algo || !same || !order.live() || order.triggered || order.triggers_at != 0) continue;
    order.triggers_at = now + delay;
    order.next_candle = kNever;
    order.updated = now;
  }
  settle(now);
}

double Venue::unrealized(const std::string& symbol, Timestamp now) const {
  const auto held = account_.positions.find(symbol);
  const auto last = market_.last_price(symbol, now);
  if (held == account_.positions.end() || !last) return 0;
  return rounded((*last - held->second.entry_price) * held->second.amount);
}

}  // namespace btk::exchange_server
