// What a user is told whose scripts register nothing of a kind that a command needs.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace btk::lua {

/// "Strategy not specified: a.lua and b.lua register none; call btk.add_strategy{...} in one of them".
std::string not_specified(std::string_view kind, std::span<const std::filesystem::path> files);

}  // namespace btk::lua
