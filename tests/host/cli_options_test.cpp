#include <catch2/catch.hpp>

#include "host/cli/run_options.h"
#include "host/cli/usage_error.h"
#include "tests/support/temp_folder.h"

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;

namespace {

struct Given {
  test::TempFolder folder;
  std::string script = folder.write("s.lua", "").string();
  std::FILE* sink = std::tmpfile();
  Console console{sink, sink};

  RunOptions read(Words words) {
    words.push_back(script);
    return read_run_options(std::move(words), console).value();
  }
};

}  // namespace

TEST_CASE("run without options: seed 1, reports into ./dump, capital 10000", "[options]") {
  Given given;
  const RunOptions o = given.read({});
  CHECK(o.files.size() == 1);
  CHECK(o.seed == 1);
  CHECK(o.out == "dump");
  CHECK(o.capital == 10000);
  CHECK((o.markdown && o.csv));
  CHECK_FALSE(o.symbols);
}

TEST_CASE("A bare --to date means its whole day", "[options]") {
  Given given;
  const RunOptions o = given.read({"--from", "2024-01-01", "--to=2024-01-31"});
  CHECK(*o.from == 1704067200000);
  CHECK(*o.to == parse_date("2024-01-31T23:59"));
  CHECK(given.read({"--from", "1704067200000"}).from == 1704067200000);
  CHECK_THROWS_WITH(given.read({"--from", "yesterday"}), Contains("--from yesterday: not a date"));
  CHECK_THROWS_WITH(given.read({"--from", "20240101"}),
                    "--from 20240101: as Unix milliseconds that is 1970-01-01T05:37:20.101Z; write 2024-01-31, 2024-01-31T12:30:00Z or "
                    "milliseconds such as 1704067200000");
  for (const char* small : {"1704067200", "99999999999", "-1704067200000", "0"}) {
    CHECK_THROWS_AS(given.read({"--from", small}), UsageError);
    CHECK_THROWS_WITH(given.read({"--to", small}), Contains(std::string("--to ") + small + ": as Unix milliseconds"));
    CHECK_THROWS_AS(read_window(std::string("2024-01-01..") + small), UsageError);
  }
  CHECK(given.read({"--from", "100000000000"}).from == 100000000000);
  CHECK_THROWS_WITH(given.read({"--from", "2024-02-01", "--to", "2024-01-01"}), Contains("lies before"));
}

TEST_CASE("A typo in an option is an error that names the nearest option", "[options]") {
  Given given;
  CHECK_THROWS_WITH(given.read({"--simbols", "A"}),
                    "btkhost run: unknown option --simbols (did you mean \"--symbols\"?)");
  CHECK_THROWS_WITH(given.read({"--thread=2"}), Contains("--threads"));
}

TEST_CASE("An option in the place of a value is refused, a number or a dash is a value", "[options]") {
  Given given;
  CHECK_THROWS_WITH(given.read({"--symbol", "--no-report"}), "btkhost run: --symbol needs a value (got the option --no-report)");
  CHECK_THROWS_WITH(given.read({"--no-report", "--out", "--seed=3"}), "btkhost run: --out needs a value (got the option --seed)");
  CHECK_THROWS_WITH(given.read({"--out", "-h"}), "btkhost run: --out needs a value (got the option -h)");
  CHECK_THROWS_WITH(given.read({"--out", "--"}), "btkhost run: --out needs a value (got --)");
  CHECK_THROWS_WITH(given.read({"--out", "--no-reprot"}), "btkhost run: --out needs a value (got the option --no-reprot)");
  CHECK(given.read({"--out=--json"}).out == "--json");
  CHECK(given.read({"--out", "-1"}).out == "-1");
  CHECK(given.read({"--out", "-"}).out == "-");
  CHECK_THROWS_WITH(given.read({"--seed", "-1"}), Contains("--seed -1: give a whole number"));
}

TEST_CASE("-- ends the options", "[options]") {
  Given given;
  CHECK(given.read({"--symbols", "BTCUSDT", "--"}).files == std::vector<std::filesystem::path>{given.script});
  CHECK_THROWS_WITH(read_run_options({"--no-report", "--", "--json"}, given.console), "cannot open --json: No such file or directory");
}

TEST_CASE("--set takes known keys with readable values, several times", "[options]") {
  Given given;
  const RunOptions o = given.read({"--set", "CC_PERCENT_FEE=0.05", "--set", "CC_PERCENT_SLIPPAGE=0"});
  REQUIRE(o.settings.size() == 2);
  CHECK(o.settings[1] == std::pair<std::string, std::string>("CC_PERCENT_SLIPPAGE", "0"));
  CHECK(o.files.size() == 1);
  CHECK_THROWS_WITH(given.read({"--set", "CC_PERCENT_FE=1"}), Contains("CC_PERCENT_FEE"));
  CHECK_THROWS_WITH(given.read({"--set", "CC_PERCENT_FEE=much"}), Contains("CC_PERCENT_FEE"));
  CHECK_THROWS_WITH(given.read({"--set", "CC_PERCENT_FEE"}), Contains("CC_KEY=VALUE"));
}

TEST_CASE("Values that make no sense are refused in one sentence", "[options]") {
  Given given;
  CHECK_THROWS_AS(given.read({"--threads", "0"}), UsageError);
  CHECK_THROWS_AS(given.read({"--seed", "abc"}), UsageError);
  CHECK_THROWS_AS(given.read({"--capital", "-1"}), UsageError);
  CHECK_THROWS_AS(given.read({"--report", "pdf"}), UsageError);
  CHECK_THROWS_AS(given.read({"--log-level", "loud"}), UsageError);
  CHECK_THROWS_WITH(read_run_options({}, given.console), "btkhost run: script file is required");
  CHECK_THROWS_WITH(read_run_options({"nowhere.lua"}, given.console),
                    "cannot open nowhere.lua: No such file or directory");
  CHECK_THROWS_WITH(read_run_options({""}, given.console), "btkhost run: the name of a script file is empty");
}

TEST_CASE("--report chooses, --no-report writes none", "[options]") {
  Given given;
  CHECK_FALSE(given.read({"--report", "csv"}).markdown);
  const RunOptions none = given.read({"--no-report"});
  CHECK_FALSE((none.markdown || none.csv));
}
