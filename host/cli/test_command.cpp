// btkhost test: find the files, run them on several threads, tell what failed.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "host/cli/change_wait.h"
#include "host/cli/commands.h"
#include "host/cli/env_file.h"
#include "host/cli/exchanges.h"
#include "host/cli/exit_code.h"
#include "host/cli/interrupt.h"
#include "host/cli/output_target.h"
#include "host/cli/script_setup.h"
#include "host/cli/test_model.h"
#include "host/cli/test_options.h"
#include "host/cli/test_results.h"
#include "host/cli/usage_error.h"
#include "host/clock/machine_clock.h"
#include "host/report/report_file.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

constexpr int kPassed = kDone;

double seconds_since(SteadyClock::time_point began) { return std::chrono::duration<double>(SteadyClock::now() - began).count(); }

lua::TestFileOptions file_options(const TestOptions& o, const fs::path& file, TestFileOutcome& outcome, Exchanges& exchanges,
                                  Interrupt& interrupt) {
  lua::TestFileOptions t;
  t.file = file;
  t.seed = o.seed;
  t.unsafe = o.unsafe;
  t.coverage = o.coverage;
  t.limit = o.limit;
  t.settings = with_environment(o.settings);
  t.open_exchange = [&exchanges](const lua::ExchangeSchema& schema) { return exchanges.open(schema); };
  t.print = [&outcome](std::string_view line) { outcome.printed.emplace_back(line); };
  t.log = [&outcome](std::string_view level, std::string_view text) {
    if (level == "warn" || level == "error") outcome.printed.push_back(fmt::format("{}: {}", level, text));
  };
  t.make_llm = scripted_llm;
  t.stoppable = [&interrupt](lua::Isolate& isolate) { return std::make_shared<Interrupt::Watch>(interrupt, isolate); };
  return t;
}

lua::TestResult load_failure(const fs::path& file, const std::exception& problem) {
  lua::TestResult result{.status = TestStatus::error, .message = problem.what(), .file = file.generic_string()};
  if (const auto* script = dynamic_cast<const lua::ScriptFailure*>(&problem); script != nullptr && !script->error().file.empty()) {
    result.message = script->error().message;
    result.file = script->error().file;
    result.line = script->error().line;
    result.traceback = script->error().traceback;
  }
  return result;
}

void run_file(const TestOptions& o, const fs::path& path, TestFileOutcome& outcome, Exchanges& exchanges, Interrupt& interrupt) {
  const auto began = SteadyClock::now();
  outcome.file = path;
  lua::TestFile file(file_options(o, path, outcome, exchanges, interrupt));
  try {
    file.load();
    for (std::size_t i = 0; i < file.tests().size() && !interrupt.requested(); ++i) {
      const lua::TestCase& test = file.tests()[i];
      if (test.name.find(o.filter) == std::string::npos) continue;
      outcome.tests.emplace_back(test, o.list ? lua::TestResult{} : file.run(i));
    }
    if (const auto& coverage = file.coverage()) {
      outcome.coverage = coverage->files([&file](const std::string& name) { return file.text_of(name); });
    }
  } catch (const std::exception& e) {
    outcome.failure = load_failure(path, e);
  }
  outcome.files = file.files();
  outcome.seconds = seconds_since(began);
}

std::vector<TestFileOutcome> run_files(const TestOptions& o, const std::vector<fs::path>& files, Interrupt& interrupt) {
  Exchanges exchanges;
  std::vector<TestFileOutcome> outcomes(files.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size() && !interrupt.requested(); i = next++) {
      run_file(o, files[i], outcomes[i], exchanges, interrupt);
    }
  };
  const unsigned cores = o.jobs != 0 ? o.jobs : std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min<std::size_t>(cores, files.size()); ++i) threads.emplace_back(work);
  threads.clear();
  std::erase_if(outcomes, [](const TestFileOutcome& outcome) { return outcome.file.empty(); });
  return outcomes;
}

void show_load_failure(const TestFileOutcome& file, Console& console) {
  console.print(failure_text({"the file does not load", file.file.generic_string(), 0, false}, *file.failure));
}

