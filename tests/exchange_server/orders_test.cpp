// Orders: who may send them, what becomes of them, what they cost.
#include <catch2/catch.hpp>

#include "tests/exchange_server/server_kit.h"

using namespace btk;
using namespace btk::exchange_server;

TEST_CASE("Only who signs correctly and in time is served") {
  Kit kit;
  const std::string query = kit.sign("symbol=BTCUSDT");
  CHECK(kit.raw("GET", "/api/v3/openOrders", query).status == 200);
  CHECK(kit.raw("GET", "/api/v3/openOrders", query, "", "").status == 401);
  CHECK(Json::parse(kit.raw("GET", "/api/v3/openOrders", query, "", "other").body)["code"] == -2015);
  CHECK(Json::parse(kit.raw("GET", "/api/v3/openOrders", query + "&recvWindow=9").body)["code"] == -1022);
  CHECK(kit.get("/api/v3/openOrders", "symbol=BTCUSDT")["code"] == -1102);
  const auto at = [&](Timestamp t) {
    const std::string text = fmt::format("timestamp={}", t);
    return Json::parse(
        kit.raw("GET", "/api/v3/account", text + "&signature=" + hmac_sha256("secret", text)).body);
  };
  CHECK(at(kit.now() + 1001)["code"] == -1021);
  CHECK(at(kit.now() - 5001)["code"] == -1021);
  CHECK(at(kit.now() - 5000).contains("balances"));
}

