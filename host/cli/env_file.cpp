#include "host/cli/env_file.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>

#include <unistd.h>

#include "engine/config.h"
#include "host/cli/environment_names.h"
#include "host/cli/usage_error.h"
#include "host/service/secrets.h"

namespace btk::host {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

class EnvReader {
 public:
  EnvReader(std::string_view text, const std::filesystem::path& file) : text_(text), file_(file) {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  std::vector<std::pair<std::string, std::string>> read() {
    std::vector<std::pair<std::string, std::string>> variables;
    while (true) {
      skip(" \t\r\n");
      if (at_ >= text_.size()) return variables;
      if (text_[at_] == '#') {
        skip_line();
        continue;
      }
      std::string variable = name();
      variables.emplace_back(std::move(variable), value());
    }
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { fail_at(at_, why); }
  [[noreturn]] void fail_at(std::size_t where, const std::string& why) const {
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(where), '\n');
    throw UsageError(fmt::format("{}:{}: {}", file_.string(), line, why));
  }

  void skip(std::string_view what) { at_ = std::min(text_.find_first_not_of(what, at_), text_.size()); }
  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  std::string word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) || text_[at_] == '_'))
      ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string name() {
    std::string found = word();
    const std::size_t end = at_;
    skip(" \t");
    if (found == "export" && at_ > end && at_ < text_.size() && text_[at_] != '=') {
      found = word();
      skip(" \t");
    }
    if (found.empty() || std::isdigit(static_cast<unsigned char>(found.front())) || at_ >= text_.size() ||
        text_[at_] != '=') {
      fail("not understood; write NAME=VALUE, with letters, digits and _ in the name");
    }
    ++at_;
    return found;
  }

  std::string value() {
    skip(" \t");
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return quoted(text_[at_]);
    const std::size_t begin = at_;
    skip_line();
    std::string_view line = text_.substr(begin, at_ - begin);
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) line = line.substr(0, i);
    }
    const auto last = line.find_last_not_of(" \t\r");
    std::string found(line.substr(0, last == std::string_view::npos ? 0 : last + 1));
    if (found.find('\0') != std::string::npos) fail_at(begin, "there is a zero byte in the value");
    return found;
  }

  std::string quoted(char quote) {
    const std::size_t begin = at_++;
    std::string found;
    for (;; ++at_) {
      if (at_ >= text_.size()) fail_at(begin, fmt::format("the quote {} is not closed", quote));
      const char c = text_[at_];
      if (c == quote) break;
      if (c == '\0') fail("there is a zero byte in the value");
      if (c == '\\' && quote == '"' && at_ + 1 < text_.size()) {
        found += escaped(text_[++at_]);
      } else {
        found += c;
      }
    }
    ++at_;
    skip(" \t\r");
    if (at_ < text_.size() && text_[at_] == '#') skip_line();
    if (at_ < text_.size() && text_[at_] != '\n') fail("there is text after the closing quote");
    return found;
  }

  std::string escaped(char c) const {
    switch (c) {
      case 'n':
        return "\n";
      case 'r':
        return "\r";
      case 't':
        return "\t";
      case '"':
      case '\\':
      case '$':
        return std::string(1, c);
      default:
        fail("there is an unknown \\ sequence; write \\n \\r \\t \\\" \\\\ \\$, or use single quotes");
    }
  }

  std::string_view text_;
  const std::filesystem::path& file_;
  std::size_t at_ = 0;
};

/// A file of variables. Of those in the scripts' own folders none has more right than another.
struct EnvFile {
  std::filesystem::path path;
  bool of_script = false;
};

// The .env files there are, in the order in which they are read.
std::vector<EnvFile> env_files(const std::vector<std::filesystem::path>& scripts, Console& console) {
  std::vector<EnvFile> files;
  std::vector<std::filesystem::path> folders;
  std::error_code ignored;
  const auto look_in = [&](const std::filesystem::path& folder, bool of_script) {
    const std::filesystem::path file = folder / ".env";
    if (!std::filesystem::exists(file, ignored)) return;
    const auto same = [&](const std::filesystem::path& other) { return std::filesystem::equivalent(file, other, ignored); };
    if (const auto known = std::ranges::find_if(files, same, &EnvFile::path); known != files.end()) {
      known->of_script = known->of_script || of_script;
    } else if (!std::filesystem::is_directory(file, ignored)) {
      files.push_back({file, of_script});
    } else if (std::ranges::none_of(folders, same)) {  // some keep a Python environment there
      folders.push_back(file);
      console.note(fmt::format("warning: {} is a folder: no variables are read from it", file.string()));
    }
  };
  look_in("", false);
  for (const auto& script : scripts) look_in(script.parent_path(), true);
  return files;
}

std::string read_text(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open() || in.bad()) {
    throw UsageError(
        fmt::format("cannot open {}: {}", file.string(), std::strerror(errno != 0 ? errno : EIO)));
  }
  return text;
}

/// A value of an .env file, and which.
struct Given {
  std::string value;
  EnvFile file;
  std::filesystem::path rival;  ///< another script's file, whose other value it took the place of
};

// A process has one environment: what scripts' files do not agree on is not what each of them says.
void warn_of_rivals(const std::map<std::string, Given>& variables, Console& console) {
  for (const auto& [name, given] : variables) {
    if (given.rival.empty()) continue;
    const std::string winner = given.file.path.string();
    console.note(fmt::format("warning: {}: {} and {} give different values; that of {} counts for all files", name, given.rival.string(), winner, winner));
  }
}

void check_setting(const std::string& name, const Given& given) {
  if (given.value.empty() || find_config_key(name) == nullptr) return;
  Config scratch;
  try {
    set_from_text(scratch, name, given.value);
  } catch (const Error& e) {
    throw UsageError(fmt::format("{}: {}", given.file.path.string(), e.what()));
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> parse_env_file(std::string_view text,
                                                                const std::filesystem::path& file) {
  return EnvReader(text, file).read();
}

void load_environment(const std::vector<std::filesystem::path>& scripts, bool files_win, Console& console,
                      const std::vector<std::filesystem::path>& more) {
  std::map<std::string, Given> variables;
  std::vector<EnvFile> files = env_files(scripts, console);
  for (const auto& file : more) files.push_back({file});
  for (const EnvFile& file : files) {
    for (auto& [name, value] : parse_env_file(read_text(file.path), file.path)) {
      Given& given = variables[name];
      if (!file.of_script) {
        given.rival.clear();
      } else if (given.file.of_script && given.file.path != file.path && given.value != value) {
        given.rival = given.file.path;
      }
      given.value = std::move(value);
      given.file = file;
    }
  }
  std::erase_if(variables, [&](const auto& variable) { return !files_win && std::getenv(variable.first.c_str()) != nullptr; });
  for (const auto& [name, given] : variables) ::setenv(name.c_str(), given.value.c_str(), 1);
  console.hide(std::make_shared<const Secrets>(Secrets::from_environment()));
  for (const auto& [name, given] : variables) check_setting(name, given);
  warn_of_rivals(variables, console);
  tell_strange_variables(console);
}

}  // namespace btk::host
