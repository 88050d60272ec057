#include <catch2/catch.hpp>

#include <limits>

#include "engine/sha256.h"
#include "host/cli/run_json.h"

using namespace btk;
using namespace btk::host;
using Json = nlohmann::ordered_json;
using Catch::Matchers::StartsWith;

namespace {

FinishedSignal closed_long() {
  FinishedSignal f;
  Signal& s = f.signal;
  s.id = "a1";
  s.price_open = 100;
  s.price_take_profit = 104;
  s.price_stop_loss = 98;
  s.trailing_stop = 99;
  s.minute_estimated_time = std::numeric_limits<double>::infinity();
  s.cost = 100;
  s.scheduled_at = 60'000;
  s.pending_at = 120'000;
  s.entries = {{100, 100, 120'000}};
  f.close_reason = CloseReason::stop_loss;
  f.close_timestamp = 240'000;
  f.current_price = 99;
  f.pnl = {.pnl_percentage = -1.25, .pnl_cost = -1.25, .pnl_entries = 100, .price_open = 100, .price_close = 99};
  return f;
}

RunOutcome outcome(const std::string& symbol, const std::string& hash) {
  RunOutcome o;
  o.report.symbol = symbol;
  o.report.strategy_name = "s";
  o.report.exchange_name = "e";
  o.report.run_hash = hash;
  return o;
}

}  // namespace

TEST_CASE("Numbers are the shortest that read back; whole ones have no point", "[json]") {
  CHECK(json_text({{"a", 0.1}, {"b", 100.0}, {"c", 1e21}, {"d", -0.0}, {"e", 1e-7}, {"f", 3}}) ==
        R"({"a":0.1,"b":100,"c":1e21,"d":0,"e":1e-7,"f":3})");
  CHECK(json_text(Json::array({std::numeric_limits<double>::infinity(), nullptr, true, "a\"b\n"})) ==
        R"([null,null,true,"a\"b\n"])");
}

TEST_CASE("Text that is not UTF-8 still gives valid JSON", "[json]") {
  CHECK_NOTHROW(Json::parse(json_text({{"note", "\xff\xfe ok"}})));
}

TEST_CASE("The document has the promised keys in the promised order", "[json]") {
  RunOutcome o = outcome("BTCUSDT", "ab");
  o.report.signals = {closed_long()};
  o.report.gaps = {Gap{.from = 60'000, .candles = 80}};
  o.report.refused = {2, 60'000, "the stop is too near"};
  o.report.errors = {{.where = "get_signal", .message = "bad", .file = "s.lua", .line = 4, .traceback = {}, .count = 3, .first_at = 60'000}};
  const Json document = run_document({o});
  std::vector<std::string> keys;
  for (const auto& [key, value] : document["runs"][0].items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"symbol", "strategy_name", "exchange_name", "frame_name", "run_hash", "stats",
                                         "signals", "errors", "gaps", "warmup_ticks", "data_ended", "stopped", "stopped_at", "refused",
                                         "rejected",
                                         "verdict", "reasons", "honest", "warnings"});
  CHECK(document["runs"][0]["refused"].dump() == R"({"count":2,"first_at":60000,"first":"the stop is too near"})");
  CHECK(document["runs"][0]["rejected"].is_null());
  CHECK(document["runs"][0]["verdict"] == "inconclusive");
  CHECK(document["runs"][0]["warnings"][0].get<std::string>().find("only 1 trade:") == 0);
  CHECK(document["run_hash"] == "ab");
  CHECK(document["runs"][0]["frame_name"].is_null());
  CHECK(document["runs"][0]["errors"][0].dump() ==
        R"({"message":"bad","file":"s.lua","line":4,"count":3,"first_at":60000})");
  CHECK(document["runs"][0]["gaps"][0].dump() == R"({"from":60000,"candles":80})");

  const Json signal = document["runs"][0]["signals"][0];
  keys.clear();
  for (const auto& [key, value] : signal.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"id", "action", "position", "price_open", "price_take_profit", "price_stop_loss",
                                         "original_price_open", "original_price_take_profit", "original_price_stop_loss",
                                         "minute_estimated_time", "cost", "multiplier", "isolated", "scheduled_at",
                                         "pending_at", "close_timestamp", "close_reason", "current_price", "pnl",
                                         "peak_profit", "max_drawdown", "partials", "entries", "note"});
  CHECK(signal["price_stop_loss"] == 99);
  CHECK(signal["original_price_stop_loss"] == 98);
  CHECK(signal["minute_estimated_time"].is_null());
}

TEST_CASE("A run that did not reach the end of its frame says so, and where it ended", "[json]") {
  const auto told = [](const RunOutcome& o) {
    const Json run = run_document({o})["runs"][0];
    return std::pair(run["stopped"].dump(), run["stopped_at"].dump());
  };
  RunOutcome o = outcome("A", "x");
  CHECK(told(o) == std::pair<std::string, std::string>("false", "null"));
  o.report.left_at = 60'000;  // by the script
  CHECK(told(o) == std::pair<std::string, std::string>("true", "60000"));
  o.report.left_at = 0;
  o.report.interrupted = true;  // before it began
  CHECK(told(o) == std::pair<std::string, std::string>("true", "null"));
  o.report.interrupted = false;
  o.failure = "no candles of A";
  CHECK(told(o) == std::pair<std::string, std::string>("true", "null"));
  o.report.live = true;  // a session has no frame
  CHECK_FALSE(run_document({o})["runs"][0].contains("stopped"));
}

TEST_CASE("Absent statistics are null", "[json]") {
  const Json stats = run_document({outcome("A", "x")})["runs"][0]["stats"];
  CHECK(stats["total_signals"] == 0);
  CHECK(stats["win_rate"].is_null());
  CHECK(stats["sharpe_ratio"].is_null());
}

TEST_CASE("A cancelled order has a reason instead of a close_reason, and no result", "[json]") {
  RunOutcome o = outcome("A", "x");
  o.report.signals = {closed_long()};
  o.report.signals[0].action = Action::cancelled;
  o.report.signals[0].cancel_reason = CancelReason::timeout;
  o.report.signals[0].signal.pending_at = 0;
  const Json signal = run_document({o})["runs"][0]["signals"][0];
  CHECK(signal["reason"] == "timeout");
  CHECK_FALSE(signal.contains("close_reason"));
  CHECK(signal["pending_at"].is_null());
  CHECK(signal["pnl"]["pnl_percentage"] == 0);
}

TEST_CASE("The hash of several runs is that of their hashes as lines", "[json]") {
  const std::string a(64, 'a'), b(64, 'b');
  CHECK(combined_hash({outcome("A", a)}) == a);
  CHECK(combined_hash({outcome("A", a), outcome("B", b)}) == sha256_hex(a + "\n" + b + "\n"));
  CHECK(combined_hash({outcome("B", b), outcome("A", a)}) != combined_hash({outcome("A", a), outcome("B", b)}));
}

TEST_CASE("A run that could not be made says so among its errors", "[json]") {
  RunOutcome o = outcome("A", "x");
  o.failure = "no candles of A";
  CHECK(run_document({o})["runs"][0]["errors"][0]["message"] == "no candles of A");
  CHECK(run_document({o})["runs"][0]["errors"][0]["file"].is_null());
  o.failure = "exchange 'x': candles of A could not be read: my scripts/fetch.lua:31: exchange down";
  CHECK(run_document({o})["runs"][0]["errors"][0]["file"] == "my scripts/fetch.lua");
  CHECK(run_document({o})["runs"][0]["errors"][0]["line"] == 31);
}
