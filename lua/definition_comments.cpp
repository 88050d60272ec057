#include "lua/definition_comments.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "lua/embedded.h"

namespace btk::lua {
namespace {

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// What stands behind "---", or nothing.
std::optional<std::string_view> comment(std::string_view line) {
  line = trim(line);
  if (!line.starts_with("---") || line.starts_with("----")) return std::nullopt;
  line.remove_prefix(3);
  return trim(line);
}

/// A type: as far as brackets go, and over the spaces behind a colon or around a bar.
std::string take_type(std::string_view& text) {
  text = trim(text);
  int depth = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (c == '{' || c == '(' || c == '<') ++depth;
    if (c == '}' || c == ')' || c == '>') --depth;
    if (c == ' ' && depth == 0 && (end == 0 || (text[end - 1] != ':' && text[end - 1] != '|'))) break;
  }
  std::string type(text.substr(0, end));
  text.remove_prefix(end);
  text = trim(text);
  return type.empty() ? "any" : type;
}

/// What stands behind "@api".
CommentFamily read_family(std::string_view rest) {
  CommentFamily family;
  const std::size_t open = rest.find('(');
  if (open != std::string_view::npos) {
    const std::size_t close = rest.find(')', open);
    family.parameters = names_in(rest.substr(open + 1, close - open - 1));
    family.pattern = trim(rest.substr(0, open));
    rest = close == std::string_view::npos ? std::string_view() : rest.substr(close + 1);
  } else {
    family.pattern = take_word(rest);
  }
  if (take_word(rest) == "like") family.like = take_word(rest);
  return family;
}

/// The families of one comment; the words below the last "@api" are for all of them.
void add_families(Comments& comments, const CommentBlock& block) {
  std::vector<CommentFamily> found;
  CommentBlock words{{}, block.file, block.end};
  for (const std::string& line : block.lines) {
    if (line.starts_with("@api ")) {
      found.push_back(read_family(std::string_view(line).substr(5)));
    } else if (!found.empty()) {
      words.lines.push_back(line);
    }
  }
  for (CommentFamily& family : found) {
    family.block = words;
    comments.families.push_back(std::move(family));
  }
}

const CommentFamily* better(const CommentFamily* a, const CommentFamily* b) {
  if (a == nullptr) return b;
  const bool a_exact = a->pattern.find('*') == std::string::npos,
             b_exact = b->pattern.find('*') == std::string::npos;
  if (a_exact != b_exact) return a_exact ? a : b;
  return b->pattern.size() > a->pattern.size() ? b : a;
}

}  // namespace

std::vector<LuaModule> lua_modules() {
  std::vector<LuaModule> modules;
  for (const EmbeddedModule& module : embedded_modules()) {
    LuaModule m{fmt::format("lua/btk/{}.lua", module.name), {}};
    std::istringstream text{std::string(module.source)};
    for (std::string line; std::getline(text, line);) m.lines.push_back(line);
    modules.push_back(std::move(m));
  }
  return modules;
}

Comments read_comments(const std::vector<LuaModule>& modules) {
  Comments comments;
  for (const LuaModule& module : modules) {
    for (std::size_t i = 0; i < module.lines.size(); ++i) {
      if (!comment(module.lines[i])) continue;
      CommentBlock block{{}, module.file, 0};
      while (i < module.lines.size() && comment(module.lines[i]))
        block.lines.emplace_back(*comment(module.lines[i++]));
      block.end = static_cast<int>(i) + 1;
      std::string_view rest = block.lines.front();
      const std::string tag = take_word(rest);
      if (tag == "@meta") {
        auto& meta = comments.meta[rest.empty() ? "btk" : std::string(rest)];
        meta.insert(meta.end(), block.lines.begin() + 1, block.lines.end());
        meta.emplace_back();
      } else if (tag == "@methods") {
        comments.methods.push_back(std::move(block));
      } else {
        add_families(comments, block);
      }
    }
  }
  return comments;
}

CommentBlock comment_above(const LuaModule& module, int line) {
  CommentBlock block{{}, module.file, line};
  auto i = static_cast<std::size_t>(line) - 1;
  while (i > 0 && i <= module.lines.size() && comment(module.lines[i - 1])) --i;
  for (; i + 1 < static_cast<std::size_t>(line); ++i) block.lines.emplace_back(*comment(module.lines[i]));
  return block;
}

bool has_own_words(const CommentBlock& block) {
  return std::ranges::any_of(block.lines,
                             [](const std::string& line) { return !line.empty() && line[0] != '@'; }) &&
         !block.lines.front().starts_with("@api ");
}

bool fits(std::string_view pattern, std::string_view path, std::string* star) {
  const std::size_t at = pattern.find('*');
  if (at == std::string_view::npos) return pattern == path;
  const std::string_view head = pattern.substr(0, at), tail = pattern.substr(at + 1);
  if (path.size() <= head.size() + tail.size() || !path.starts_with(head) || !path.ends_with(tail))
    return false;
  const std::string_view middle = path.substr(head.size(), path.size() - head.size() - tail.size());
  if (middle.find('.') != std::string_view::npos) return false;
  if (star != nullptr) *star = middle;
  return true;
}

const CommentFamily* family_of(const std::vector<CommentFamily>& families, std::string_view path) {
  const CommentFamily* best = nullptr;
  for (const CommentFamily& family : families) {
    if (fits(family.pattern, path)) best = better(best, &family);
  }
  return best;
}

ApiParameter parameter_named(std::string name) {
  const bool optional = name.ends_with("?");
  if (optional) name.pop_back();
  return {std::move(name), optional ? "any?" : "any", {}};
}

std::vector<std::string> names_in(std::string_view list) {
  std::vector<std::string> names;
  if (trim(list).empty()) return names;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    names.emplace_back(trim(list.substr(at, end - at)));
    at = end + 1;
  }
  return names;
}

std::string take_word(std::string_view& text) {
  text = trim(text);
  const std::size_t end = std::min(text.find_first_of(" \t"), text.size());
  std::string word(text.substr(0, end));
  text.remove_prefix(end);
  text = trim(text);
  return word;
}

void describe(ApiFunction& function, const CommentBlock& block, std::vector<std::string>& mistakes) {
  std::string* goes_on = nullptr;
  for (const std::string& line : block.lines) {
    std::string_view rest = line;
    if (!rest.starts_with("@")) {
      if (goes_on != nullptr) {
        *goes_on += fmt::format(" {}", rest);
      } else {
        function.words.emplace_back(rest);
      }
      continue;
    }
    const std::string tag = take_word(rest);
    if (tag == "@param") {
      const ApiParameter told = parameter_named(take_word(rest));
      const auto found = std::ranges::find(function.parameters, told.name, &ApiParameter::name);
      if (found == function.parameters.end()) {
        mistakes.push_back(
            fmt::format("{}:{}: the comment of {} has @param {}, but the function has no such parameter; "
                        "correct the name",
                        block.file, block.end, function.path, told.name));
        continue;
      }
      found->type = take_type(rest) + (told.type.ends_with("?") ? "?" : "");
      found->words = rest;
      goes_on = &found->words;
    } else if (tag == "@return") {
      function.returns.emplace_back(rest);
      goes_on = &function.returns.back();
    } else if (tag == "@class" || tag == "@field") {
      function.table.push_back(fmt::format("{} {}", tag, rest));
    } else if (tag == "@global") {
      function.global = rest;
    }
  }
}

}  // namespace btk::lua
