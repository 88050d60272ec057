#include "tests/golden/golden_replay_commands.h"

#include <fmt/format.h>

#include <limits>
#include <map>

#include "engine/error.h"

namespace btk::golden {
namespace {

struct Call {
  Trader& trader;
  const Json& args;
  double ping_price;

  std::optional<double> optional(const char* key) const {
    const auto found = args.find(key);
    return found == args.end() ? std::nullopt : read_number(*found);
  }
  double number(const char* key) const {
    return optional(key).value_or(std::numeric_limits<double>::quiet_NaN());
  }
};

// What the call returns, as the reference's does: true, false or, where it returns nothing, null.
using Operation = Json (*)(const Call&);

const std::map<std::string, Operation>& operations() {
  static const std::map<std::string, Operation> kOperations = {
      {"partialProfit",
       [](const Call& c) -> Json { return c.trader.commit_partial(true, c.number("percent")); }},
      {"partialLoss",
       [](const Call& c) -> Json { return c.trader.commit_partial(false, c.number("percent")); }},
      {"partialProfitCost",
       [](const Call& c) -> Json { return c.trader.commit_partial_cost(true, c.number("cost")); }},
      {"partialLossCost",
       [](const Call& c) -> Json { return c.trader.commit_partial_cost(false, c.number("cost")); }},
      {"trailingStop",
       [](const Call& c) -> Json {
         return c.trader.commit_trailing_stop(c.number("percentShift"), c.ping_price);
       }},
      {"trailingTake",
       [](const Call& c) -> Json {
         return c.trader.commit_trailing_take(c.number("percentShift"), c.ping_price);
       }},
      {"trailingStopCost",
       [](const Call& c) -> Json { return c.trader.commit_trailing_stop_cost(c.number("price")); }},
      {"trailingTakeCost",
       [](const Call& c) -> Json { return c.trader.commit_trailing_take_cost(c.number("price")); }},
      {"breakeven", [](const Call& c) -> Json { return c.trader.commit_breakeven(); }},
      {"averageBuy", [](const Call& c) -> Json { return c.trader.commit_average_buy(c.optional("cost")); }},
      {"closePending", [](const Call& c) -> Json { return c.trader.commit_close_pending(), nullptr; }},
      {"cancelScheduled", [](const Call& c) -> Json { return c.trader.commit_cancel_scheduled(), nullptr; }},
      {"activateScheduled",
       [](const Call& c) -> Json { return c.trader.commit_activate_scheduled(), nullptr; }},
      {"createTakeProfit",
       [](const Call& c) -> Json { return c.trader.commit_create_take_profit(), nullptr; }},
      {"createStopLoss", [](const Call& c) -> Json { return c.trader.commit_create_stop_loss(), nullptr; }},
      {"createSignal",
       [](const Call& c) -> Json {
         return c.trader.commit_create_signal(read_request(c.args.at("dto"))), nullptr;
       }},
      {"pause", [](const Call& c) -> Json { return c.trader.set_paused(true), nullptr; }},
      {"resume", [](const Call& c) -> Json { return c.trader.set_paused(false), nullptr; }},
      {"pauseWaiting", [](const Call& c) -> Json { return c.trader.set_paused(true), nullptr; }},
      {"resumeWaiting", [](const Call& c) -> Json { return c.trader.set_paused(false), nullptr; }},
      {"stop", [](const Call& c) -> Json { return c.trader.stop(), nullptr; }},
      {"stopWaiting", [](const Call& c) -> Json { return c.trader.stop(), nullptr; }},
  };
  return kOperations;
}

bool belongs_to_schedule_pings(const std::string& op) {
  return op == "cancelScheduled" || op == "activateScheduled" || op == "stopWaiting" ||
         op == "pauseWaiting" || op == "resumeWaiting";
}

}  // namespace

CommandQueues::CommandQueues(const std::vector<Command>& commands) {
  for (const Command& c : commands) {
    if (!operations().contains(c.op)) throw Error(fmt::format("\"{}\" is no known command", c.op));
    (belongs_to_schedule_pings(c.op) ? schedule_ : active_).push_back(c);
  }
}

void CommandQueues::ping(const Event& e, Trader& trader, Recorder& recorder) {
  const bool active = e.kind == EventKind::active_ping;
  if (!active && e.kind != EventKind::schedule_ping) return;
  std::deque<Command>& queue = active ? active_ : schedule_;
  while (!queue.empty() && queue.front().at <= e.time) {
    const Command command = std::move(queue.front());
    queue.pop_front();
    Json result;
    try {
      result = operations().at(command.op)({trader, command.args, e.current_price});
    } catch (const Error&) {
      result = "error";
    }
    const Json after = describe_position(trader.pending());
    recorder.command(command.op, e.time, result, active ? &after : nullptr);
  }
}

}  // namespace btk::golden