TEST_CASE("HMAC-SHA256 is that of the exchange's documentation") {
  CHECK(hmac_sha256("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j",
                    "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&"
                    "timestamp=1499827319559") ==
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71");
}

TEST_CASE("A market order is filled at the last close and a spread, and paid for") {
  Kit kit;
  const Json bought = kit.buy("a-1");
  CHECK(bought["status"] == "FILLED");
  CHECK(bought["executedQty"] == "1.00000000");
  CHECK(bought["fills"][0]["price"] == "109.27000000");  // 109.25 and a ten-thousandth, up to a tick
  CHECK(bought["fills"][0]["commission"] == "0.00100000");
  CHECK(bought["fills"][0]["commissionAsset"] == "BTC");
  CHECK(kit.balance("BTC") == Approx(0.999));
  CHECK(kit.balance("USDT") == Approx(100'000 - 109.27));
  // More than there is.
  CHECK(kit.sell("a-2")["code"] == -2010);
  const Json sold = kit.sell("a-3", "type=MARKET&quantity=0.999");
  CHECK(sold["fills"][0]["price"] == "109.23000000");
  CHECK(kit.balance("BTC") == Approx(0).margin(1e-9));
  CHECK(kit.buy("a-4", "type=MARKET&quoteOrderQty=1000")["executedQty"] == "9.15100000");
  const Json trades =
      kit.call("GET", "/api/v3/myTrades", "symbol=BTCUSDT&orderId=" + bought["orderId"].dump());
  REQUIRE(trades.size() == 1);
  CHECK(trades[0]["commission"] == "0.00100000");
}

TEST_CASE("The same id twice is refused and nothing is bought") {
  Kit kit;
  kit.buy("once");
  const WebAnswer again = kit.sent("POST", "/api/v3/order",
                                   "symbol=BTCUSDT&side=BUY&newClientOrderId=once&type=MARKET&quantity=1");
  CHECK(again.status == 400);
  CHECK(Json::parse(again.body)["code"] == -2010);
  CHECK(Json::parse(again.body)["msg"] == "Duplicate order sent.");
  CHECK(kit.balance("BTC") == Approx(0.999));
  CHECK(kit.find("once")["status"] == "FILLED");
  CHECK(kit.find("never")["code"] == -2013);
  const Json orders = kit.get("/admin/orders");
  CHECK(orders[0]["outcome"] == "filled");
  CHECK(orders[1]["outcome"] == "duplicate");
  CHECK(orders[2]["outcome"] == "found");
  CHECK(orders[3]["outcome"] == "unknown_order");
}

TEST_CASE("Binance itself frees the id of a filled order") {
  Kit kit(true);
  kit.buy("once");
  CHECK(kit.buy("once")["status"] == "FILLED");
  CHECK(kit.buy("rests", "type=LIMIT&timeInForce=GTC&quantity=1&price=90")["status"] == "NEW");
  CHECK(kit.buy("rests")["code"] == -2010);
}

TEST_CASE("Orders obey the symbol's filters") {
  Kit kit;
  CHECK(kit.buy("a", "type=MARKET&quantity=0.0001")["msg"] == "Filter failure: LOT_SIZE");
  CHECK(kit.buy("a", "type=MARKET&quantity=1.0005")["msg"] == "Filter failure: LOT_SIZE");
  CHECK(kit.buy("a", "type=MARKET&quantity=0.01")["msg"] == "Filter failure: NOTIONAL");
  CHECK(kit.buy("a", "type=LIMIT&timeInForce=GTC&quantity=1&price=90.001")["msg"] ==
        "Filter failure: PRICE_FILTER");
  CHECK(kit.buy("a", "type=LIMIT&quantity=1&price=90")["code"] == -1102);
  CHECK(kit.buy("a%20b")["code"] == -1100);
  CHECK(kit.buy("0123456789012345678901234567890123456")["code"] == -1100);
}

TEST_CASE("A resting limit order is filled at its price when a candle that began later touches it") {
  Kit kit;
  kit.go(70);  // 01:20: prices fall from 139 by one a minute
  const double money = kit.balance("USDT");
  CHECK(kit.buy("low", "type=LIMIT&timeInForce=GTC&quantity=1&price=130")["status"] == "NEW");
  CHECK(kit.balance("USDT") == Approx(money - 130));
  CHECK(kit.call("GET", "/api/v3/openOrders", "symbol=BTCUSDT").size() == 1);
  kit.go(9);
  CHECK(kit.find("low")["status"] == "NEW");
  kit.go(1);  // the candle 130.0 .. 129.5 .. has closed
  const Json filled = kit.find("low");
  CHECK(filled["status"] == "FILLED");
  CHECK(number(filled["cummulativeQuoteQty"]) == Approx(130));
  CHECK(kit.balance("USDT") == Approx(money - 130));
  CHECK(kit.call("GET", "/api/v3/openOrders", "symbol=BTCUSDT").empty());
}

TEST_CASE("A cancelled order gives its money back and its id free") {
  Kit kit;
  kit.buy("low", "type=LIMIT&timeInForce=GTC&quantity=1&price=90");
  CHECK(kit.call("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=low")["status"] == "CANCELED");
  CHECK(kit.balance("USDT") == Approx(100'000));
  CHECK(kit.call("DELETE", "/api/v3/order", "symbol=BTCUSDT&origClientOrderId=low")["code"] == -2011);
  CHECK(kit.buy("low")["status"] == "FILLED");
}

TEST_CASE("A stop sells when the price falls to it") {
  Kit kit;
  kit.go(70);
  kit.buy("in", "type=MARKET&quantity=1.1");
  const std::string stop = "type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&stopPrice=135&price=134";
  CHECK(kit.sell("bad", "type=STOP_LOSS_LIMIT&timeInForce=GTC&quantity=1&stopPrice=150&price=149")["code"] ==
        -2010);
  CHECK(kit.sell("stop", stop)["status"] == "NEW");
  CHECK(kit.sell("more", "type=MARKET&quantity=1")["code"] == -2010);  // it is set aside
  kit.go(10);
  const Json done = kit.find("stop");
  CHECK(done["status"] == "FILLED");
  CHECK(number(done["cummulativeQuoteQty"]) == Approx(135));
}

TEST_CASE("Futures: long and short, reduced, with leverage and margin") {
  Kit kit;
  const auto order = [&](const std::string& rest) {
    return kit.call("POST", "/fapi/v1/order", "symbol=BTCUSDT&" + rest);
  };
  CHECK(kit.call("POST", "/fapi/v1/leverage", "symbol=BTCUSDT&leverage=5")["leverage"] == 5);
  CHECK(order("side=SELL&type=MARKET&quantity=10000&newClientOrderId=huge")["code"] == -2019);
  CHECK(order("side=SELL&type=MARKET&quantity=2&newClientOrderId=s")["avgPrice"] == "109.23000000");
  CHECK(order("side=SELL&type=MARKET&quantity=2&newClientOrderId=s")["code"] == -4116);
  const auto position = [&] { return kit.call("GET", "/fapi/v2/positionRisk", "symbol=BTCUSDT")[0]; };
  CHECK(position()["positionAmt"] == "-2.00000000");
  CHECK(order("side=SELL&type=MARKET&quantity=1&reduceOnly=true")["code"] == -2022);
  kit.go(70);  // at 139.25: prices fall
  for (const char* type : {"STOP_MARKET", "STOP", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"}) {
    CHECK(order(fmt::format("side=BUY&type={}&price=100&stopPrice=100&closePosition=true", type))["code"] == -4120);
  }
  const auto algo = [&](const std::string& rest) {
    return kit.call("POST", "/fapi/v1/algoOrder", "algoType=CONDITIONAL&symbol=BTCUSDT&side=BUY&" + rest);
  };
  CHECK(algo("type=STOP_MARKET&triggerPrice=100&closePosition=true")["code"] == -2021);
  CHECK(algo("type=TAKE_PROFIT_MARKET&triggerPrice=130&closePosition=true&clientAlgoId=take")["algoStatus"] == "NEW");
  CHECK(kit.call("GET", "/fapi/v1/openOrders", "symbol=BTCUSDT").empty());
  kit.go(10);
  CHECK(number(position()["positionAmt"]) == 0);
  const Json trades = kit.call("GET", "/fapi/v1/userTrades", "symbol=BTCUSDT");
  REQUIRE(trades.size() == 2);
  CHECK(number(trades[1]["realizedPnl"]) == Approx((109.23 - 130) * 2));
}

TEST_CASE("Futures: a conditional order rests at the algo service until it is set off") {
  Kit kit;
  kit.call("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2");  // at 109.25
  const auto algo = [&](const char* method, const std::string& rest) {
    return kit.call(method, "/fapi/v1/algoOrder", rest);
  };
  const auto place = [&](const std::string& rest) {
    return algo("POST", "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&reduceOnly=true&quantity=2&" + rest);
  };
  const Json first = place("triggerPrice=90&clientAlgoId=a");
  CHECK(first["algoStatus"] == "NEW");
  CHECK(first["actualOrderId"] == "");
  CHECK(place("triggerPrice=80&clientAlgoId=a")["code"] == -4116);
  CHECK(place("triggerPrice=80.001&clientAlgoId=b")["code"] == -1013);
  CHECK(kit.call("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=a")["code"] == -2013);
  CHECK(algo("GET", "clientAlgoId=b")["code"] == -2013);
  CHECK(algo("DELETE", "clientAlgoId=b")["code"] == -2011);
  CHECK(algo("DELETE", "clientAlgoId=a")["msg"] == "success");
  CHECK(algo("GET", "clientAlgoId=a")["algoStatus"] == "CANCELED");
  const Json second = place("triggerPrice=105&clientAlgoId=a");  // its id may be used again
  CHECK(kit.call("GET", "/fapi/v1/openAlgoOrders", "symbol=BTCUSDT").size() == 1);
  kit.go(110);
  const Json done = algo("GET", fmt::format("algoId={}", second["algoId"].get<std::int64_t>()));
  CHECK(done["algoStatus"] == "FINISHED");
  CHECK(kit.call("GET", "/fapi/v1/openAlgoOrders", "symbol=BTCUSDT").empty());
  CHECK(kit.call("GET", "/fapi/v1/allAlgoOrders", "symbol=BTCUSDT").size() == 2);
  const std::string number = done["actualOrderId"];
  const Json real = kit.call("GET", "/fapi/v1/order", "symbol=BTCUSDT&orderId=" + number);
  CHECK(real["status"] == "FILLED");
  CHECK(real["type"] == "MARKET");
  CHECK(kit.call("GET", "/fapi/v1/userTrades", "symbol=BTCUSDT&orderId=" + number).size() == 1);
  CHECK(algo("DELETE", "clientAlgoId=a")["code"] == -2011);
}

TEST_CASE("Futures: a conditional order that is set off while it is asked about is first on its way, then filled") {
  Kit kit;
  kit.call("POST", "/fapi/v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2");
  kit.call("POST", "/fapi/v1/algoOrder",
           "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=2&triggerPrice=90&clientAlgoId=a");
  kit.admin("faults", Json::array({{{"kind", "trigger"}, {"path", "/algoOrder"}, {"method", "DELETE"}, {"ms", 30000}}}));
  CHECK(kit.call("DELETE", "/fapi/v1/algoOrder", "clientAlgoId=a")["code"] == -2011);
  CHECK(kit.call("GET", "/fapi/v1/algoOrder", "clientAlgoId=a")["algoStatus"] == "TRIGGERING");
  kit.go(1);
  CHECK(kit.call("GET", "/fapi/v1/algoOrder", "clientAlgoId=a")["algoStatus"] == "FINISHED");
  CHECK(number(kit.call("GET", "/fapi/v2/positionRisk", "symbol=BTCUSDT")[0]["positionAmt"]) == 0);
}
