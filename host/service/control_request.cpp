#include "host/service/control_request.h"

#include <fmt/format.h>

#include "engine/error.h"

namespace btk::host {
namespace {

using Json = nlohmann::ordered_json;
using Command = ControlRequest::Command;

constexpr Command kCommands[] = {Command::status, Command::stop, Command::pause, Command::resume,
                                 Command::flatten};

Command read_command(const Json& value) {
  for (const Command command : kCommands) {
    if (value == to_string(command)) return command;
  }
  throw Error(fmt::format("unknown command {}; there are status, stop, pause, resume, flatten",
                          value.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace

std::string_view to_string(Command command) {
  switch (command) {
    case Command::status:
      return "status";
    case Command::stop:
      return "stop";
    case Command::pause:
      return "pause";
    case Command::resume:
      return "resume";
    case Command::flatten:
      return "flatten";
  }
  return "";
}

Json to_json(const ControlRequest& request) {
  Json json{{"command", to_string(request.command)}};
  if (!request.symbol.empty()) json["symbol"] = request.symbol;
  if (request.detach) json["detach"] = true;
  return json;
}

ControlRequest read_control_request(const Json& json) {
  ControlRequest request;
  if (!json.contains("command")) throw Error("a question needs a \"command\"");
  for (const auto& [key, value] : json.items()) {
    if (key == "command") {
      request.command = read_command(value);
    } else if (key == "symbol" && value.is_string()) {
      request.symbol = value.get<std::string>();
    } else if (key == "detach" && value.is_boolean()) {
      request.detach = value.get<bool>();
    } else {
      throw Error(fmt::format("\"{}\" is not understood; is the session another version of btkhost?", key));
    }
  }
  return request;
}

}  // namespace btk::host
