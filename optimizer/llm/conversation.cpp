#include "optimizer/llm/conversation.h"

#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "engine/error.h"
#include "host/net/outside_json.h"
#include "optimizer/files.h"

namespace btk::optimizer {
namespace {

using nlohmann::json;

std::string fenced(const std::string& result) {
  const json value = net::try_json(result);
  const std::string text = value.is_discarded() ? result : value.dump(2, ' ', false, json::error_handler_t::replace);
  return "```json\n" + text + "\n```\n";
}

bool is_file_name(const std::string& id) {
  return !id.empty() && id.front() != '.' &&
         id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
}

}  // namespace

std::filesystem::path write_conversation(const std::filesystem::path& folder, const lua::LlmDump& dump,
                                         const std::function<std::string(std::string_view)>& hidden) {
  if (!is_file_name(dump.id)) throw Error(fmt::format("llm.dump: \"{}\" cannot be the name of a folder; use letters, digits, . _ -", dump.id));
  const std::filesystem::path target = folder / dump.id;
  if (std::filesystem::exists(target)) return target;
  const auto write = [&](const std::string& name, const std::string& text) { write_whole(target / name, hidden(text)); };

  std::string system = fmt::format("# System prompt\n\n**Result:** {}\n\n{}", dump.id, fenced(dump.result));
  int systems = 0, users = 0, assistants = 0;
  for (const lua::LlmMessage& m : dump.messages) {
    if (m.role == "system") {
      system += fmt::format("\n## System message {}\n\n{}\n", ++systems, m.content);
    } else if (m.role == "user") {
      ++users;
      write(fmt::format("{:02}_user_message.md", users), fmt::format("# User message {}\n\n**Result:** {}\n\n{}\n", users, dump.id, m.content));
    } else {
      ++assistants;
      write(fmt::format("{:02}_assistant_message.md", assistants),
            fmt::format("# Assistant message {}\n\n**Result:** {}\n\n{}\n", assistants, dump.id, m.content));
    }
  }
  write("00_system_prompt.md", system);
  write(fmt::format("{:02}_llm_output.md", users + 1), fmt::format("# Output\n\n**Result:** {}\n\n{}", dump.id, fenced(dump.result)));
  json request = json::array();
  for (const lua::LlmMessage& m : dump.messages) request.push_back({{"role", m.role}, {"content", m.content}});
  write("request.json", json{{"messages", request}}.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
  write("response.json", dump.result + "\n");
  return target;
}

}  // namespace btk::optimizer
