// A server without sockets: requests go in as values, signed where needed.
#pragma once

#include <fmt/format.h>

#include <fstream>

#include "tests/exchange_server/server.h"
#include "tests/support/temp_folder.h"

namespace btk::exchange_server {

inline constexpr Timestamp kStart = 1704067200000;  // 2024-01-01

/// Six hours of candles of BTCUSDT from kStart: 100, 101, 102 ... up to 159, then down again, one a minute,
/// each one wide; the minutes 30 and 31 are missing.
inline std::filesystem::path write_candles(const std::filesystem::path& folder) {
  const auto file = folder / "btc.csv";
  std::ofstream out(file);
  out << "timestamp,open,high,low,close,volume\n";
  for (int i = 0; i < 360; ++i) {
    if (i == 30 || i == 31) continue;
    const int wave = i % 120 < 60 ? i % 120 : 119 - i % 120;
    const double open = 100 + wave;
    out << fmt::format("{},{:.2f},{:.2f},{:.2f},{:.2f},8\n", kStart + i * kMinute, open, open + 0.5,
                       open - 0.5, open + 0.25);
  }
  return file;
}

struct Kit {
  test::TempFolder folder;
  ServerSetup setup;
  std::unique_ptr<ExchangeServer> server;

  explicit Kit(bool free_ids = false) {
    Market market(0.0001);
    market.add_file("BTCUSDT", write_candles(folder.path()));
    market.set_rules("BTCUSDT", 0.01, 0.001, 5);
    setup.clock.start = kStart + 10 * kMinute;
    setup.keys = {"key", "secret"};
    setup.log = folder.path() / "log.jsonl";
    setup.free_ids = free_ids;
    server = std::make_unique<ExchangeServer>(std::move(market), setup);
  }

  WebAnswer raw(const std::string& method, const std::string& path, const std::string& query,
                const std::string& body = "", const std::string& key = "key") {
    WebRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.body = body;
    request.parameters = parse_form(query);
    if (!body.empty() && body[0] != '{' && body[0] != '[') {
      for (auto& pair : parse_form(body)) request.parameters.push_back(pair);
    }
    request.api_key = key;
    return server->handle(request);
  }
  Json get(const std::string& path, const std::string& query = "") {
    return Json::parse(raw("GET", path, query).body);
  }
  Json admin(const std::string& path, const Json& body) {
    return Json::parse(raw("POST", "/admin/" + path, "", body.dump()).body);
  }
  std::string sign(std::string text) {
    text += fmt::format("{}timestamp={}", text.empty() ? "" : "&", now());
    return text + "&signature=" + hmac_sha256("secret", text);
  }
  WebAnswer sent(const std::string& method, const std::string& path, const std::string& text) {
    return method == "POST" ? raw(method, path, "", sign(text)) : raw(method, path, sign(text));
  }
  Json call(const std::string& method, const std::string& path, const std::string& text) {
    return Json::parse(sent(method, path, text).body);
  }
  Json buy(const std::string& id, const std::string& rest = "type=MARKET&quantity=1") {
    return call("POST", "/api/v3/order", "symbol=BTCUSDT&side=BUY&newClientOrderId=" + id + "&" + rest);
  }
  Json sell(const std::string& id, const std::string& rest = "type=MARKET&quantity=1") {
    return call("POST", "/api/v3/order", "symbol=BTCUSDT&side=SELL&newClientOrderId=" + id + "&" + rest);
  }
  Json find(const std::string& id) {
    return call("GET", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=" + id);
  }
  Timestamp now() { return get("/clock")["now"]; }
  void go(Timestamp minutes) { admin("clock", {{"jump_to", now() + minutes * kMinute}}); }
  double balance(const std::string& asset) {
    const Json account = call("GET", "/api/v3/account", "");
    for (const Json& each : account["balances"]) {
      if (each["asset"] == asset) return std::stod(each["free"].get<std::string>());
    }
    return 0;
  }
  /// Everything that the log file holds.
  std::string log_text() const {
    std::ifstream in(setup.log);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

inline double number(const Json& value) { return std::stod(value.get<std::string>()); }

}  // namespace btk::exchange_server
