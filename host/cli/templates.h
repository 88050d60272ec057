// The files of `btkhost init` (host/templates), compiled into the program.
#pragma once

#include <span>
#include <string_view>

namespace btk::host {

struct TemplateFile {
  std::string_view path;  ///< "basic/tests/strategy_test.lua": layer, then the path in the project
  std::string_view text;
};

std::span<const TemplateFile> template_files();

}  // namespace btk::host
