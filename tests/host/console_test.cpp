// What reaches the streams of the program.
#include <cstdio>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

#include "host/cli/console.h"
#include "host/cli/usage_error.h"
#include "tests/support/temp_folder.h"

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

TEST_CASE("A log file gets what stderr gets, with the time, after what an earlier process wrote", "[console]") {
  const btk::test::TempFolder folder;
  const auto file = folder / "session.log";
  std::FILE* out = std::tmpfile();
  std::FILE* err = std::tmpfile();
  for (const char* word : {"first", "second"}) {
    Console console(out, err);
    console.note("before");
    console.log_to(file);
    console.print("result");
    console.note(word);
  }
  std::ifstream in(file);
  std::string line;
  for (const char* word : {"first", "second"}) {
    REQUIRE(std::getline(in, line));
    CHECK_THAT(line, Catch::Matchers::Matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\dZ " + std::string(word)));
  }
  CHECK_FALSE(std::getline(in, line));
  CHECK_THROWS_AS(Console(out, err).log_to(folder / "nowhere" / "x.log"), btk::host::UsageError);
  std::fclose(out);
  std::fclose(err);
}
