#include "optimizer/llm/request.h"

#include <cmath>

#include <fmt/format.h>

#include "engine/error.h"
#include "engine/sha256.h"
#include "host/net/outside_json.h"

namespace btk::optimizer {
namespace {

using nlohmann::json;

json messages_json(const std::vector<lua::LlmMessage>& messages) {
  json list = json::array();
  for (const auto& m : messages) list.push_back({{"role", m.role}, {"content", m.content}});
  return list;
}

json options_json(const LlmRequest& r) {
  return r.seed ? json{{"temperature", 0}, {"seed", *r.seed}} : json();
}

// Whole numbers are written without a fraction, however they were read.
void normalise(json& value) {
  if (value.is_number_float()) {
    const double number = value.get<double>();
    if (std::abs(number) < 9e15 && number == std::floor(number)) value = static_cast<std::int64_t>(number);
  } else if (value.is_structured()) {
    for (json& item : value) normalise(item);
  }
}

// A number of tokens; what cannot be one is none, so that no server gives back what was spent.
std::int64_t whole(const json& from, const char* key) {
  constexpr double kMost = 1e15;
  const auto found = from.find(key);
  const double number = found != from.end() && found->is_number() ? found->get<double>() : 0;
  return number > 0 && number < kMost ? static_cast<std::int64_t>(number) : 0;
}

std::string text(const json& from, const char* key) {
  const auto found = from.find(key);
  return found != from.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const json& message_of(Provider provider, const json& answer) {
  if (provider == Provider::ollama) return answer.at("message");
  return answer.at("choices").at(0).at("message");
}

}  // namespace

std::string_view to_string(Provider provider) { return provider == Provider::ollama ? "ollama" : "openai"; }

Provider parse_provider(std::string_view name) {
  if (name == "ollama") return Provider::ollama;
  if (name == "openai") return Provider::openai;
  throw Error(fmt::format("there is no LLM protocol \"{}\"; there are ollama and openai", name));
}

json canonical(const LlmRequest& r) {
  json out{{"provider", to_string(r.provider)}, {"model", r.model}, {"messages", messages_json(r.messages)}};
  if (!r.format.is_null()) out["format"] = r.format;
  if (r.think && r.provider == Provider::ollama) out["think"] = *r.think;
  if (r.seed) out["options"] = options_json(r);
  normalise(out);
  return out;
}

std::string canonical_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string request_key(const LlmRequest& request) { return sha256_hex(canonical_text(canonical(request))); }

std::string request_body(const LlmRequest& r) {
  json body{{"model", r.model}, {"messages", messages_json(r.messages)}, {"stream", false}};
  if (r.provider == Provider::ollama) {
    if (!r.format.is_null()) body["format"] = r.format;
    if (r.think) body["think"] = *r.think;
    if (r.seed) body["options"] = options_json(r);
  } else {
    if (!r.format.is_null()) {
      body["response_format"] = {{"type", "json_schema"},
                                 {"json_schema", {{"name", "answer"}, {"strict", true}, {"schema", r.format}}}};
    }
    if (r.seed) body.update(options_json(r));
  }
  return canonical_text(body);
}

std::string endpoint(Provider provider, const std::string& url) {
  std::string base = url;
  while (base.ends_with("/")) base.pop_back();
  return base + (provider == Provider::ollama ? "/api/chat" : "/chat/completions");
}

LlmReply read_reply(Provider provider, const std::string& body) {
  try {
    const json answer = net::try_json(body);
    const json& message = message_of(provider, answer);
    LlmReply reply;
    reply.content = text(message, "content");
    reply.thinking = text(message, provider == Provider::ollama ? "thinking" : "reasoning_content");
    reply.model = text(answer, "model");
    reply.cut = text(provider == Provider::ollama ? answer : answer.at("choices").at(0), provider == Provider::ollama ? "done_reason" : "finish_reason") == "length";
    if (provider == Provider::ollama) {
      reply.prompt_tokens = whole(answer, "prompt_eval_count");
      reply.completion_tokens = whole(answer, "eval_count");
    } else if (const auto usage = answer.find("usage"); usage != answer.end() && usage->is_object()) {
      reply.prompt_tokens = whole(*usage, "prompt_tokens");
      reply.completion_tokens = whole(*usage, "completion_tokens");
    }
    return reply;
  } catch (const json::exception&) {
    throw Error(fmt::format("the answer is not what the {} protocol says", to_string(provider)));
  }
}

std::string read_refusal(const std::string& body) {
  const json answer = net::try_json(body);
  std::string why;
  if (answer.is_object()) {
    const auto error = answer.find("error");
    if (error != answer.end()) why = error->is_string() ? error->get<std::string>() : error->is_object() ? text(*error, "message") : "";
  }
  for (char& c : why) {
    if (static_cast<unsigned char>(c) < 32) c = ' ';
  }
  return why.substr(0, 300);
}

}  // namespace btk::optimizer
