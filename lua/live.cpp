#include "lua/live.h"

namespace btk::lua {

std::string_view to_string(RunInput::Kind kind) {
  switch (kind) {
    case RunInput::Kind::verdict: return "verdict";
    case RunInput::Kind::veto: return "veto";
    case RunInput::Kind::risk: return "risk";
    case RunInput::Kind::skip: return "skip";
    case RunInput::Kind::late: return "late";
    case RunInput::Kind::restart: return "restart";
    case RunInput::Kind::command: return "command";
    case RunInput::Kind::service: return "service";
    case RunInput::Kind::deed: return "deed";
  }
  return "";
}

}  // namespace btk::lua
