#include "optimizer/llm/replay_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/error.h"
#include "host/net/outside_json.h"
#include "optimizer/files.h"

namespace btk::optimizer {

using nlohmann::json;

ReplayMode parse_replay_mode(std::string_view name) {
  if (name == "off") return ReplayMode::off;
  if (name == "record") return ReplayMode::record;
  if (name == "replay") return ReplayMode::replay;
  if (name == "auto") return ReplayMode::automatic;
  throw Error(fmt::format("there is no replay mode \"{}\"; there are off, record, replay, auto", name));
}

std::optional<LlmReply> ReplayStore::find(const std::string& key) const {
  const auto text = read_whole(file(key));
  if (!text) return std::nullopt;
  try {
    const json document = net::try_json(*text);
    const json& response = document.at("response");
    LlmReply reply;
    reply.content = response.at("content").get<std::string>();
    reply.thinking = response.value("thinking", "");
    reply.model = response.value("model", "");
    reply.cut = response.value("cut", false);
    if (const auto meta = document.find("meta"); meta != document.end() && meta->contains("usage")) {
      reply.prompt_tokens = std::max<std::int64_t>(0, meta->at("usage").value("prompt_tokens", std::int64_t{0}));
      reply.completion_tokens = std::max<std::int64_t>(0, meta->at("usage").value("completion_tokens", std::int64_t{0}));
    }
    return reply;
  } catch (const json::exception&) {
    throw Error(fmt::format("{} is no recorded answer; it needs {{\"response\": {{\"content\": \"...\"}}}}", file(key).string()));
  }
}

void ReplayStore::write(const std::filesystem::path& target, const json& document) const {
  std::string text = document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
  if (mask_) text = mask_(text);
  write_whole(target, text);
}

void ReplayStore::keep(const std::string& key, const LlmRequest& request, const LlmReply& reply) const {
  json response{{"content", reply.content}, {"model", reply.model}};
  if (reply.cut) response["cut"] = true;
  if (!reply.thinking.empty()) response["thinking"] = reply.thinking;
  write(file(key), {{"request", canonical(request)},
                    {"response", std::move(response)},
                    {"meta", {{"usage", {{"prompt_tokens", reply.prompt_tokens}, {"completion_tokens", reply.completion_tokens}}}}}});
}

void ReplayStore::miss(const std::string& key, const LlmRequest& request) const {
  write(folder_ / "missing" / (key + ".json"), {{"request", canonical(request)}});
}

}  // namespace btk::optimizer
