// What a child process answers is read like a stranger's: everything comes back
// that was sent, and no other bytes do harm.
#include "optimizer/sandbox/wire.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>

#include "engine/error.h"
#include "optimizer/sandbox/printable.h"
#include "tests/optimizer/sandbox_bench.h"

using namespace btk;
using namespace btk::optimizer;
using namespace btk::test;

namespace {

/// Read, or refused with an error; anything else would end the test program.
bool is_read(std::string_view bytes) {
  try {
    decode_result(bytes);
    return true;
  } catch (const Error&) {
    return false;
  }
}

CandidateResult some_result() {
  return evaluate(bench_setup(Isolation::in_process, 1), sound_strategy() + "print('line') btk.log.warn('another')");
}

}  // namespace

TEST_CASE("A result comes back as it was sent", "[sandbox][wire]") {
  const CandidateResult sent = some_result();
  REQUIRE(sent.report.signals.size() > 3);
  const CandidateResult got = decode_result(encode(sent));
  CHECK(encode(got) == encode(sent));
  CHECK(got.report.run_hash == sent.report.run_hash);
  CHECK(got.log.size() == sent.log.size());
  CHECK(got.report.signals.back().pnl.pnl_percentage == sent.report.signals.back().pnl.pnl_percentage);
  CHECK(got.report.stats.total_pnl == sent.report.stats.total_pnl);
}

TEST_CASE("Candles come back as they were, where they lie", "[sandbox][wire]") {
  lua::LoadedCandles sent;
  sent.series = CandleSeries(Interval::m1, kBenchStart);
  for (int i = 0; i < 5; ++i) sent.series.push(1 + i, 2 + i, 0.5, 1.5 + i, i);
  sent.gaps = {{kBenchStart + kMinute, 2}};
  sent.duplicates = 3;
  std::string head, bytes;
  for (const std::string_view piece : pieces(sent, head)) bytes += piece;
  const std::shared_ptr<std::byte[]> block(new std::byte[bytes.size()]);
  std::memcpy(block.get(), bytes.data(), bytes.size());

  const lua::LoadedCandles got = decode_candles(block, bytes.size());
  REQUIRE(got.series.size() == 5);
  CHECK(got.series.first() == kBenchStart);
  CHECK(got.series.at(4).high == 6);
  CHECK(got.series.at(4).volume == 4);
  CHECK(got.gaps == sent.gaps);
  CHECK(got.duplicates == 3);
  CHECK(reinterpret_cast<const std::byte*>(got.series.volume().data()) == block.get() + bytes.size() - 5 * sizeof(double));
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_THROWS_AS(decode_candles(block, size), Error);
}

TEST_CASE("An answer that breaks off is refused at every byte", "[sandbox][wire]") {
  const std::string bytes = encode(some_result());
  REQUIRE(is_read(bytes));
  for (std::size_t size = 0; size < bytes.size(); size += size < 600 ? 1 : 97) CHECK_FALSE(is_read(std::string_view(bytes).substr(0, size)));
  CHECK_FALSE(is_read(bytes + "x"));
}

TEST_CASE("An answer with other bytes in it does no harm", "[sandbox][wire]") {
  const std::string bytes = encode(some_result());
  std::uint32_t noise = 7;
  int read = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string other = bytes;
    for (int i = 0; i < 3; ++i) {
      noise = noise * 1664525u + 1013904223u;
      const std::size_t at = noise % other.size();
      noise = noise * 1664525u + 1013904223u;
      other[at] = static_cast<char>(noise >> 24);
    }
    read += is_read(other);
  }
  CHECK(read < 3000);
}

TEST_CASE("Texts of a candidate are made fit for terminals and JSON", "[sandbox][wire]") {
  CHECK(printable("plain \xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82", 100) == "plain \xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82");
  CHECK(printable("a\x1b[2Jb\x7f\xC2\x9B" "31m", 100) == "a?[2Jb??31m");
  CHECK(printable("a\xff\xC3(\xED\xA0\x80\xF5", 100) == std::string("a??") + "(????");
  CHECK(printable("one\ntwo\tthree", 100) == "one two three");
  CHECK(printable("one\ntwo", 100, true) == "one\ntwo");
  CHECK(printable("\xE2\x82\xAC\xE2\x82\xAC", 5) == "\xE2\x82\xAC");
  CHECK(printable(std::string_view("a\0b", 3), 100) == "a?b");
}

TEST_CASE("What a file says reaches the host without control characters", "[sandbox][confined][wire]") {
  for (const Isolation isolation : {Isolation::in_process, Isolation::process}) {
    const auto result = evaluate(bench_setup(isolation, 1), "print('\\27[2J\\255') error('\\27]0;title\\7', 0)");
    REQUIRE(result.log.size() == 1);
    CHECK(result.log.front().text == "?[2J?");
    CHECK(result.failure.reason == "candidate.lua:1: ?]0;title?");
  }
}

TEST_CASE("A signal's id and note cannot steer the host's terminal", "[sandbox][confined][wire]") {
  const std::string steering = strategy(R"(
  return { id = "\27]0;owned\7" .. when, note = "one\ntwo \194\155", position = "long", price_take_profit = price * 1.01,
           price_stop_loss = price * 0.99, minute_estimated_time = 60 })");
  for (const Isolation isolation : {Isolation::in_process, Isolation::process}) {
    auto setup = bench_setup(isolation, 1);
    setup.ground.keep_decisions = true;
    const auto refused = evaluate(setup, steering);
    CHECK(refused.report.signals.empty());
    REQUIRE_FALSE(refused.report.errors.empty());
    CHECK_THAT(refused.report.errors.front().message, Catch::Contains("control characters"));

    setup.guards.bounded_answers = false;  // as if the child were in the file's hands
    const auto result = evaluate(setup, steering);
    REQUIRE_FALSE(result.report.signals.empty());
    CHECK_THAT(result.report.signals.front().signal.id, Catch::StartsWith("?]0;owned?"));
    CHECK(result.report.signals.front().signal.note == "one\ntwo ?");
    CHECK_THAT(result.report.decisions, Catch::Contains("?]0;owned?") && !Catch::Contains("\x1b") && !Catch::Contains("\x07"));
  }
  for (const std::string text : {"note = 'one\\ntwo\\tthree \xC3\xA9'", "id = 'x-1'"}) {
    const auto fine = evaluate(bench_setup(Isolation::in_process, 1), strategy("return { " + text + R"(, position = "long", price_take_profit = price * 1.01,
      price_stop_loss = price * 0.99, minute_estimated_time = 60 })"));
    CHECK_FALSE(fine.report.signals.empty());
  }
}