void show_list(const std::vector<TestFileOutcome>& outcomes, Console& console) {
  for (const TestFileOutcome& file : outcomes) {
    for (const auto& [test, result] : file.tests) {
      console.print(fmt::format("{}:{}: {}{}\n", test.file, test.line, test.name, test.pending ? " (pending)" : ""));
    }
  }
  for (const TestFileOutcome& file : outcomes) {
    if (file.failure) show_load_failure(file, console);
  }
}

void show_tests(const TestOptions& o, const std::vector<TestFileOutcome>& outcomes, Console& console) {
  for (const TestFileOutcome& file : outcomes) {
    const TestCounts counts = count({file});
    if (!o.quiet || counts.failed > 0) {
      for (const std::string& line : file.printed) console.note(line);
    }
    if (!o.quiet && !file.failure) {
      console.print(fmt::format("{}: {} passed, {} failed{}\n", file.file.generic_string(), counts.passed, counts.failed,
                                counts.pending > 0 ? fmt::format(", {} pending", counts.pending) : ""));
    }
    if (file.failure) show_load_failure(file, console);
    for (const auto& [test, result] : file.tests) {
      if (result.status == TestStatus::failed || result.status == TestStatus::error) console.print(failure_text(test, result));
    }
  }
  console.print(counts_text(count(outcomes)) + "\n");
  if (o.coverage) console.print(coverage_text(outcomes));
}

int run_once(const TestOptions& o, Console& console, Interrupt& interrupt, std::vector<fs::path>& seen) {
  const std::vector<fs::path> files = find_test_files(o.paths);
  const std::vector<TestFileOutcome> outcomes = run_files(o, files, interrupt);
  for (const TestFileOutcome& outcome : outcomes) seen.insert(seen.end(), outcome.files.begin(), outcome.files.end());
  const TestCounts counts = count(outcomes);
  if (o.list) {
    show_list(outcomes, console);
  } else {
    show_tests(o, outcomes, console);
  }
  if (o.junit) write_report_file(*o.junit, console.mask(junit_text(outcomes)), "--junit");
  if (interrupt.requested()) return kInterrupted;
  if (counts.failed > 0) return kFailed;
  if (counts.passed + counts.pending == 0) {
    console.note(o.filter.empty() ? "btkhost test: there is no test; a file's name ends with _test.lua and holds t.it(\"...\", function() ... end)"
                                  : fmt::format("btkhost test: no test has \"{}\" in its name", o.filter));
    return kFailed;
  }
  return kPassed;
}

// Runs, waits for a change, runs again.
int watch(const TestOptions& o, Console& console, Interrupt& interrupt) {
  ChangeWait changes(console);
  while (true) {
    // New test files count, and what is changed while the tests run.
    std::vector<fs::path> watched = find_test_files(o.paths);
    for (const fs::path& path : o.paths) {
      if (!fs::is_directory(path)) continue;
      watched.push_back(path);
      for (const auto& entry : fs::recursive_directory_iterator(path)) {
        if (entry.is_directory()) watched.push_back(entry.path());
      }
    }
    changes.watch(watched);
    std::vector<fs::path> seen;
    const int code = run_once(o, console, interrupt, seen);
    console.flush();
    watched.insert(watched.end(), seen.begin(), seen.end());
    changes.watch(watched);
    if (interrupt.requested() || !changes.wait(interrupt)) return code;
  }
}

}  // namespace

int test_command(const Words& words, Console& console) {
  const auto options = read_test_options(words, console);
  if (!options) return kPassed;
  if (options->junit) check_file_target("--junit", *options->junit);
  std::vector<fs::path> beside = options->paths;
  for (fs::path& path : beside) {
    if (fs::is_directory(path)) path /= "any.lua";  // the .env of the folder
  }
  load_environment(beside, options->env_override, console);
  Interrupt interrupt(console);
  if (options->watch) return watch(*options, console, interrupt);
  std::vector<fs::path> seen;
  return run_once(*options, console, interrupt, seen);
}

}  // namespace btk::host
