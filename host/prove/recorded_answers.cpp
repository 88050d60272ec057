#include "host/prove/recorded_answers.h"

#include <filesystem>

#include "optimizer/llm/client.h"

namespace btk::host {

lua::LlmAnswer RecordedAnswers::ask(const lua::LlmCall& call) {
  const auto note = [this](const std::string& why) {
    const std::lock_guard lock(mutex_);
    if (missing_.empty()) missing_ = why;
  };
  try {
    if (!recorded_) throw optimizer::LlmError("the model's answers are not recorded (CC_LLM_REPLAY=auto records them), so the run cannot be repeated");
    return recorded_->ask(call);
  } catch (const optimizer::LlmContentError&) {
    throw;  // the run had the same three answers
  } catch (const Error& e) {
    note(e.what());
    throw;
  }
}

void RecordedAnswers::configure(const std::string& name, const std::string& value) {
  if (recorded_) recorded_->configure(name, value);
}

std::string RecordedAnswers::dump(const lua::LlmDump& dump) { return (std::filesystem::path(dump.folder) / dump.id).string(); }

std::string RecordedAnswers::model() const { return (recorded_ ? recorded_ : real_)->model(); }
std::string RecordedAnswers::provider() const { return (recorded_ ? recorded_ : real_)->provider(); }

std::string RecordedAnswers::missing() const {
  const std::lock_guard lock(mutex_);
  return missing_;
}

std::shared_ptr<lua::LlmService> recordings_of(const std::shared_ptr<lua::LlmService>& model) {
  const auto client = std::dynamic_pointer_cast<const optimizer::Client>(model);
  return client ? std::shared_ptr<lua::LlmService>(client->recorded()) : nullptr;
}

}  // namespace btk::host
