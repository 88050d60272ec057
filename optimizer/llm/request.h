// One request to a language model in either protocol, and its answer.
//
//   ollama  POST <url>/api/chat           { model, messages, stream: false, format?, think?, options? }
//   openai  POST <url>/chat/completions   { model, messages, response_format?, temperature?, seed? }
//
// A request's key is SHA-256 over its canonical form: JSON with sorted keys, without blanks, numbers in
// their shortest form; provider, model, messages, format, think, options. Host, keys and time-outs are not
// in it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lua/llm.h"

namespace btk::optimizer {

enum class Provider { ollama, openai };

std::string_view to_string(Provider provider);
/// Throws btk::Error for anything but "ollama" and "openai".
Provider parse_provider(std::string_view name);

struct LlmRequest {
  Provider provider = Provider::ollama;
  std::string model;
  std::vector<lua::LlmMessage> messages;
  nlohmann::json format;             ///< JSON schema of the answer; null: any text
  std::optional<bool> think;         ///< ollama only
  std::optional<std::uint64_t> seed; ///< with it, temperature 0
};

struct LlmReply {
  std::string content, thinking, model;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  bool cut = false;  ///< the model's limit of tokens ended it
};

/// The request without what does not belong to its meaning.
nlohmann::json canonical(const LlmRequest& request);
/// JSON in its canonical form.
std::string canonical_text(const nlohmann::json& value);
/// 64 hexadecimal digits.
std::string request_key(const LlmRequest& request);

/// What is sent.
std::string request_body(const LlmRequest& request);
/// Address of the end point below a base address.
std::string endpoint(Provider provider, const std::string& url);
/// Throws btk::Error when the body is no answer of that protocol.
LlmReply read_reply(Provider provider, const std::string& body);
/// The reason that an answer with an error status gives, cut to one line; empty without one.
std::string read_refusal(const std::string& body);

}  // namespace btk::optimizer
