// What `btkhost optimize` is doing, for SIGUSR1 and the status line: it may wait for its model for a long time.
#pragma once

#include <functional>
#include <mutex>
#include <string>

#include "host/cli/console.h"
#include "optimizer/llm/client.h"

namespace btk::host {

/// "LLM: 1 call sent, 0 answers replayed, 812 tokens of prompt, 40 of answers"
std::string spending_text(const optimizer::LlmSpending& spent);

class OptimizeStage {
 public:
  using Spent = std::function<optimizer::LlmSpending()>;
  /// `console` must outlive the object. `spent` is asked from any thread.
  OptimizeStage(Console& console, Spent spent) : console_(console), spent_(std::move(spent)) {}

  /// What is done now: "opt BTCUSDT: the model writes strategies".
  void enter(const std::string& stage);
  /// How far it is: also the status line of a terminal. Empty: neither.
  void at(const std::string& step);
  /// A line about the present state. Any thread.
  void print();

 private:
  Console& console_;
  Spent spent_;
  std::mutex mutex_;
  std::string stage_ = "the script is loaded", step_;
};

}  // namespace btk::host
