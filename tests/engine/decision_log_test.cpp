#include "engine/decision_log.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace btk;

TEST_CASE("each decision is one line of key=value fields") {
  DecisionLog log("BTCUSDT", "sma-cross", true);
  log.line("opened", 1704067200000)
      .text("id", "a")
      .number("price", 100.5)
      .flag("isolated", true)
      .time("at", -5);
  log.line("closed", 1704067260000);
  CHECK(log.text() ==
        "run\tBTCUSDT\tsma-cross\n"
        "opened\t1704067200000\tid=a\tprice=100.5\tisolated=true\tat=-5\n"
        "closed\t1704067260000\n");
  CHECK(log.lines() == 3);
}

TEST_CASE("the run hash is SHA-256 over exactly the lines, kept or not") {
  DecisionLog kept("A", "b", true), unkept("A", "b", false);
  for (DecisionLog* log : {&kept, &unkept})
    log->line("closed", 1).number("price", 0.1).flag("data_ended", false);
  CHECK(kept.hash() == sha256_hex(kept.text()));
  CHECK(unkept.hash() == kept.hash());
  CHECK(unkept.text().empty());
  CHECK(DecisionLog("A", "c", false).hash() != DecisionLog("A", "b", false).hash());
}

TEST_CASE("texts cannot forge fields or lines") {
  DecisionLog log("A", "b", true);
  log.line("commit", 0).text("note", "a\tid=x\nclosed\\\r");
  CHECK(log.text() == "run\tA\tb\ncommit\t0\tnote=a\\tid=x\\nclosed\\\\\\r\n");
}

TEST_CASE("numbers are the shortest text that reads back to the same bits") {
  const auto line = [](double value) {
    DecisionLog log("", "", true);
    log.line("n", 0).number("v", value);
    return log.text().substr(std::string("run\t\t\nn\t0\tv=").size());
  };
  CHECK(line(0.1) == "0.1\n");
  CHECK(line(-0.0) == "0\n");
  CHECK(line(100) == "100\n");
  CHECK(line(0.1 + 0.2) == "0.30000000000000004\n");
  CHECK(line(-0.39960039960038823) == "-0.39960039960038823\n");
  CHECK(line(1e-7) == "1e-7\n");
  CHECK(line(1e21) == "1e21\n");
  CHECK(line(std::numeric_limits<double>::infinity()) == "Infinity\n");
}
