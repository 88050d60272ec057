#include <catch2/catch.hpp>

#include "host/cli/symbols.h"
#include "host/cli/usage_error.h"

using namespace btk::host;
using Symbols = std::vector<std::string>;

TEST_CASE("Symbols are upper-cased, trimmed and without repeats, in order", "[symbols]") {
  CHECK(read_symbols("btcusdt, ethusdt,BTCUSDT", "--symbols") == Symbols{"BTCUSDT", "ETHUSDT"});
  CHECK(read_symbols("a;b c\td", "--symbols") == Symbols{"A", "B", "C", "D"});
  CHECK(read_symbols("BTC/USDT:USDT,1000pepe_perp-q.1", "x") == Symbols{"BTC/USDT:USDT", "1000PEPE_PERP-Q.1"});
}

TEST_CASE("An empty list of symbols is refused", "[symbols]") {
  CHECK_THROWS_WITH(read_symbols(" , ;", "CC_SYMBOL_LIST"), "CC_SYMBOL_LIST: the list of symbols is empty");
  CHECK_THROWS_AS(read_symbols("", "--symbols"), UsageError);
}

TEST_CASE("Symbols cannot lead out of a folder or hold strange characters", "[symbols]") {
  CHECK_THROWS_WITH(read_symbols("BTC*", "--symbols"),
                    "--symbols: symbol \"BTC*\" has a character other than A-Z 0-9 . _ - / :");
  CHECK_THROWS_AS(read_symbols("../../ETC", "--symbols"), UsageError);
}

TEST_CASE("The option wins over the environment; with neither the script decides", "[symbols]") {
  CHECK(choose_symbols("A", "B") == Symbols{"A"});
  CHECK(choose_symbols({}, "B;C") == Symbols{"B", "C"});
  CHECK(choose_symbols({}, nullptr).empty());
  CHECK_THROWS_AS(choose_symbols("", "B"), UsageError);
}
