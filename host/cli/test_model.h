// The language model of `btkhost test`: everything that btk.llm does (schemas, three attempts, tries again after a passing
// refusal, hidden markets), with a test in the place of the model server. Nothing is sent, nothing is waited for, nothing is kept.
#pragma once

#include <memory>

#include "lua/test_services.h"

namespace btk::host {

std::shared_ptr<lua::LlmService> scripted_llm(lua::ScriptedModel model);

}  // namespace btk::host
