// What came of test files, as build servers and people read it.
#include "host/cli/test_results.h"

#include <catch2/catch.hpp>

using namespace btk;
using namespace btk::host;
using Catch::Matchers::Contains;
using Status = lua::TestResult::Status;

namespace {

// Is it XML: every element closed in its turn, attributes in quotes, no bare < or &? (No DTD, no comments: the program writes none.)
bool is_well_formed(const std::string& xml) {
  const auto escaped_only = [](std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '<' || text[at] == '>') return false;
      if (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\n') return false;
      if (text[at] == '&' && text.find(';', at) > at + 6) return false;
    }
    return true;
  };
  std::vector<std::string> open;
  std::size_t at = xml.find('\n') + 1;
  if (xml.substr(0, 5) != "<?xml") return false;
  while (at < xml.size()) {
    const std::size_t begin = xml.find('<', at);
    if (begin == std::string::npos) return open.empty() && escaped_only(xml.substr(at));
    if (!escaped_only(xml.substr(at, begin - at))) return false;
    const std::size_t end = xml.find('>', begin);
    if (end == std::string::npos) return false;
    std::string tag = xml.substr(begin + 1, end - begin - 1);
    at = end + 1;
    if (tag.front() == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return false;
      open.pop_back();
      continue;
    }
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0 || tag.find_first_of("<\n") != std::string::npos) return false;
    if (tag.back() != '/') open.push_back(tag.substr(0, tag.find(' ')));
  }
  return open.empty();
}

TestFileOutcome outcome(const std::string& file, std::vector<std::pair<lua::TestCase, lua::TestResult>> tests) {
  TestFileOutcome made;
  made.file = file;
  made.tests = std::move(tests);
  return made;
}

}  // namespace

TEST_CASE("JUnit's XML is well formed whatever tests say", "[test]") {
  const std::string nasty = "<b a=\"1\"> & 'x' ]]> \x01\x1b[31m \xff\xc3 \xe2\x82\xac\nline two\ttab";
  lua::TestResult failed{.status = Status::failed, .message = nasty, .file = nasty, .line = 3, .expected = nasty, .actual = nasty, .traceback = nasty};
  lua::TestResult error = failed;
  error.status = Status::error;
  lua::TestResult passed, pending{.status = Status::pending};
  TestFileOutcome broken = outcome(nasty, {});
  broken.failure = error;
  const std::string xml = junit_text({outcome("a_test.lua", {{{nasty, "a_test.lua", 1}, failed},
                                                             {{"b", "a_test.lua", 2}, error},
                                                             {{"c", "a_test.lua", 3}, passed},
                                                             {{"d", "a_test.lua", 4, true}, pending}}),
                                      broken});
  CHECK(is_well_formed(xml));
  CHECK_THAT(xml, Contains("<testsuites tests=\"5\" failures=\"1\" errors=\"2\" skipped=\"1\">"));
  CHECK_THAT(xml, Contains("<testsuite name=\"a_test.lua\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time="));
  CHECK_THAT(xml, Contains("&lt;b a=&quot;1&quot;&gt; &amp; 'x' ]]&gt; ??[31m \xef\xbf\xbd\xef\xbf\xbd \xe2\x82\xac&#10;line two&#9;tab"));
  CHECK_THAT(xml, Contains("name=\"d\" file=\"a_test.lua\" line=\"4\" time=\"0.000\"><skipped/></testcase>"));
  CHECK_FALSE(is_well_formed("<?xml?>\n<a>" + nasty + "</a>\n"));  // the judge can say no
  CHECK_FALSE(is_well_formed("<?xml?>\n<a><b></a></b>\n"));
}

TEST_CASE("A failing test is told with place, comparison and candle, and its traceback when there is more than the place", "[test]") {
  lua::TestResult r{.status = Status::failed, .message = "the trade is another one", .file = "a_test.lua", .line = 7, .expected = "1", .actual = "2"};
  r.candle = "BTCUSDT 2024-01-01 00:05 open 1 high 2 low 1 close 2";
  CHECK(failure_text({"block > test", "a_test.lua", 5}, r) ==
        "FAILED a_test.lua:7: block > test\n    the trade is another one\n    expected: 1\n    actual:   2\n"
        "    candle:   BTCUSDT 2024-01-01 00:05 open 1 high 2 low 1 close 2\n");
  lua::TestResult e{.status = Status::error, .message = "no", .traceback = "  a_test.lua:9: in main chunk"};
  CHECK(failure_text({"test", "a_test.lua", 5}, e) == "FAILED a_test.lua: test\n    no\n");
  e.traceback += "\n  b.lua:1: in function 'f'";
  CHECK_THAT(failure_text({"test", "a_test.lua", 5}, e), Contains("called from:\n  a_test.lua:9: in main chunk\n  b.lua:1"));
}

TEST_CASE("Coverage of several files is one table without the tests themselves", "[test]") {
  TestFileOutcome one = outcome("tests/a_test.lua", {}), two = outcome("tests/b_test.lua", {});
  one.coverage["s.lua"] = {{1, 2, 3, 4}, {1, 2}};
  one.coverage["tests/a_test.lua"] = {{1, 2}, {1}};
  two.coverage["s.lua"] = {{1, 2, 3, 4}, {2, 3}};
  two.coverage["never.lua"] = {{1, 2, 3, 7, 9, 10}, {1}};
  CHECK(coverage_text({one, two}) ==
        "\nscript     lines     share  missed lines\n"
        "never.lua     1/6     16.7 %  2-3, 7, 9-10\n"
        "s.lua         3/4     75.0 %  4\n"
        "all           4/10    40.0 %\n");
  CHECK(coverage_text({outcome("tests/a_test.lua", {})}) == "coverage: no script was run\n");
}
