// Each protection holds something back: with all of them an attack fails, with
// that one switched off it works. Where two protections stand behind each other,
// the outer one is off in both halves of its neighbour's test.
#include <arpa/inet.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "lua/isolate.h"
#include "tests/optimizer/hostile_instruments.h"
#include "tests/optimizer/sandbox_bench.h"

using namespace btk;
using namespace btk::optimizer;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* kRegister = "\nrequire('btk').add_strategy { strategy_name = 's', interval = '5m', get_signal = function() end }\n";

CandidateSandbox::Setup strict(Isolation isolation) {
  auto setup = bench_setup(isolation, 1);
  setup.limits.call_cpu_seconds = 0.2;
  setup.limits.cpu_seconds = 5;
  setup.limits.wall_seconds = 60;
  return setup;
}

bool said(const CandidateResult& result, const std::string& token) {
  const auto all = Instruments::everything(result);
  return std::ranges::any_of(all, [&](const std::string& text) { return text.find(token) != std::string::npos; });
}

std::string shown(const CandidateResult& r) { return std::string(to_string(r.failure.kind)) + ": " + r.failure.reason.substr(0, 300); }

/// What a file without the allow list can do with FFI. `connect_to(port)`, `read_descriptor(n)`.
const std::string kFfi = R"(
local ffi = require "ffi"
ffi.cdef [[
int socket(int, int, int); int connect(int, const void*, unsigned); long pread(int, void*, unsigned long, long);
]]
local function connect_to(port)
  local s = ffi.C.socket(2, 1, 0)
  local address = ffi.new("uint8_t[16]", { 2, 0, math.floor(port / 256), port % 256, 127, 0, 0, 1 })
  return s >= 0 and ffi.C.connect(s, address, 16) == 0
end
local function read_descriptor(n)
  local buffer = ffi.new("char[200]")
  local got = ffi.C.pread(n, buffer, 200, 0)
  return got > 0 and ffi.string(buffer, got) or "nothing"
end
)";

}  // namespace

TEST_CASE("Without the allow list a file reads files", "[sandbox][guards]") {
  Instruments instruments;
  const std::string attack = instruments.aimed("print(io.open('@SENTINEL@'):read('*a'))") + kRegister;
  auto setup = strict(Isolation::in_process);
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::forbidden);
  CHECK_FALSE(said(held, Instruments::kSentinel));
  REQUIRE(held.refused.size() == 1);
  CHECK(held.refused.front() == "io");
  setup.guards.allow_list = false;
  CHECK(said(evaluate(setup, attack), Instruments::kSentinel));
}

TEST_CASE("Without the check for text a file of bytecode runs", "[sandbox][confined][guards]") {
  lua::Isolate isolate({.unsafe = true});
  std::string bytes;
  lua_State* L = isolate.state();
  REQUIRE(luaL_loadstring(L, (std::string("print('ran')") + kRegister).c_str()) == 0);
  lua_dump(L, [](lua_State*, const void* data, std::size_t size, void* to) {
    static_cast<std::string*>(to)->append(static_cast<const char*>(data), size);
    return 0;
  }, &bytes);
  lua_pop(L, 1);
  auto setup = strict(Isolation::process);
  const auto held = evaluate(setup, bytes);
  CHECK(held.failure.kind == FailureKind::syntax);
  CHECK_FALSE(said(held, "ran"));
  setup.guards.text_only = false;
  const auto ran = evaluate(setup, bytes);
  INFO(shown(ran));
  CHECK(ran.ok());
  CHECK(said(ran, "ran"));
}

TEST_CASE("Without bounds on library functions one call cannot be interrupted", "[sandbox][confined][guards]") {
  const std::string attack = "local s = ('a'):rep(1e6) s = s .. s .. s .. s s = s .. s\nprint(s:find(s:sub(1, 4e6) .. 'b', 1, true))" + std::string(kRegister);
  auto setup = strict(Isolation::process);
  setup.limits.cpu_seconds = 1;
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::script_error);
  CHECK_THAT(held.failure.reason, Contains("may search in 65536"));
  setup.guards.bounded_library = false;
  const auto ran = evaluate(setup, attack);
  CHECK(ran.failure.kind == FailureKind::timeout);
  CHECK(ran.failure.signal != 0);  // the system had to end it
}

TEST_CASE("Without bounds on answers the host keeps what a file hands it", "[sandbox][guards]") {
  const std::string attack = strategy(
      "return { position = 'long', price_take_profit = price * 1.02, price_stop_loss = price * 0.98, minute_estimated_time = 60, "
      "note = ('x'):rep(1e5) }");
  auto setup = strict(Isolation::in_process);
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::script_error);
  CHECK_THAT(held.failure.reason, Contains("a generated file may use 2000"));
  CHECK(held.report.signals.empty());
  setup.guards.bounded_answers = false;
  const auto ran = evaluate(setup, attack);
  REQUIRE(ran.report.signals.size() > 5);
  CHECK(ran.report.signals.front().signal.note.size() == 100'000);
}

