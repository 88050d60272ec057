// A language model as the repetitions of a proof see it: answers that the run
// recorded, and nothing else. Nobody is asked, nothing is spent or written.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "lua/llm.h"

namespace btk::host {

class RecordedAnswers : public lua::LlmService {
 public:
  /// `real`: what the run asked. `recorded`: gives its recordings; null when there are none, and every question fails.
  RecordedAnswers(std::shared_ptr<lua::LlmService> real, std::shared_ptr<lua::LlmService> recorded)
      : real_(std::move(real)), recorded_(std::move(recorded)) {}

  lua::LlmAnswer ask(const lua::LlmCall& call) override;
  void configure(const std::string& name, const std::string& value) override;
  std::string dump(const lua::LlmDump& dump) override;
  std::string model() const override;
  std::string provider() const override;

  /// Why a question had no answer, the first time; empty: all had one. An answer that the model gave and that could not
  /// be used is an answer.
  std::string missing() const;

 private:
  std::shared_ptr<lua::LlmService> real_, recorded_;
  mutable std::mutex mutex_;
  std::string missing_;
};

/// The recordings of a script's model; null when it records none, or is no client of this program.
std::shared_ptr<lua::LlmService> recordings_of(const std::shared_ptr<lua::LlmService>& model);

}  // namespace btk::host
