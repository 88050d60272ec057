// A file of tests (`btkhost test`): its main chunk collects them, then they are run one by one in the file's own isolate. Runs that
// a test makes with `script =` have further isolates (lua/test_run.h).
//
// One thread at a time uses a TestFile; different files share nothing.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "lua/script.h"
#include "lua/test_services.h"

namespace btk::lua {

struct TestCase {
  std::string name;  ///< with the blocks around it: "sma cross > opens once"
  std::string file;
  int line = 0;
  bool pending = false;
};

struct TestResult {
  enum class Status { passed, failed, error, pending };
  Status status = Status::passed;
  std::string message{};         ///< why; empty when it passed
  std::string file{};            ///< where
  int line = 0;
  std::string expected{}, actual{};  ///< of a failed comparison
  std::string candle{};          ///< symbol, time and prices of the candle at which it failed; empty outside of runs
  std::string traceback{};       ///< of an error
  double seconds = 0;            ///< wall clock
};

struct TestFileOptions {
  std::filesystem::path file;
  std::uint64_t seed = 1;
  bool unsafe = false, coverage = false;
  std::chrono::milliseconds limit{60000};  ///< per test, and for the main chunk
  std::vector<std::pair<std::string, std::string>> settings;
  std::function<std::shared_ptr<CandleSource>(const ExchangeSchema&)> open_exchange;
  std::function<void(std::string_view)> print;
  std::function<void(std::string_view level, std::string_view text)> log;
  /// Makes an isolate stoppable by the user while the answer lives; may be empty.
  std::function<std::shared_ptr<void>(Isolate&)> stoppable;
  /// The service behind btk.llm, which sends its requests to that model; empty: btk.llm raises.
  std::function<std::shared_ptr<LlmService>(ScriptedModel)> make_llm;
};

class TestFile {
 public:
  explicit TestFile(TestFileOptions options);
  ~TestFile();
  TestFile(const TestFile&) = delete;
  TestFile& operator=(const TestFile&) = delete;

  /// Executes the main chunk. Throws ScriptFailure or btk::Error.
  void load();
  const std::vector<TestCase>& tests() const { return tests_; }
  TestResult run(std::size_t index);

  /// Files that were read, the tests' own and those under test.
  std::vector<std::filesystem::path> files() const;
  const std::shared_ptr<LineCoverage>& coverage() const { return services_->coverage; }
  /// The text of a file by the name that messages show; nothing when it was not read here.
  std::optional<std::string> text_of(const std::string& name) const;

 private:
  void call_runner(const char* function, int nargs, int nresults);
  HttpResponse answer_request(const HttpRequest& request);
  ModelAnswer answer_question(const ModelQuestion& question);
  void call_world(const char* function, int nargs);
  TestResult read_result() const;

  TestFileOptions options_;
  std::shared_ptr<TestServices> services_ = std::make_shared<TestServices>();
  std::shared_ptr<Watchdog> watchdog_ = std::make_shared<Watchdog>();
  ScriptOptions script_options_;
  std::unique_ptr<Script> script_;
  std::vector<TestCase> tests_;
};

/// "passed", "failed", "error", "pending".
std::string_view to_string(TestResult::Status status);

}  // namespace btk::lua