TEST_CASE("Without the processor budget a loop goes on until the wall clock ends it", "[sandbox][confined][guards]") {
  const std::string attack = "while true do pcall(function() while true do end end) end";
  auto setup = strict(Isolation::process);
  setup.guards.resource_limits = false;  // it limits processor time, too
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::timeout);
  CHECK_THAT(held.failure.reason, Contains("one call of it used more than 0.2 s of processor time"));
  setup.guards.cpu_budget = false;
  setup.limits.wall_seconds = 1.5;
  const auto ran = evaluate(setup, attack);
  CHECK_THAT(ran.failure.reason, Contains("still ran after 1.5 s"));
}

TEST_CASE("Without the memory cap a file takes what it wants", "[sandbox][guards]") {
  const std::string attack = "local t, s = {}, ('x'):rep(1e6)\nfor i = 1, 150 do t[i] = s .. i end\nprint('took it')" + std::string(kRegister);
  auto setup = strict(Isolation::in_process);
  setup.limits.call_cpu_seconds = 5;  // the sanitizers are slow
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::memory);
  CHECK_FALSE(said(held, "took it"));
  setup.guards.memory_cap = false;
  CHECK(said(evaluate(setup, attack), "took it"));
}

TEST_CASE("Without bounds on series a file takes memory beside its cap", "[sandbox][guards]") {
  const std::string attack = strategy(
      "local n = 0\nfor i = 1, 100 do if btk.series('1m'):sma(i):at() then n = n + 1 end end\nprint('columns: ' .. n)");
  auto setup = strict(Isolation::in_process);
  setup.limits.call_cpu_seconds = 5;
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::script_error);
  CHECK_THAT(held.failure.reason, Contains("may declare 32 series"));
  CHECK_FALSE(said(held, "columns:"));
  setup.guards.bounded_library = false;
  CHECK(said(evaluate(setup, attack), "columns: 100"));
}

TEST_CASE("Without the limit of output the host keeps every line", "[sandbox][guards]") {
  const std::string attack = "for i = 1, 20000 do print(('x'):rep(2000)) end" + std::string(kRegister);
  auto setup = strict(Isolation::in_process);
  setup.limits.call_cpu_seconds = 5;
  const auto held = evaluate(setup, attack);
  CHECK(held.failure.kind == FailureKind::too_much_output);
  std::size_t kept = 0;
  for (const auto& line : held.log) kept += line.text.size();
  CHECK(kept <= 66'000);
  CHECK(held.lines_dropped > 1000);
  setup.guards.output_limit = false;
  setup.limits.memory_bytes = std::size_t{256} << 20;
  const auto ran = evaluate(setup, attack);
  INFO(shown(ran));
  CHECK(ran.log.size() == 20'000);
}

TEST_CASE("Without the empty environment a child knows the host's secrets", "[sandbox][confined][guards]") {
  Instruments instruments;
  const std::string attack = "print(os.getenv('BTK_TEST_SECRET'))" + std::string(kRegister);
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = false;
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.ok());
  CHECK_FALSE(said(held, Instruments::kSecret));
  setup.guards.empty_environment = false;
  CHECK(said(evaluate(setup, attack), Instruments::kSecret));
}

TEST_CASE("Without closed descriptors a child reads what the host has open", "[sandbox][confined][guards]") {
  Instruments instruments;
  const int inherited = fcntl(open(instruments.sentinel().c_str(), O_RDONLY), F_DUPFD, 90);
  REQUIRE(inherited >= 90);
  const std::string attack = kFfi + "print(read_descriptor(" + std::to_string(inherited) + "))" + kRegister;
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = setup.guards.system_calls = false;
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(said(held, "nothing"));
  CHECK_FALSE(said(held, Instruments::kSentinel));
  setup.guards.closed_descriptors = false;
  CHECK(said(evaluate(setup, attack), Instruments::kSentinel));
  close(inherited);
}

TEST_CASE("Without resource limits a child opens files", "[sandbox][confined][guards]") {
  Instruments instruments;
  const std::string attack = instruments.aimed("local f = io.open('@SENTINEL@') print(f and f:read('*a') or 'nothing')") + kRegister;
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = setup.guards.system_calls = false;
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(said(held, "nothing"));
  CHECK_FALSE(said(held, Instruments::kSentinel));
  setup.guards.resource_limits = false;
  CHECK(said(evaluate(setup, attack), Instruments::kSentinel));
}

TEST_CASE("Without the filter of system calls a child connects", "[sandbox][confined][guards]") {
  Instruments instruments;
  const std::string attack = instruments.aimed(kFfi + "print(connect_to(@PORT@))") + kRegister;
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = setup.guards.resource_limits = false;
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::forbidden);
  CHECK(held.failure.signal == SIGSYS);
  CHECK(instruments.connections() == 0);
  setup.guards.system_calls = false;
  const auto ran = evaluate(setup, attack);
  CHECK(said(ran, "true"));
  CHECK(instruments.connections() > 0);
}

