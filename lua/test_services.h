// What scripts under test have besides: t.run makes further isolates in the middle of a test, and whoever stops the test has
// to stop those too; lines that were executed are counted in all of them; a model that a test has scripted answers in all of them.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/error.h"
#include "lua/isolate.h"
#include "lua/line_coverage.h"
#include "lua/llm.h"

namespace btk::lua {

/// What a scripted model is asked: one request, after everything that btk.llm does before it is sent.
struct ModelQuestion {
  std::string model;
  std::vector<LlmMessage> messages;
  std::string schema{};  ///< JSON schema of the answer; empty: any text
};
struct ModelAnswer {
  int status = 200;   ///< of HTTP; another one refuses
  std::string content{};  ///< the answer, or why there is none
};
/// No answer comes, because the test wants it so: t.unknown().
class NoAnswer : public Error {
 public:
  using Error::Error;
};
/// Throws NoAnswer, or btk::Error when the test does not say what to answer.
using ScriptedModel = std::function<ModelAnswer(const ModelQuestion&)>;

struct TestServices {
  /// Makes an isolate stoppable while the answer lives (time limit, Ctrl-C). May be empty.
  std::function<std::shared_ptr<void>(Isolate&)> guard;
  /// Counts lines; empty: nobody wants to know. One per test file, used by one thread.
  std::shared_ptr<LineCoverage> coverage;
  /// Simulated time of the run that sends a request through btk.http. Written like `files`.
  mutable Timestamp asked_at = 0;
  /// Files that runs of the tests have read, by the name that messages show. Written by the thread of the test file.
  mutable std::map<std::string, std::filesystem::path> files;
};

}  // namespace btk::lua
