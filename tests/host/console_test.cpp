// What reaches the streams of the program.
#include <cstdio>
#include <string>

#include <catch2/catch.hpp>

#include "host/cli/console.h"

using btk::host::Console;

TEST_CASE("A message cannot command the terminal", "[console]") {
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  {
    Console console(out, err);
    console.note("one\ttwo\n  three \x1b[2J\x07 \xC2\x9B\x31m \x7f \r caf\xC3\xA9");
    console.print("as \x1b it is");
  }
  const auto text = [](std::FILE* file) {
    std::rewind(file);
    char buffer[200];
    const std::string all(buffer, std::fread(buffer, 1, sizeof buffer, file));
    std::fclose(file);
    return all;
  };
  CHECK(text(err) == "one\ttwo\n  three \\x1b[2J\\x07 \\x9b1m \\x7f \\x0d caf\xC3\xA9\n");
  CHECK(text(out) == "as \x1b it is");
}
