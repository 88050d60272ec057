#include "host/cli/test_results.h"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace btk::host {
namespace {

bool failed(const lua::TestResult& result) { return result.status == TestStatus::failed || result.status == TestStatus::error; }

// Bytes that are no UTF-8 become U+FFFD.
std::string as_utf8(const std::string& text) {
  const nlohmann::json value(text);
  return nlohmann::json::parse(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)).get<std::string>();
}

// XML 1.0 has no place for most control characters, not even escaped.
std::string xml_escaped(const std::string& text) {
  std::string out;
  for (const char c : as_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

std::string details(const lua::TestResult& r) {
  std::string out;
  const auto line = [&](const char* name, const std::string& text) {
    if (!text.empty()) out += fmt::format("    {:<9} {}\n", name, text);
  };
  if (r.status != TestStatus::failed || r.message != "the values are not as expected") out += fmt::format("    {}\n", r.message);
  line("expected:", r.expected);
  line("actual:", r.actual);
  line("candle:", r.candle);
  return out;
}

std::string test_case(const TestFileOutcome& file, const lua::TestCase& test, const lua::TestResult& r) {
  std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3f}\"",
                                xml_escaped(file.file.generic_string()), xml_escaped(test.name), xml_escaped(test.file),
                                test.line, r.seconds);
  if (r.status == TestStatus::passed) return out + "/>\n";
  if (r.status == TestStatus::pending) return out + "><skipped/></testcase>\n";
  const char* kind = r.status == TestStatus::failed ? "failure" : "error";
  return out + fmt::format("><{0} message=\"{1}\">{2}:{3}&#10;{4}</{0}></testcase>\n", kind, xml_escaped(r.message), xml_escaped(r.file),
                           r.line, xml_escaped(details(r) + r.traceback));
}

bool is_test_file(const std::vector<TestFileOutcome>& outcomes, const std::string& name) {
  return std::any_of(outcomes.begin(), outcomes.end(), [&](const TestFileOutcome& one) {
    return one.file.lexically_normal().generic_string() == name;
  });
}

// Those that ended by an error instead of a comparison, a file that does not load among them.
std::size_t errors(const TestFileOutcome& file) {
  std::size_t n = file.failure ? 1 : 0;
  for (const auto& [test, result] : file.tests) n += result.status == TestStatus::error ? 1 : 0;
  return n;
}

}  // namespace

TestCounts count(const std::vector<TestFileOutcome>& outcomes) {
  TestCounts counts;
  for (const TestFileOutcome& file : outcomes) {
    ++counts.files;
    if (file.failure) ++counts.failed;
    for (const auto& [test, result] : file.tests) {
      if (result.status == TestStatus::passed) ++counts.passed;
      if (result.status == TestStatus::pending) ++counts.pending;
      if (failed(result)) ++counts.failed;
    }
  }
  return counts;
}

std::string failure_text(const lua::TestCase& test, const lua::TestResult& result) {
  const std::string place = result.file.empty() ? test.file : fmt::format("{}:{}", result.file, result.line);
  std::string out = fmt::format("FAILED {}: {}\n{}", place, test.name, details(result));
  // The first line of a traceback is the place itself.
  if (result.traceback.find('\n') != std::string::npos) out += fmt::format("    called from:\n{}\n", result.traceback);
  return out;
}

std::string counts_text(const TestCounts& counts) {
  std::string out = fmt::format("{} passed, {} failed", counts.passed, counts.failed);
  if (counts.pending > 0) out += fmt::format(", {} pending", counts.pending);
  return out + fmt::format(" in {} file{}", counts.files, counts.files == 1 ? "" : "s");
}

std::string junit_text(const std::vector<TestFileOutcome>& outcomes) {
  const TestCounts all = count(outcomes);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  std::size_t all_errors = 0;
  for (const TestFileOutcome& file : outcomes) all_errors += errors(file);
  out += fmt::format("<testsuites tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n", all.passed + all.failed + all.pending,
                     all.failed - all_errors, all_errors, all.pending);
  for (const TestFileOutcome& file : outcomes) {
    const TestCounts counts = count({file});
    out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\">\n",
                       xml_escaped(file.file.generic_string()), counts.passed + counts.failed + counts.pending,
                       counts.failed - errors(file), errors(file), counts.pending, file.seconds);
    if (file.failure) out += test_case(file, {"(loading)", file.file.generic_string(), file.failure->line, false}, *file.failure);
    for (const auto& [test, result] : file.tests) out += test_case(file, test, result);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

std::string coverage_text(const std::vector<TestFileOutcome>& outcomes) {
  std::map<std::string, lua::CoveredFile> files;
  for (const TestFileOutcome& outcome : outcomes) {
    for (const auto& [name, covered] : outcome.coverage) {
      if (is_test_file(outcomes, name)) continue;
      lua::CoveredFile& file = files[name];
      file.lines.insert(covered.lines.begin(), covered.lines.end());
      file.hit.insert(covered.hit.begin(), covered.hit.end());
    }
  }
  if (files.empty()) return "coverage: no script was run\n";
  std::size_t width = 6, lines = 0, hit = 0;
  for (const auto& [name, file] : files) {
    width = std::max(width, name.size());
    lines += file.lines.size();
    hit += file.hit.size();
  }
  const auto share = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  std::string out = fmt::format("\n{:<{}}  lines     share  missed lines\n", "script", width);
  for (const auto& [name, file] : files) {
    std::set<int> missed;
    std::set_difference(file.lines.begin(), file.lines.end(), file.hit.begin(), file.hit.end(), std::inserter(missed, missed.end()));
    const std::string ranges = lua::line_ranges(missed);
    out += fmt::format("{:<{}}  {:>4}/{:<4} {:>5.1f} %{}{}\n", name, width, file.hit.size(), file.lines.size(),
                       share(file.hit.size(), file.lines.size()), ranges.empty() ? "" : "  ", ranges);
  }
  return out + fmt::format("{:<{}}  {:>4}/{:<4} {:>5.1f} %\n", "all", width, hit, lines, share(hit, lines));
}

}  // namespace btk::host
