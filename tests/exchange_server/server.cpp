#include "tests/exchange_server/server.h"

#include <fmt/format.h>

#include <thread>

#include "engine/error.h"
#include "tests/exchange_server/api_error.h"

namespace btk::exchange_server {
namespace {

WebAnswer refusal(int status, int code, const std::string& message) {
  WebAnswer answer;
  answer.status = status;
  answer.body = Json{{"code", code}, {"msg", message}}.dump();
  return answer;
}

// What the log and /admin/orders keep of an order request.
Json order_request(const WebRequest& request, bool futures) {
  Json fields{{"market", futures ? "futures" : "spot"}, {"method", request.method}, {"path", request.path}};
  const std::pair<const char*, const char*> names[] = {{"symbol", "symbol"},
                                                       {"newClientOrderId", "client_order_id"},
                                                       {"origClientOrderId", "client_order_id"},
                                                       {"clientAlgoId", "client_order_id"},
                                                       {"orderId", "order_id"},
                                                       {"algoId", "algo_id"},
                                                       {"side", "side"},
                                                       {"type", "type"},
                                                       {"quantity", "quantity"},
                                                       {"quoteOrderQty", "quote_quantity"},
                                                       {"price", "price"},
                                                       {"stopPrice", "stop_price"},
                                                       {"triggerPrice", "stop_price"},
                                                       {"reduceOnly", "reduce_only"},
                                                       {"closePosition", "close_position"}};
  for (const auto& [name, field] : names) {
    if (const std::string value = request.get(name); !value.empty()) fields[field] = value;
  }
  return fields;
}

bool is_status(const Fault& fault) {
  return !fault.kind.empty() && fault.kind[0] >= '0' && fault.kind[0] <= '9';
}

WebAnswer status_answer(const Fault& fault) {
  if (fault.kind == "429" || fault.kind == "418") {
    WebAnswer answer = refusal(std::stoi(fault.kind), -1003,
                               "Too many requests; please use the websocket for live updates.");
    answer.headers.emplace_back("Retry-After", std::to_string((fault.ms + 999) / 1000));
    return answer;
  }
  WebAnswer answer;
  answer.status = std::stoi(fault.kind);
  answer.body = fault.kind == "503"
                    ? R"({"code":-1008,"msg":"Server is currently overloaded with other requests."})"
                    : "<html>Internal Server Error</html>";
  return answer;
}

bool is_order_path(const std::string& path) { return path.ends_with("/order") || path.ends_with("/algoOrder"); }

}  // namespace

ExchangeServer::ExchangeServer(Market market, const ServerSetup& setup)
    : market_(std::move(market)),
      setup_(setup),
      clock_(setup.clock),
      log_(setup.log),
      spot_(market_, false, setup.spot_fee, setup.free_ids),
      futures_(market_, true, setup.futures_fee, setup.free_ids) {
  for (const auto& [asset, amount] : setup.balances) spot_.account().balances[asset].free = amount;
  const auto usdt = setup.balances.find("USDT");
  futures_.account().balances["USDT"].free = usdt == setup.balances.end() ? 0 : usdt->second;
}

WebAnswer ExchangeServer::handle(const WebRequest& request) {
  try {
    if (request.path.starts_with("/clock")) return clock(request);
    if (request.path.starts_with("/admin/")) return admin(request);
    return api(request);
  } catch (const Json::exception& error) {
    return refusal(400, -1100, error.what());
  } catch (const Error& error) {
    return refusal(400, -1100, error.what());
  }
}

int ExchangeServer::use_weight(int weight, Timestamp now) {
  if (const Timestamp minute = align(now, kMinute); minute != weight_minute_) {
    weight_minute_ = minute;
    weight_ = 0;
  }
  return weight_ += weight;
}

WebAnswer ExchangeServer::api(const WebRequest& request) {
  clock_.activity();
  Timestamp now = clock_.now();
  std::optional<Fault> fault;
  std::optional<std::size_t> entry;
  {
    const std::lock_guard lock(mutex_);
    fault = faults_.strike(request);
    ++counters_[request.path]["requests"];
    if (is_order_path(request.path)) {
      entry = log_.order(now, order_request(request, request.path.starts_with("/fapi")));
    }
    if (fault) {
      ++counters_[request.path]["faults"];
      log_.write(now, "fault",
                 {{"kind", fault->kind}, {"path", request.path}, {"symbol", request.get("symbol")}});
    }
  }
  // Slow before it is carried out, and nobody else is held up.
  // By then it may be too old.
  if (fault && fault->kind == "slow") {
    std::this_thread::sleep_for(std::chrono::milliseconds(fault->ms));
    now = clock_.now();
  }

  const std::lock_guard lock(mutex_);
  const bool lost = fault && (fault->kind == "drop" || (is_status(*fault) && !fault->execute));
  WebAnswer answer;
  Json outcome{{"outcome", "not_executed"}};
  if (!lost) {
    answer = carry_out(request, fault, now);
    outcome = Json::parse(answer.headers.back().second);  // see carry_out
    answer.headers.pop_back();
  }
  if (fault && is_status(*fault)) answer = status_answer(*fault);
  if (fault) answer.drop = fault->kind == "drop" || fault->kind == "drop_after";
  if (fault && answer.status == 200) answer.body = distort(*fault, answer.body, align(now, kMinute));
  answer.headers.emplace_back("X-MBX-USED-WEIGHT-1M", std::to_string(weight_));
  if (answer.drop) {
    ++counters_[request.path]["dropped"];
  } else {
    ++counters_[request.path][std::to_string(answer.status)];
  }
  if (entry) {
    outcome["status"] = answer.drop ? 0 : answer.status;
    if (fault) outcome["fault"] = fault->kind;
    log_.answered(*entry, clock_.now(), outcome);
  }
  return answer;
}

WebAnswer ExchangeServer::carry_out(const WebRequest& request, const std::optional<Fault>& fault,
                                    Timestamp now) {
  WebAnswer answer;
  Json outcome;
  try {
    const std::string& path = request.path;
    const bool futures = path.starts_with("/fapi/");
    const auto slash = path.find('/', futures ? 6 : 5);  // behind the version
    if (!(futures || path.starts_with("/api/")) || slash == std::string::npos) {
      throw ApiError(404, -1100, "Not found.");
    }
    Venue& venue = futures ? futures_ : spot_;
    const std::string name = path.substr(slash + 1);
    const bool is_public = name == "klines" || name == "time" || name == "ping" || name == "exchangeInfo" ||
                           name == "depth" || name == "aggTrades";
    if (fault && fault->kind == "reject") throw ApiError(400, fault->code, fault->message);
    const Reply reply =
        is_public ? public_data(request, futures, name, now) : trading(request, venue, name, now, fault);
    use_weight(reply.weight, now);
    answer.body = reply.body.dump();
    outcome = reply.outcome;
  } catch (const ApiError& error) {
    use_weight(1, now);
    answer = refusal(error.status, error.code, error.what());
    const bool again = error.code == -4116 || std::string_view(error.what()) == "Duplicate order sent.";
    outcome = {{"outcome", again                 ? "duplicate"
                           : error.code == -2013 ? "unknown_order"
                                                 : "rejected"},
               {"code", error.code},
               {"message", error.what()}};
  }
  // For the caller's log; taken off again before the answer goes out.
  answer.headers.emplace_back("outcome", outcome.is_null() ? "{}" : outcome.dump());
  return answer;
}

WebAnswer ExchangeServer::clock(const WebRequest& request) {
  WebAnswer answer;
  if (request.path == "/clock" && request.method == "GET") {
    const auto state = clock_.state();
    answer.body = Json{
        {"now", state.now},
        {"clients", state.clients},
        {"waiting", state.waiting},
        {"ended",
         state.ended}}.dump();
    return answer;
  }
  if (request.method != "POST") return refusal(404, -1100, "Not found.");
  const Json body = Json::parse(request.body);
  const std::string client = body.value("client", std::string("main"));
  if (request.path == "/clock/wait") {
    const auto now = clock_.wait(client, body.at("until").get<Timestamp>(), request.connected);
    if (!now) {
      answer.drop = true;
      return answer;
    }
    answer.body = Json{{"now", *now}}.dump();
  } else if (request.path == "/clock/leave") {
    clock_.leave(client);
    answer.body = Json{{"now", clock_.now()}}.dump();
  } else {
    return refusal(404, -1100, "Not found.");
  }
  return answer;
}

}  // namespace btk::exchange_server
