// note_text of cells.h: Markdown to one plain line. Notes may come from a language
// model, so every step is a plain scan that leaves what it does not understand as
// it is, and none recurses.
#include <algorithm>
#include <string>
#include <string_view>

#include "host/exchange/decimal.h"
#include "host/report/cells.h"

namespace btk::host {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// Bytes of other alphabets (UTF-8) count as part of a word.
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::string without_code_blocks(std::string_view text) {
  constexpr std::string_view kFence = "```";
  std::string out;
  std::size_t from = 0;
  while (true) {
    const std::size_t open = text.find(kFence, from);
    const std::size_t close = open == std::string_view::npos ? open : text.find(kFence, open + kFence.size());
    if (close == std::string_view::npos) break;
    out.append(text.substr(from, open - from)).push_back(' ');
    from = close + kFence.size();
  }
  return out.append(text.substr(from));
}

// "---", "* * *", "___": three or more of one mark and nothing else.
bool is_rule(std::string_view line) {
  std::size_t marks = 0;
  char mark = 0;
  for (const char c : line) {
    if (is_space(c)) continue;
    if ((c != '-' && c != '*' && c != '_') || (mark && c != mark)) return false;
    mark = c;
    ++marks;
  }
  return marks >= 3;
}

void skip_spaces(std::string_view& line) {
  while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
}

// "## Title" -> "Title".
void skip_header_mark(std::string_view& line) {
  const std::size_t marks = line.find_first_not_of('#');
  if (marks == 0 || marks > 6 || marks == std::string_view::npos || !is_space(line[marks])) return;
  line.remove_prefix(marks);
  skip_spaces(line);
}

// True when the line began with "- ", "* ", "+ " or "12. ", which is taken off.
bool skip_list_mark(std::string_view& line) {
  std::size_t end = 0;
  if (!line.empty() && (line[0] == '-' || line[0] == '*' || line[0] == '+')) {
    end = 1;
  } else {
    while (end < line.size() && is_digit(line[end])) ++end;
    if (end == 0 || end == line.size() || line[end] != '.') return false;
    ++end;
  }
  if (end == line.size() || !is_space(line[end])) return false;
  line.remove_prefix(end);
  skip_spaces(line);
  return true;
}

std::string without_line_marks(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    skip_spaces(line);
    while (!line.empty() && line.front() == '>') {
      line.remove_prefix(1);
      skip_spaces(line);
    }
    if (is_rule(line)) continue;
    skip_header_mark(line);
    if (skip_list_mark(line)) out += "• ";
    out.append(line).push_back('\n');
  }
  return out;
}

// "![alt](url)" -> "alt", "[text](url)" -> "text".
std::string without_links(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool image = text[i] == '!' && i + 1 < text.size() && text[i + 1] == '[';
    if (image || text[i] == '[') {
      const std::size_t label = i + (image ? 2 : 1);
      const std::size_t label_end = text.find_first_of("]\n", label);
      if (label_end != std::string_view::npos && text.substr(label_end, 2) == "](") {
        const std::size_t url_end = text.find_first_of(")\n", label_end + 2);
        if (url_end != std::string_view::npos && text[url_end] == ')') {
          out.append(text.substr(label, label_end - label));
          i = url_end;
          continue;
        }
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

std::string without_tags(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // "a < b" is no tag: a name or a slash follows immediately.
    if (text[i] == '<' && i + 1 < text.size() &&
        (is_letter(text[i + 1]) || text[i + 1] == '/' || text[i + 1] == '!')) {
      const std::size_t end = text.find('>', i);
      if (end != std::string_view::npos) {
        i = end;
        continue;
      }
    }
    out.push_back(text[i]);
  }
  return out;
}

// Takes pairs of `mark` off the text between them, if that stays on one line and has no blank at its ends.
// With `whole_words` the pair must stand around words: snake_case_names keep their underscores.
std::string without_pairs(std::string_view text, std::string_view mark, bool whole_words = false) {
  std::string out;
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t inner = i + mark.size();
    if (text.substr(i, mark.size()) == mark && inner < text.size() && !is_space(text[inner]) &&
        !(whole_words && i > 0 && is_word(text[i - 1]))) {
      const std::size_t line_end = std::min(text.find('\n', inner), text.size());
      std::size_t close = text.find(mark, inner + 1);
      const auto fits = [&] {
        const std::size_t after = close + mark.size();
        return !is_space(text[close - 1]) && !(whole_words && after < text.size() && is_word(text[after]));
      };
      while (close < line_end && !fits()) close = text.find(mark, close + 1);
      if (close < line_end) {
        out.append(text.substr(inner, close - inner));
        i = close + mark.size();
        continue;
      }
    }
    out.push_back(text[i++]);
  }
  return out;
}

std::string collapsed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!is_space(c)) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string note_text(std::string_view note) {
  std::string text = without_line_marks(without_code_blocks(note));
  text = without_pairs(without_links(text), "`");
  for (const std::string_view mark : {"**", "*", "~~"}) text = without_pairs(text, mark);
  for (const std::string_view mark : {"__", "_"}) text = without_pairs(text, mark, true);
  text = collapsed(without_tags(text));
  return text.empty() ? std::string(kNotAvailable) : text;
}

}  // namespace btk::host
