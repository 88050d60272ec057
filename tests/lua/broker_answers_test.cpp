// What a broker's hooks return and raise, as script errors and on listen_error: answers of a wrong kind are mistakes of
// the script, and whatever is told of an error says where it is.
#include "tests/lua/live_bench.h"

using namespace btk;
using namespace btk::test;
using Catch::Matchers::Contains;

namespace {

/// The strategy opens at minute 2 and closes at minute 7; line 2 of the script begins with `broker`, the broker's hooks.
std::string answering(const std::string& broker, const std::string& more = "") {
  return "\nbtk.use_broker { " + broker + " } btk.broker.enable()\n" + R"(
    btk.add_strategy { strategy_name = "s", interval = "1m",
      get_signal = function(symbol, when, price) if at(2) then return long(price, { minute_estimated_time = 5 }) end end }
    btk.listen_error(function(e) print(e.where, e.file and e.file:match("[^/]*$"), e.line, e.message) end))" + more;
}

struct Asked {
  std::vector<std::string> lines;
  std::vector<lua::ReportedError> errors;
  bool opened = false;
};

Asked ask(const std::string& text, int until = 3) {
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(text);
  bench.minutes(0, until);
  return {bench.lines, bench.script->finish().errors, bench.trader().pending() != nullptr};
}

}  // namespace

TEST_CASE("A gate that answers what is no answer has confirmed, and is a script error at its line", "[live]") {
  struct Wrong { const char* answer; const char* message; };
  const auto wrong = GENERATE(values<Wrong>({
      {"{ price = 'x' }", "the broker's answer has a price that is no number of zero or more: the text \"x\""},
      {"{ price = 1, order_id = {} }", "the broker's answer has an order_id that is neither text nor number: table"},
      {"{ prise = 1 }", "the broker's answer has the unknown field 'prise' (did you mean 'price'?); it may have price, quantity, fee, order_id"},
      {"{ 5 }", "the broker's answer has the unknown field '1'; it may have price, quantity, fee, order_id"},
      {"'yes'", "the broker's answer is the text \"yes\"; a hook confirms by returning nothing, true or { price =, quantity =, fee =, "
                "order_id = }, and refuses by error(btk.order_rejected(\"why\"))"},
      {"false", "the broker's answer is false; a hook confirms by returning nothing, true or { price =, quantity =, fee =, "
                "order_id = }, and refuses by error(btk.order_rejected(\"why\"))"},
  }));
  CAPTURE(wrong.answer);
  const Asked asked = ask(answering(std::string("on_order_open_commit = function() return ") + wrong.answer + " end"));
  CHECK(asked.opened);
  REQUIRE(asked.errors.size() == 1);
  CHECK(asked.errors[0].where == "on_order_open_commit");
  CHECK(asked.errors[0].message == std::string("on_order_open_commit: ") + wrong.message);
  CHECK_THAT(asked.errors[0].file, Catch::EndsWith("test.lua"));
  CHECK(asked.errors[0].line == 2);
  CHECK(asked.errors[0].count == 1);
  CHECK(asked.lines == std::vector<std::string>{std::string("on_order_open_commit\ttest.lua\t2\ton_order_open_commit: ") + wrong.message});
}

TEST_CASE("Nothing, true and a fill are answers of a gate", "[live]") {
  const auto* answer = GENERATE("", "nil", "true", "{}", "{ price = 100, quantity = 1, fee = 0, order_id = 'a' }");
  CAPTURE(answer);
  const Asked asked = ask(answering(std::string("on_order_open_commit = function() return ") + answer + " end"), 9);
  CHECK(asked.errors.empty());
  CHECK(asked.lines.empty());
}

TEST_CASE("What a check and a veto answer is looked at, too; the command that asked goes on", "[live]") {
  const Asked asked = ask(answering(
      "on_order_active_check = function() return 'there' end,\n on_trailing_stop_commit = function() return { prize = 1 } end",
      R"( btk.listen_active_ping(function() if at(3) then print("moved", btk.commit_trailing_stop("BTCUSDT", -0.5)) end end))"), 5);
  CHECK(asked.opened);
  REQUIRE(asked.errors.size() == 2);
  CHECK(asked.errors[0].where == "on_order_active_check");
  CHECK(asked.errors[0].line == 2);
  CHECK(asked.errors[0].count == 3);
  CHECK(asked.errors[1].where == "on_trailing_stop_commit");
  CHECK(asked.errors[1].line == 3);
  CHECK_THAT(asked.errors[1].message, Contains("unknown field 'prize' (did you mean 'price'?)"));
  CHECK(std::count(asked.lines.begin(), asked.lines.end(), "moved\ttrue") == 1);
}

TEST_CASE("An error without a verdict reaches listen_error with its place beside the message, in a replay, too", "[live]") {
  struct Raised { const char* text; const char* told; };
  const auto raised = GENERATE(values<Raised>({
      {"on_order_open_commit = function()\n if at(2) then error('connection reset') end end", "nil\ttest.lua\t3\tconnection reset"},
      {"wait_for_init = function()\n if at(2) then error('no network') end end, on_order_open_commit = function() end",
       "nil\ttest.lua\t3\twait_for_init: no network"},
      {"on_order_open_commit = function()\n if at(2) then error({ code = 418 }) end end",
       "nil\ttest.lua\t3\t(error value is a table, not a text)"},
  }));
  CAPTURE(raised.text);
  LiveBench bench;
  bench.use_live_broker();
  bench.begin(answering(raised.text));
  bench.minutes(0, 3);
  CHECK(bench.lines == std::vector<std::string>{raised.told});
  CHECK(bench.errors().empty());

  LiveBench again;
  again.use_live_broker();
  again.hooks.replay = true;
  again.hooks.inputs = bench.hooks.inputs;
  again.begin(answering(raised.text));
  again.minutes(0, 3);
  REQUIRE(again.lines.size() == 1);
  CHECK(again.lines == bench.lines);
}

TEST_CASE("An error of a listener that has a say reaches listen_error with its place", "[live]") {
  const Asked asked = ask(answering("on_order_open_commit = function() end",
                                    "\nbtk.listen_sync(function() if at(2) then error('not yet') end end)"));
  CHECK(asked.lines == std::vector<std::string>{"nil\ttest.lua\t7\tnot yet"});
  CHECK(asked.opened);
}
