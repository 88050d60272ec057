#include "lua/words.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace btk::lua {
namespace {

// Calls visit(code point) for each character; -1 for a byte that is none.
template <class Visit>
void each_character(std::string_view text, Visit visit) {
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  for (utf8proc_ssize_t at = 0, size = static_cast<utf8proc_ssize_t>(text.size()); at < size;) {
    utf8proc_int32_t point = -1;
    const utf8proc_ssize_t length = utf8proc_iterate(bytes + at, size - at, &point);
    at += length > 0 ? length : 1;
    visit(length > 0 ? point : -1);
  }
}

void append_point(std::string& out, utf8proc_int32_t point) {
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size = utf8proc_encode_char(point, bytes);
  out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

std::string composed(std::string_view text) {
  std::string valid;
  each_character(text, [&](utf8proc_int32_t point) { append_point(valid, point < 0 ? ' ' : point); });
  utf8proc_uint8_t* made = nullptr;
  const utf8proc_ssize_t size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()), static_cast<utf8proc_ssize_t>(valid.size()),
                   &made, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, void (*)(void*)> owner(made, std::free);
  if (size < 0) return valid;
  return std::string(reinterpret_cast<const char*>(made), static_cast<std::size_t>(size));
}

bool in_word(utf8proc_int32_t point) {
  const utf8proc_category_t category = utf8proc_category(point);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO) ||
         (category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO);
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  each_character(composed(text), [&](utf8proc_int32_t point) {
    const utf8proc_int32_t lower = point < 0 ? point : utf8proc_tolower(point);
    if (lower >= 0 && in_word(lower)) {
      append_point(word, lower);
    } else {
      end_word();
    }
  });
  end_word();
  return words;
}

bool is_utf8(std::string_view text) {
  bool valid = true;
  each_character(text, [&](utf8proc_int32_t point) { valid = valid && point >= 0; });
  return valid;
}

}  // namespace btk::lua
