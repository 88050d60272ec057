// btkhost init: a project that works at once. Nothing is fetched, nothing that is there is touched.
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>

#include <fmt/ranges.h>

#include "host/cli/commands.h"
#include "host/cli/parser.h"
#include "host/cli/templates.h"
#include "host/cli/usage_error.h"

namespace btk::host {
namespace {

namespace fs = std::filesystem;

struct Template {
  std::string_view name;
  std::string_view layers[4];  ///< folders of host/templates; a file of a later one takes the place of one before
  std::string_view script;     ///< what the next steps begin with
  std::string_view further;    ///< one more command to try; may be empty
};

constexpr Template kTemplates[] = {
    {"basic", {"basic"}, "strategy.lua", ""},
    {"walker", {"walker"}, "trend.lua", "btkhost walker trend.lua reversion.lua     both strategies side by side"},
    {"optimizer", {"basic", "optimizer"}, "strategy.lua", "btkhost optimize optimizer.lua --dry-run   what a language model would be asked"},
    {"full", {"basic", "walker", "optimizer", "full"}, "strategy.lua", "btkhost walker trend.lua reversion.lua     two more strategies side by side"},
};

const Template& find_template(const std::string& name) {
  std::vector<std::string_view> names;
  for (const Template& one : kTemplates) {
    if (one.name == name) return one;
    names.push_back(one.name);
  }
  throw UsageError(fmt::format("--template: there is no template \"{}\"{}; there are {}", name, suggestion(name, names), fmt::join(names, ", ")));
}

// A folder that only git knows of counts as empty. What is in the way is no wrong usage: 1 (optimizer-cli.md CLI-23).
void check_target(const fs::path& folder) {
  std::error_code failure;
  if (!fs::exists(folder, failure)) return;
  if (!fs::is_directory(folder, failure)) throw Error(fmt::format("\"{}\" already exists and is not a folder; give another name", folder.string()));
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() == ".git") continue;
    throw Error(fmt::format("Directory \"{}\" already exists and is not empty.", folder.string()));
  }
}

std::map<std::string, std::string_view> files_of(const Template& chosen) {
  std::map<std::string, std::string_view> files;
  for (const std::string_view layer : chosen.layers) {
    if (layer.empty()) continue;
    const std::string prefix = std::string(layer) + "/";
    for (const TemplateFile& file : template_files()) {
      if (file.path.starts_with(prefix)) files[std::string(file.path.substr(prefix.size()))] = file.text;
    }
  }
  return files;
}

void write_file(const fs::path& path, std::string_view text) {
  std::error_code failure;
  fs::create_directories(path.parent_path(), failure);
  errno = 0;
  std::ofstream file(path, std::ios::binary);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  if (!file) throw Error(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno != 0 ? errno : EIO)));
}

// The folder as a shell takes it for one word, and for no option.
std::string shell_word(const fs::path& folder) {
  const std::string text = (folder.string().starts_with('-') ? fs::path(".") / folder : folder).string();
  const auto plain = [](unsigned char c) { return std::isalnum(c) != 0 || c >= 0x80 || std::strchr("_-./+,:@%=", c) != nullptr; };
  if (std::ranges::all_of(text, plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

int init_command(const Words& words, Console& console) {
  Parser parser("init", "Makes a project that runs, tests and paper-trades offline at once. The folder must be missing or empty.",
                "btkhost init my-strategy --template basic");
  std::vector<std::string> folders;
  std::string name = "basic";
  parser.app().add_option("folder", folders, "where; default: here");
  parser.app().add_option("--template", name, "basic (one strategy), walker (two that are compared), optimizer (for a language model), full (all of it)");
  if (!parser.parse(words, console)) return 0;
  if (folders.size() > 1) throw UsageError("btkhost init: one folder at a time");
  const Template& chosen = find_template(name);
  const fs::path folder = folders.empty() ? fs::path(".") : fs::path(folders.front());
  check_target(folder);
  for (const auto& [path, text] : files_of(chosen)) {
    write_file(folder / path, text);
    console.note(fmt::format("Created: {}", (folder / path).lexically_normal().string()));
  }
  std::string text = "\nNext:\n";
  if (!folders.empty()) text += fmt::format("  cd {}\n", shell_word(folder));
  text += fmt::format("  {:<42} is everything sound?\n", fmt::format("btkhost check {}", chosen.script));
  text += fmt::format("  {:<42} the tests in tests/\n", "btkhost test");
  text += fmt::format("  {:<42} a back-test, reports in dump/\n", fmt::format("btkhost run {}", chosen.script));
  if (!chosen.further.empty()) text += fmt::format("  {}\n", chosen.further);
  text += fmt::format("  {:<42} simulated money, minute by minute; Ctrl-C ends\n", fmt::format("btkhost paper {}", chosen.script));
  text += fmt::format("  {:<42} completion and help for btk in your editor\n", "btkhost definitions .");
  console.print(text);
  return 0;
}

}  // namespace btk::host
