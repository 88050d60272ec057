// Every file of tests/optimizer/hostile is evaluated in both kinds of isolation.
// Its second line says what must become of it (two kinds where it depends on the
// machine which limit it meets first); the instruments say that nothing
// else did. A sound file gives the same run before, meanwhile and afterwards.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <future>
#include <iterator>
#include <vector>

#include "tests/optimizer/hostile_instruments.h"
#include "tests/optimizer/sandbox_bench.h"

using namespace btk;
using namespace btk::optimizer;
using namespace btk::test;

namespace {

struct HostileFile {
  std::string name, text, expected;
};

std::vector<HostileFile> corpus(const Instruments& instruments) {
  const std::string mark = "-- expect: ";
  std::vector<HostileFile> files;
  for (const auto& entry : std::filesystem::directory_iterator("tests/optimizer/hostile")) {
    std::ifstream in(entry.path(), std::ios::binary);
    HostileFile file{entry.path().filename().string(), instruments.aimed({std::istreambuf_iterator<char>(in), {}}), {}};
    const std::size_t at = file.text.find(mark);
    REQUIRE(at != std::string::npos);
    file.expected = file.text.substr(at + mark.size(), file.text.find('\n', at) - at - mark.size());
    files.push_back(std::move(file));
  }
  std::ranges::sort(files, {}, &HostileFile::name);
  return files;
}

bool may_time_out(const HostileFile& file) { return file.expected.find("timeout") != std::string::npos; }

/// Limits that an endless file meets soon. One that must come to something
/// else has all the time that a slow machine may take for it.
CandidateSandbox::Setup limits_for(const HostileFile& file, Isolation isolation) {
  auto setup = bench_setup(isolation);
#if defined(__SANITIZE_ADDRESS__)
  constexpr double kSlower = 10;
#else
  constexpr double kSlower = 1;
#endif
  if (may_time_out(file)) {
    setup.limits.call_cpu_seconds = 0.05 * kSlower;
    setup.limits.cpu_seconds = 0.4 * kSlower;
  } else {
    setup.limits.call_cpu_seconds = 5;
    setup.limits.cpu_seconds = 60;
  }
  setup.limits.wall_seconds = 60;
  setup.limits.memory_bytes = std::size_t{32} << 20;
  return setup;
}

void run_corpus(Isolation isolation) {
  Instruments instruments;
  const auto files = corpus(instruments);
  REQUIRE(files.size() >= 100);
  const CandidateResult before = CandidateSandbox(bench_setup(isolation)).evaluate({"sound.lua", sound_strategy()});
  REQUIRE(before.ok());

  const CandidateSandbox beside(bench_setup(isolation));
  std::size_t at = 0;
  const bool tell = std::getenv("BTK_HOSTILE_REPORT") != nullptr;
  for (const HostileFile& file : files) {
    std::future<CandidateResult> neighbour;
    if (++at % 5 == 0) neighbour = std::async(std::launch::async, [&] { return beside.evaluate({"sound.lua", sound_strategy()}); });
    const CandidateResult result = CandidateSandbox(limits_for(file, isolation)).evaluate({file.name, file.text});
    if (neighbour.valid()) CHECK(neighbour.get().report.run_hash == before.report.run_hash);
    INFO(file.name << ": " << to_string(result.failure.kind) << ": " << result.failure.reason.substr(0, 300));
    const std::string became(result.ok() ? "ok" : to_string(result.failure.kind));
    CHECK_THAT(" or " + file.expected + " or ", Catch::Matchers::Contains(" or " + became + " or "));
    CHECK(result.ok() == result.failure.reason.empty());
    CHECK(instruments.broken(result) == "");
    CHECK(result.wall_seconds < 60);
    if (tell)
      std::printf("%-28s %-15s %.2f s cpu, %.2f s  %.110s\n", file.name.c_str(), std::string(to_string(result.failure.kind)).c_str(),
                  result.cpu_seconds, result.wall_seconds, result.failure.reason.c_str());
  }
  const CandidateResult after = CandidateSandbox(bench_setup(isolation)).evaluate({"sound.lua", sound_strategy()});
  CHECK(after.report.run_hash == before.report.run_hash);
}

}  // namespace

TEST_CASE("Hostile files in this process come to nothing", "[sandbox][hostile]") { run_corpus(Isolation::in_process); }

TEST_CASE("Hostile files in child processes come to nothing", "[sandbox][confined][hostile]") { run_corpus(Isolation::process); }