TEST_CASE("The filter ends a child that opens, starts, traces or makes processes", "[sandbox][confined][guards]") {
  Instruments instruments;
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = setup.guards.resource_limits = false;
  for (const std::string attack : {"io.open('@SENTINEL@')", "os.execute('touch @SENTINEL@.new')", "os.remove('@SENTINEL@')",
                                   "require('ffi').cdef 'int fork(void);' require('ffi').C.fork()",
                                   "require('ffi').cdef 'long ptrace(int, int, void*, void*);' require('ffi').C.ptrace(0, 0, nil, nil)",
                                   "require('ffi').cdef 'int kill(int, int);' require('ffi').C.kill(-1, 0)",
                                   "require('ffi').cdef 'int execl(const char*, const char*, ...);' require('ffi').C.execl('/bin/true', 'true', nil)"}) {
    const auto held = evaluate(setup, instruments.aimed(attack) + kRegister);
    INFO(attack << " -> " << shown(held));
    CHECK(held.failure.kind == FailureKind::forbidden);
    CHECK(held.failure.signal == SIGSYS);
    CHECK(instruments.broken(held) == "");
  }
}

TEST_CASE("Without the wall clock nothing ends a child that only waits", "[sandbox][confined][guards]") {
  const std::string attack = "require('ffi').cdef 'int poll(void*, unsigned long, int);' require('ffi').C.poll(nil, 0, 1500)\nprint('slept')" + std::string(kRegister);
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = setup.guards.system_calls = false;
  setup.limits.wall_seconds = 0.5;
  const auto held = evaluate(setup, attack);
  INFO(shown(held));
  CHECK(held.failure.kind == FailureKind::timeout);
  CHECK_FALSE(said(held, "slept"));
  setup.guards.wall_clock = false;
  CHECK(said(evaluate(setup, attack), "slept"));
}

TEST_CASE("A child that crashes is a failed candidate", "[sandbox][confined][guards]") {
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = false;
  const auto crashed = evaluate(setup, "local p = require('ffi').cast('int*', 16) p[0] = 1" + std::string(kRegister));
  INFO(shown(crashed));
  CHECK(crashed.failure.kind != FailureKind::none);
#if !defined(__SANITIZE_ADDRESS__)
  CHECK(crashed.failure.kind == FailureKind::killed);
  CHECK(crashed.failure.signal == SIGSEGV);
#endif
  const auto gone = evaluate(setup, "require('ffi').cdef 'void _exit(int);' require('ffi').C._exit(7)");
  CHECK(gone.failure.kind == FailureKind::crashed);
  CHECK_THAT(gone.failure.reason, Contains("ended with 7"));
}

TEST_CASE("A child that lies in its answer is a failed candidate", "[sandbox][confined][guards]") {
  auto setup = strict(Isolation::process);
  setup.guards.allow_list = false;
  const std::string forged =
      "require('ffi').cdef 'long write(int, const char*, unsigned long); void _exit(int);'\n"
      "local text = ('\\255'):rep(3000) require('ffi').C.write(1, text, #text) require('ffi').C._exit(0)";
  const auto result = evaluate(setup, forged);
  CHECK(result.failure.kind == FailureKind::crashed);
  CHECK_FALSE(result.ok());
}

TEST_CASE("A program that is not there is the sandbox's failure, not the candidate's", "[sandbox][confined][guards]") {
  auto setup = strict(Isolation::process);
  setup.program = "/nonexistent/btkhost";
  const auto result = evaluate(setup, sound_strategy());
  CHECK(result.failure.kind == FailureKind::sandbox);
  CHECK_THAT(result.failure.reason, Contains("cannot be started"));
}

TEST_CASE("A user who wants to leave does not wait for candidates", "[sandbox][confined][guards]") {
  auto setup = strict(Isolation::process);
  setup.guards.cpu_budget = setup.guards.resource_limits = false;
  setup.stopped = [] { return true; };
  CHECK(evaluate(setup, "while true do end").failure.kind == FailureKind::interrupted);
}
