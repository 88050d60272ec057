#include "host/report/table.h"

#include <catch2/catch.hpp>

using namespace btk::host;

TEST_CASE("What a script writes into a cell breaks no table", "[report]") {
  CHECK(table_line(std::vector<std::string>{"a", "1"}) == "| a | 1 |");
  CHECK(table_line(std::vector<std::string>{"up | down", "two\nlines\tand a tab"}) == "| up \\| down | two lines and a tab |");
}
