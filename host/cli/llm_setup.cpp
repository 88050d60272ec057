#include "host/cli/llm_setup.h"

#include <cstdlib>

#include "host/cli/usage_error.h"
#include "optimizer/files.h"
#include "optimizer/generated_files.h"

namespace btk::host {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string first_given(const std::string& a, const std::string& b) { return a.empty() ? b : a; }

std::vector<std::string> split_keys(const std::string& list) {
  std::vector<std::string> keys;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    std::string key = list.substr(at, end - at);
    std::erase_if(key, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    if (!key.empty()) keys.push_back(std::move(key));
    at = end + 1;
  }
  return keys;
}

}  // namespace

optimizer::ClientOptions llm_options(const LlmWords& words, const Console& console) {
  optimizer::ClientOptions o;
  try {
    o.provider = optimizer::parse_provider(first_given(first_given(words.provider, variable("CC_LLM_API")), "ollama"));
    o.replay = optimizer::parse_replay_mode(first_given(first_given(words.replay, variable("CC_LLM_REPLAY")), "off"));
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
  const auto scheme = words.url.find("://");
  if (scheme != std::string::npos && !words.url.starts_with("http://") && !words.url.starts_with("https://")) {
    throw UsageError(fmt::format("--llm-url {}: give an address that begins with http:// or https://", words.url));
  }
  const bool ollama = o.provider == optimizer::Provider::ollama;
  o.url = first_given(first_given(words.url, variable("CC_LLM_URL")), ollama ? variable("OLLAMA_HOST") : "");
  o.model = first_given(words.model, variable("CC_LLM_MODEL"));
  o.keys = split_keys(first_given(ollama ? variable("OLLAMA_API_KEY") : "", variable("CC_LLM_KEY")));
  o.store = first_given(words.store, variable("CC_LLM_STORE"));
  o.think = words.think;
  if (!o.think && variable("CC_ENABLE_THINKING") == "1") o.think = true;
  o.seed = words.seed;
  o.max_calls = words.max_calls;
  o.max_tokens = words.max_tokens;
  o.mask = [&console](std::string_view text) { return console.mask(text); };
  return o;
}

std::shared_ptr<optimizer::Client> llm_of_environment(const std::filesystem::path& script, const std::filesystem::path& out,
                                                      const Console& console, std::function<bool()> stopped, bool backtest) {
  LlmWords words;
  std::error_code ignored;
  const auto text = std::filesystem::is_regular_file(script, ignored) ? optimizer::read_whole(script) : std::nullopt;
  if (backtest && text && optimizer::read_header(*text) && variable("CC_LLM_REPLAY").empty()) {
    words.replay = "auto";
    // A strategy's file lies beside the recordings; the entry's beside the folder of its strategies.
    const auto beside = script.parent_path() / "replay", below = script.parent_path() / script.stem() / "replay";
    words.store = std::filesystem::exists(below, ignored) ? below.string() : beside.string();
  }
  optimizer::ClientOptions options = llm_options(words, console);
  if (options.store.empty()) options.store = out / "llm";
  options.dumps = out / "strategy";
  options.stopped = std::move(stopped);
  return std::make_shared<optimizer::Client>(std::move(options));
}

}  // namespace btk::host
