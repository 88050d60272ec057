#include "lua/test_file.h"

#include <fstream>
#include <iterator>

#include "engine/error.h"
#include "lua/bindings.h"
#include "lua/convert.h"
#include "lua/test_run.h"

namespace btk::lua {
namespace {

namespace fs = std::filesystem;

/// What makes an isolate end in time and when the user wants it.
struct Guard {
  std::unique_ptr<Deadline> deadline;
  std::shared_ptr<void> stoppable;
};

TestResult::Status read_status(const std::string& word) {
  if (word == "passed") return TestResult::Status::passed;
  if (word == "pending") return TestResult::Status::pending;
  return word == "failed" ? TestResult::Status::failed : TestResult::Status::error;
}

}  // namespace

std::string_view to_string(TestResult::Status status) {
  switch (status) {
    case TestResult::Status::passed: return "passed";
    case TestResult::Status::failed: return "failed";
    case TestResult::Status::error: return "error";
    case TestResult::Status::pending: return "pending";
  }
  return "";
}

TestFile::TestFile(TestFileOptions options) : options_(std::move(options)) {
  services_->guard = [this](Isolate& isolate) {
    auto guard = std::make_shared<Guard>();
    if (options_.stoppable) guard->stoppable = options_.stoppable(isolate);
    guard->deadline = std::make_unique<Deadline>(*watchdog_, isolate, options_.limit);
    return guard;
  };
  if (options_.coverage) services_->coverage = std::make_shared<LineCoverage>();
  ScriptOptions& s = script_options_;
  s.files = {options_.file};
  s.seed = options_.seed;
  s.settings = options_.settings;
  s.unsafe = options_.unsafe;
  s.keep_decisions = true;
  s.collect = test_event_kinds();
  s.open_exchange = options_.open_exchange;
  s.print = options_.print;
  s.log = options_.log;
  s.watchdog = watchdog_;
  s.tests = services_;
  s.http = [this](const HttpRequest& request) { return answer_request(request); };
  if (options_.make_llm) s.llm = options_.make_llm([this](const ModelQuestion& question) { return answer_question(question); });
}

TestFile::~TestFile() = default;

void TestFile::load() {
  script_ = std::make_unique<Script>(script_options_, Script::Role::main);
  Isolate& isolate = script_->isolate();
  add_test_folders(isolate.loader(), options_.file);
  const auto guard = services_->guard(isolate);
  isolate.push_module("test");
  lua_pop(isolate.state(), 1);
  script_->load();
  call_runner("list", 0, 1);
  lua_State* L = isolate.state();
  for (int i = 1, n = static_cast<int>(lua_objlen(L, -1)); i <= n; ++i) {
    lua_rawgeti(L, -1, i);
    const int row = lua_gettop(L);
    lua_getfield(L, row, "pending");
    const bool pending = lua_toboolean(L, -1) != 0;
    lua_pop(L, 1);
    tests_.push_back({text_field(L, row, "name"), text_field(L, row, "file"), static_cast<int>(number_field(L, row, "line")), pending});
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void TestFile::call_runner(const char* function, int nargs, int nresults) {
  lua_State* L = script_->isolate().state();
  script_->isolate().push_module("test");
  lua_getfield(L, -1, function);
  lua_remove(L, -2);
  lua_insert(L, -1 - nargs);
  script_->isolate().call(nargs, nresults);
}

// The scripted world (lua/btk/test_world.lua) lives in the test's own state, whoever asks; that state waits meanwhile in t.run or
// in a function of btk. What it answers, or why nothing comes, is left on its stack.
void TestFile::call_world(const char* function, int nargs) {
  Isolate& isolate = script_->isolate();
  lua_State* L = isolate.state();
  isolate.push_module("test_world");
  lua_getfield(L, -1, function);
  lua_remove(L, -2);
  lua_insert(L, -1 - nargs);
  isolate.call(nargs, 3);
  if (!lua_isnil(L, -3)) return;
  const std::string why = text_arg(L, -2);
  const bool wanted = lua_toboolean(L, -1) != 0;
  lua_pop(L, 3);
  if (wanted) throw NoAnswer(why);
  throw Error(why);
}

HttpResponse TestFile::answer_request(const HttpRequest& request) {
  lua_State* L = script_->isolate().state();
  luaL_checkstack(L, 20, "too many requests inside of each other");
  lua_pushlstring(L, request.method.data(), request.method.size());
  lua_pushlstring(L, request.url.data(), request.url.size());
  lua_createtable(L, 0, static_cast<int>(request.headers.size()));
  for (const auto& [name, value] : request.headers) set_field(L, name.c_str(), std::string_view(value));
  lua_pushlstring(L, request.body.data(), request.body.size());
  lua_pushnumber(L, static_cast<double>(services_->asked_at));
  call_world("ask_http", 5);
  HttpResponse response;
  response.status = static_cast<int>(lua_tonumber(L, -3));
  for (lua_pushnil(L); lua_next(L, -3) != 0; lua_pop(L, 1)) response.headers.emplace_back(text_arg(L, -2), text_arg(L, -1));
  response.body = text_arg(L, -1);
  lua_pop(L, 3);
  return response;
}

ModelAnswer TestFile::answer_question(const ModelQuestion& question) {
  lua_State* L = script_->isolate().state();
  luaL_checkstack(L, 20, "too many questions inside of each other");
  lua_pushlstring(L, question.model.data(), question.model.size());
  lua_createtable(L, static_cast<int>(question.messages.size()), 0);
  int n = 0;
  for (const LlmMessage& message : question.messages) {
    lua_createtable(L, 0, 2);
    set_field(L, "role", std::string_view(message.role));
    set_field(L, "content", std::string_view(message.content));
    lua_rawseti(L, -2, ++n);
  }
  lua_pushlstring(L, question.schema.data(), question.schema.size());
  call_world("ask_llm", 3);
  ModelAnswer answer{static_cast<int>(lua_tonumber(L, -3)), text_arg(L, -1)};
  lua_pop(L, 3);
  return answer;
}

TestResult TestFile::read_result() const {
  lua_State* L = script_->isolate().state();
  const int row = lua_gettop(L);
  TestResult r;
  r.status = read_status(text_field(L, row, "status"));
  r.message = text_field(L, row, "message");
  r.file = text_field(L, row, "file");
  r.line = static_cast<int>(number_field(L, row, "line"));
  r.expected = text_field(L, row, "expected");
  r.actual = text_field(L, row, "actual");
  r.candle = text_field(L, row, "candle");
  r.traceback = text_field(L, row, "traceback");
  return r;
}

TestResult TestFile::run(std::size_t index) {
  const TestCase& test = tests_.at(index);
  const auto began = std::chrono::steady_clock::now();
  TestResult result;
  Isolate& isolate = script_->isolate();
  try {
    const auto guard = services_->guard(isolate);
    lua_pushinteger(isolate.state(), static_cast<lua_Integer>(index) + 1);
    call_runner("run", 1, 1);
    result = read_result();
    lua_pop(isolate.state(), 1);
  } catch (const ScriptFailure& e) {
    // Interrupted, out of time or out of memory: nothing else comes through the runner.
    result = {.status = TestResult::Status::error, .message = e.error().message, .file = test.file, .line = test.line};
    if (e.error().stop == StopReason::deadline) {
      result.message = "the test took longer than it may (--timeout)";
    }
    if (e.error().stop != StopReason::interrupted && !isolate.memory_exhausted()) {
      isolate.resume();
      call_runner("reset", 0, 0);
    }
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return result;
}

std::vector<fs::path> TestFile::files() const {
  std::vector<fs::path> out{options_.file};
  if (script_) {
    for (const LoadedFile& file : script_->isolate().files()) out.push_back(file.path);
  }
  for (const auto& [name, path] : services_->files) out.push_back(path);
  return out;
}

std::optional<std::string> TestFile::text_of(const std::string& name) const {
  fs::path path;
  for (const LoadedFile& file : script_->isolate().files()) {
    if (file.name == name) path = file.path;
  }
  if (const auto found = services_->files.find(name); path.empty() && found != services_->files.end()) path = found->second;
  std::ifstream file(path, std::ios::binary);
  if (path.empty() || !file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace btk::lua
