// Which language model a program asks, and what it may spend: options of the
// command line, then the environment.
//
//   CC_LLM_API   ollama or openai           CC_LLM_URL   base address (OLLAMA_HOST for ollama)
//   CC_LLM_MODEL name of the model          OLLAMA_API_KEY, CC_LLM_KEY   keys, separated by commas
//   CC_ENABLE_THINKING=1  reasoning         CC_LLM_REPLAY, CC_LLM_STORE  as --llm-replay, --llm-store
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "host/cli/console.h"
#include "optimizer/llm/client.h"

namespace btk::host {

/// What the command line says; the rest comes from the environment.
struct LlmWords {
  std::string provider, url, model, replay, store;
  std::optional<std::uint64_t> seed;
  std::optional<bool> think;
  std::int64_t max_calls = 500, max_tokens = 0;
};

/// Throws UsageError for names that are none. Sends nothing. `console` must outlive what is made of it.
optimizer::ClientOptions llm_options(const LlmWords& words, const Console& console);

/// For commands that run scripts: from the environment alone. Answers that a generated file recorded are replayed, and
/// asked for when they are missing; other scripts always ask. `script`: the first file; `out`: where conversations are kept.
std::shared_ptr<optimizer::Client> llm_of_environment(const std::filesystem::path& script, const std::filesystem::path& out,
                                                      const Console& console, std::function<bool()> stopped, bool backtest);

}  // namespace btk::host
