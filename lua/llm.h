// What btk.llm and btk.optimizer ask of their host about language models, as plain
// values. The optimizer library implements it over HTTP; without one these
// functions raise an error.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/time.h"

namespace btk::lua {

struct LlmMessage {
  std::string role;  ///< "system", "user" or "assistant"
  std::string content;
};

/// Hides from a model which market it looks at, and when (optimizer-cli.md, OPT-52a).
struct LlmMask {
  std::string symbol;            ///< becomes ASSET, its base asset too
  Timestamp now = 0;             ///< dates become distances from here
  double price = 1;              ///< the last close: prices are divided by it
  std::vector<std::string> price_fields{};  ///< names of fields whose numbers are prices; empty: the texts hold none
};

struct LlmCall {
  std::vector<LlmMessage> messages;
  std::string schema{};          ///< JSON schema of the answer; empty: any text
  std::string model;             ///< empty: the configured one
  std::optional<bool> think;     ///< nothing: as configured
  int timeout_ms = 0;            ///< 0: 600 s for a text, 120 s for JSON
  std::optional<LlmMask> mask;
  bool signal = false;           ///< the answer is a trading signal: schema and rules are known, masked prices come back unmasked
  /// What is wrong with an answer that fits the schema, as one sentence; empty: nothing. JSON only.
  std::function<std::string(const std::string& json)> check;
};

/// One answer of the model; those before the last were not usable.
struct LlmAttempt {
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  double duration_ms = 0;  ///< wall clock; 0 when replayed
  bool replayed = false;
};

struct LlmAnswer {
  std::string content;     ///< a text, trimmed; or JSON
  std::string key;         ///< SHA-256 of the request that was answered
  std::vector<LlmAttempt> attempts;
};

/// A conversation to be kept for reading (OPT-48).
struct LlmDump {
  std::string id;          ///< name of its folder
  std::vector<LlmMessage> messages;
  std::string result;      ///< JSON
  std::string folder;      ///< empty: where the program keeps them
};

/// Program text that a model wrote for a strategy text, and what came of testing it (OPT-53).
struct WrittenRules {
  std::string title, rationale, body;
  std::string failure;     ///< why there is none; then `body` is empty
  std::vector<LlmAttempt> attempts;
};

struct RulesWish {
  std::string symbol, strategy_name, interval;
  std::vector<LlmMessage> messages;  ///< the training conversation
  std::string strategy;              ///< the strategy text
  Timestamp from = 0, to = 0;        ///< the training range, both ends inclusive
  std::string head, tail;            ///< what stands before and after the body in the strategy's file
  std::optional<LlmMask> mask;
};

/// A file of a generated strategy; `path` is relative to the output folder.
struct GeneratedFile {
  std::string path, text;
};

/// Any thread. Everything throws btk::Error with one sentence.
class LlmService {
 public:
  virtual ~LlmService() = default;
  /// Asks until an answer is usable, three times at most for JSON.
  virtual LlmAnswer ask(const LlmCall& call) = 0;
  /// provider, url, model, think ("true", "false"), seed. An empty value: as it was.
  virtual void configure(const std::string& name, const std::string& value) = 0;
  /// Writes the conversation unless its folder exists; the folder's path.
  virtual std::string dump(const LlmDump& dump) = 0;
  virtual std::string model() const = 0;
  virtual std::string provider() const = 0;
};

}  // namespace btk::lua
