#include "host/service/control_request.h"

#include <fmt/format.h>

#include "engine/error.h"
#include "host/json.h"

namespace btk::host {
namespace {

using ControlVerb = ControlRequest::Command;

constexpr ControlVerb kControlVerbs[] = {ControlVerb::status, ControlVerb::stop, ControlVerb::pause, ControlVerb::resume,
                                         ControlVerb::flatten};

ControlVerb read_command(const Json& value) {
  for (const ControlVerb command : kControlVerbs) {
    if (value == to_string(command)) return command;
  }
  throw Error(fmt::format("unknown command {}; there are status, stop, pause, resume, flatten",
                          value.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

}  // namespace

std::string_view to_string(ControlVerb command) {
  switch (command) {
    case ControlVerb::status:
      return "status";
    case ControlVerb::stop:
      return "stop";
    case ControlVerb::pause:
      return "pause";
    case ControlVerb::resume:
      return "resume";
    case ControlVerb::flatten:
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
