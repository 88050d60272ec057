#include "host/cli/optimize_stage.h"

#include "engine/counted.h"

namespace btk::host {

std::string spending_text(const optimizer::LlmSpending& spent) {
  return fmt::format("LLM: {} sent, {} replayed, {} of prompt, {} of answers", counted(spent.calls, "call"), counted(spent.replayed, "answer"),
                     counted(spent.prompt_tokens, "token"), spent.completion_tokens);
}

void OptimizeStage::enter(const std::string& stage) {
  const std::lock_guard lock(mutex_);
  stage_ = stage;
  step_.clear();
}

void OptimizeStage::at(const std::string& step) {
  console_.status(step);
  const std::lock_guard lock(mutex_);
  step_ = step;
}

void OptimizeStage::print() {
  const std::string spending = spending_text(spent_());
  const std::lock_guard lock(mutex_);
  console_.note(fmt::format("Progress: {}; {}", step_.empty() ? stage_ : stage_ + ", " + step_, spending));
}

}  // namespace btk::host
