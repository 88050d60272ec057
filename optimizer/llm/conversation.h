// Conversations as files for reading (optimizer-cli.md OPT-48): a folder per
// result with the system prompt, every user and assistant message in order, the
// model's output, and request.json.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "lua/llm.h"

namespace btk::optimizer {

/// Messages above this size deserve a warning.
inline constexpr std::size_t kLargeMessage = 100 * 1024;

/// <folder>/<id>; when it exists already nothing is written. `hidden` takes secrets out. Throws btk::Error.
std::filesystem::path write_conversation(const std::filesystem::path& folder, const lua::LlmDump& dump,
                                         const std::function<std::string(std::string_view)>& hidden);

}  // namespace btk::optimizer
