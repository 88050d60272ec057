// Recorded exchanges with language models: <folder>/<first 2 hex>/<key>.json with
// { "request", "response", "meta": { "usage" } }. There is no time in it, so that two
// recordings of the same answers are the same bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "optimizer/llm/request.h"

namespace btk::optimizer {

enum class ReplayMode {
  off,     ///< always asks, keeps nothing
  record,  ///< always asks, keeps the answers
  replay,  ///< never asks: an answer that is not there is an error
  automatic,  ///< takes a kept answer if there is one, else asks and keeps it
};

/// "off", "record", "replay", "auto". Throws btk::Error.
ReplayMode parse_replay_mode(std::string_view name);

class ReplayStore {
 public:
  /// `mask` takes secrets out of what is written; may be empty.
  ReplayStore(std::filesystem::path folder, std::function<std::string(std::string_view)> mask)
      : folder_(std::move(folder)), mask_(std::move(mask)) {}

  // Any thread. Throw btk::Error.
  std::optional<LlmReply> find(const std::string& key) const;
  void keep(const std::string& key, const LlmRequest& request, const LlmReply& reply) const;
  /// Writes the request to <folder>/missing/<key>.json, so that it can be answered by hand.
  void miss(const std::string& key, const LlmRequest& request) const;
  /// Where the answer is, or would be.
  std::filesystem::path file(const std::string& key) const { return folder_ / key.substr(0, 2) / (key + ".json"); }

 private:
  void write(const std::filesystem::path& file, const nlohmann::json& document) const;

  std::filesystem::path folder_;
  std::function<std::string(std::string_view)> mask_;
};

}  // namespace btk::optimizer
