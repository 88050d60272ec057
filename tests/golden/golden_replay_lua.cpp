#include "tests/golden/golden_replay_lua.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/error.h"
#include "engine/stats.h"
#include "lua/script.h"

namespace btk::golden {
namespace {

Json candle_rows(const CandleSeries& series) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < series.size(); ++i) {
    const Candle c = series.at(i);
    rows.push_back({c.timestamp, c.open, c.high, c.low, c.close, c.volume});
  }
  return rows;
}

// What the script reads: the scenario without what is expected of it, always as a list of runs.
std::string script_input(const Scenario& scenario) {
  const Json& line = scenario.input;
  Json input{{"config", line.value("config", Json::object())},
             {"frame", line.at("frame")},
             {"risks", line.value("risks", Json::array())},
             {"hold", scenario.hold},
             {"recordCalls", scenario.record_calls}};
  for (std::size_t i = 0; i < scenario.runs.size(); ++i) {
    const Json& given = scenario.several ? line.at("runs").at(i) : line;
    Json run{{"candles", candle_rows(*scenario.runs[i].candles)}};
    for (const char* key : {"symbol", "strategy", "signals", "commands"}) {
      if (given.contains(key)) run[key] = given.at(key);
    }
    input["runs"].push_back(std::move(run));
  }
  return input.dump();
}

// Prints of the script: its recording is the only one.
std::string run_script(const std::string& input) {
  std::string printed;
  lua::ScriptOptions options;
  options.files = {GOLDEN_REPLAY_SCRIPT};
  options.print = [&](std::string_view line) { printed += line; };
  options.log = [](std::string_view, std::string_view) {};  // errors are part of the recording
  lua::Script script(options, lua::Script::Role::main);
  lua_pushlstring(script.isolate().state(), input.data(), input.size());
  script.isolate().provide("scenario");
  script.load();
  return printed;
}

// In a recording an absent statistic is null, in Lua it is not there.
Json statistics(const Json& snake) {
  Json camel = Json::object();
  for (const StatField& field : trade_stat_fields()) {
    camel[std::string(field.camel)] = snake.value(std::string(field.snake), Json());
  }
  return camel;
}

bool is_script_error(const std::string& reason) {
  return reason.ends_with("_type") || reason.starts_with("position_") || reason == "symbol_mismatch";
}

// A signal that is refused as a script error has no reason codes: it agrees with a recorded refusal for a wrong
// type or position, whatever else the recording lists.
void settle_script_errors(Json& rejections, const Json& expected) {
  for (std::size_t i = 0; i < std::min(rejections.size(), expected.size()); ++i) {
    if (rejections[i].at("reasons") != Json{"script_error"}) continue;
    const auto reasons = expected[i].at("reasons").get<std::vector<std::string>>();
    if (std::any_of(reasons.begin(), reasons.end(), is_script_error)) rejections[i]["reasons"] = reasons;
  }
}

}  // namespace

Json play_in_lua(const Scenario& scenario) {
  Json recordings = Json::parse(run_script(script_input(scenario)));
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    const Json& expected = scenario.several ? scenario.expected.at("runs").at(i) : scenario.expected;
    recordings[i]["stats"] = statistics(recordings[i].at("stats"));
    settle_script_errors(recordings[i]["rejections"], expected.at("rejections"));
  }
  if (!scenario.several) return recordings.at(0);
  return {{"runs", std::move(recordings)}};
}

}  // namespace btk::golden
