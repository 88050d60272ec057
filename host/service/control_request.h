// The questions that a running session understands on its control socket.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace btk::host {

/// Answers are {"ok": true, "message": text} or {"ok": false, "error": text}; of status also "status", see
/// live_status.h.
struct ControlRequest {
  enum class Command {
    status,
    stop,     ///< drain: no new entries, limit orders cancelled, positions looked after until they close
    pause,    ///< no new entries
    resume,   ///< the end of a pause
    flatten,  ///< limit orders cancelled, positions closed at once
  };
  Command command = Command::status;
  std::string symbol;   ///< empty: all; status and a detach are always for all
  bool detach = false;  ///< of stop: the process ends now and leaves positions open
};
std::string_view to_string(ControlRequest::Command command);

nlohmann::ordered_json to_json(const ControlRequest& request);
/// Throws btk::Error for a question that is none of these: also for a key that it does not know, so that a
/// new command is never carried out by half.
ControlRequest read_control_request(const nlohmann::ordered_json& json);

}  // namespace btk::host
