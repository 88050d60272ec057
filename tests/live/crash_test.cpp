#include <catch2/catch.hpp>

#include "tests/live/kit.h"

using namespace btk;
using namespace btk::test;

TEST_CASE("a live session against the exchange trades and ends well", "[crash]") {
  TempFolder folder;
  copy_scripts(folder / "scripts");
  Exchange exchange(folder, {"--synthetic", "BTCUSDT=40000", "--start", "2024-01-01", "--end", "2024-01-03"});
  Process program({.words = btkhost({"live", (folder / "scripts/crash_trader.lua").string(), "--symbols", "BTCUSDT", "--clock",
                                     exchange.clock(), "--to", "2024-01-01T01:00", "--json", "--out", (folder / "dump").string()}),
                   .environment = exchange.environment(),
                   .out = folder / "out",
                   .err = folder / "err"});
  const auto end = program.wait();
  REQUIRE(end);
  INFO(read_text(folder / "err"));
  CHECK(end->code == 0);
  CHECK(Json::parse(read_text(folder / "out"))["runs"].size() == 1);
  CHECK(exchange.get("/admin/orders").size() > 0);
}
