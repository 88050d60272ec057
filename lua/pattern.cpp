#include "lua/pattern.h"

#include <cstring>

namespace btk::lua {
namespace {

constexpr std::uint64_t kSteps = 50'000'000;  // about a fifth of a second
constexpr std::uint64_t kStepsPerByte = 64;   // long texts may be walked once, and more
constexpr int kMaxDepth = 200;
constexpr char kEscape = '%';

unsigned char byte(char c) { return static_cast<unsigned char>(c); }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return is_lower(c) || is_upper(c); }
bool is_graph(char c) { return c > ' ' && c < '\x7f'; }

/// %a %d ...; an upper-case letter is the opposite; any other character stands for itself. ASCII only.
bool in_class(char c, char name) {
  bool result = false;
  switch (is_upper(name) ? static_cast<char>(name + ('a' - 'A')) : name) {
    case 'a':
      result = is_alpha(c);
      break;
    case 'c':
      result = byte(c) < ' ' || c == '\x7f';
      break;
    case 'd':
      result = is_digit(c);
      break;
    case 'g':
      result = is_graph(c);
      break;
    case 'l':
      result = is_lower(c);
      break;
    case 'p':
      result = is_graph(c) && !is_alpha(c) && !is_digit(c);
      break;
    case 's':
      result = c == ' ' || (c >= '\t' && c <= '\r');
      break;
    case 'u':
      result = is_upper(c);
      break;
    case 'w':
      result = is_alpha(c) || is_digit(c);
      break;
    case 'x':
      result = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      break;
    case 'z':
      result = c == '\0';
      break;
    default:
      return name == c;
  }
  return result != is_upper(name);
}

/// `set` at "[", `last` at its "]".
bool in_set(char c, const char* set, const char* last) {
  const bool negated = set[1] == '^';
  for (const char* p = set + (negated ? 2 : 1); p < last; ++p) {
    if (*p == kEscape && p + 1 < last) {
      if (in_class(c, *++p)) return !negated;
    } else if (p + 2 < last && p[1] == '-') {
      if (byte(*p) <= byte(c) && byte(c) <= byte(p[2])) return !negated;
      p += 2;
    } else if (*p == c) {
      return !negated;
    }
  }
  return negated;
}

}  // namespace

Pattern::Pattern(std::string_view subject, std::string_view pattern, const Control& control)
    : begin_(subject.data()),
      end_(subject.data() + subject.size()),
      pattern_begin_(pattern.data()),
      pattern_end_(pattern.data() + pattern.size()),
      control_(control),
      steps_left_(kSteps + kStepsPerByte * subject.size()) {}

const char* Pattern::match(const char* at) {
  level_ = 0;
  depth_ = 0;
  return run(at, pattern_begin_);
}

const char* Pattern::fail(const char* problem) {
  if (problem_ == nullptr) problem_ = problem;
  return nullptr;
}

bool Pattern::count_step() {
  if (problem_ != nullptr) return false;
  if (--steps_left_ == 0)
    return fail("the pattern takes too long on this text; use fewer repeats (* + -) or a shorter text") !=
           nullptr;
  if (steps_left_ % 4096 == 0 && control_.stopped())
    return fail(describe(control_.reason()).data()) != nullptr;
  return true;
}

const char* Pattern::run(const char* s, const char* p) {
  if (++depth_ > kMaxDepth) return fail("pattern too complex");
  const char* result = nullptr;
  while (count_step()) {
    if (p == pattern_end_) {
      result = s;
      break;
    }
    if (*p == '(') {
      const bool position = p + 1 < pattern_end_ && p[1] == ')';
      result = position ? open_capture(s, p + 2, kPosition) : open_capture(s, p + 1, kOpen);
      break;
    }
    if (*p == ')') {
      result = close_capture(s, p + 1);
      break;
    }
    if (*p == '$' && p + 1 == pattern_end_) {
      result = s == end_ ? s : nullptr;
      break;
    }
    if (*p == kEscape && p + 1 < pattern_end_) {
      if (p[1] == 'b') {
        s = match_balance(s, p + 2);
        if (s == nullptr) break;
        p += 4;
        continue;
      }
      if (p[1] == 'f') {
        p += 2;
        if (p == pattern_end_ || *p != '[') {
          fail("missing '[' after '%f' in pattern");
          break;
        }
        const char* after = item_end(p);
        if (after == nullptr || !at_frontier(s, p, after - 1)) break;
        p = after;
        continue;
      }
      if (is_digit(p[1])) {
        s = match_again(s, p[1]);
        if (s == nullptr) break;
        p += 2;
        continue;
      }
    }
    const char* next = item_end(p);
    if (next == nullptr) break;
    const char repeat = next < pattern_end_ ? *next : '\0';
    if (repeat == '?' || repeat == '*' || repeat == '+' || repeat == '-') {
      result = run_repeat(s, p, next, repeat);
      break;
    }
    if (s == end_ || !matches_one(*s, p, next)) break;
    ++s;
    p = next;
  }
  --depth_;
  return problem_ == nullptr ? result : nullptr;
}

/// One item [p, next) repeated, then the rest of the pattern.
const char* Pattern::run_repeat(const char* s, const char* p, const char* next, char repeat) {
  const char* rest = next + 1;
  if (repeat == '-') {
    for (;; ++s) {
      if (const char* result = run(s, rest)) return result;
      if (s == end_ || !matches_one(*s, p, next) || !count_step()) return nullptr;
    }
  }
  const char* least = repeat == '+' ? s + 1 : s;
  const char* most = s;
  while (most < end_ && matches_one(*most, p, next) && count_step()) {
    ++most;
    if (repeat == '?') break;
  }
  for (; most >= least; --most) {
    if (const char* result = run(most, rest)) return result;
    if (problem_ != nullptr) return nullptr;
  }
  return nullptr;
}

const char* Pattern::open_capture(const char* s, const char* p, std::ptrdiff_t length) {
  if (level_ >= kMaxCaptures) return fail("too many captures");
  captures_[static_cast<std::size_t>(level_++)] = {s, length};
  const char* result = run(s, p);
  if (result == nullptr) --level_;
  return result;
}

const char* Pattern::close_capture(const char* s, const char* p) {
  for (int i = level_ - 1; i >= 0; --i) {
    Capture& capture = captures_[static_cast<std::size_t>(i)];
    if (capture.length != kOpen) continue;
    capture.length = s - capture.begin;
    const char* result = run(s, p);
    if (result == nullptr) capture.length = kOpen;
    return result;
  }
  return fail("invalid pattern capture");
}

const char* Pattern::match_balance(const char* s, const char* p) {
  if (p + 2 > pattern_end_) return fail("unbalanced pattern");
  if (s == end_ || *s != p[0]) return nullptr;
  std::size_t open = 1;
  for (const char* at = s + 1; at < end_ && count_step(); ++at) {
    if (*at == p[1]) {
      if (--open == 0) return at + 1;
    } else if (*at == p[0]) {
      ++open;
    }
  }
  return nullptr;
}

/// %1: what the first capture found, once more.
const char* Pattern::match_again(const char* s, char digit) {
  const int index = digit - '1';
  if (index < 0 || index >= level_ || captures_[static_cast<std::size_t>(index)].length == kOpen)
    return fail("invalid capture index");
  const Capture& capture = captures_[static_cast<std::size_t>(index)];
  if (capture.length < 0) return nullptr;
  const auto length = static_cast<std::size_t>(capture.length);
  if (length > static_cast<std::size_t>(end_ - s) || std::memcmp(capture.begin, s, length) != 0)
    return nullptr;
  return s + length;
}

bool Pattern::at_frontier(const char* s, const char* set, const char* set_end) {
  const char before = s == begin_ ? '\0' : s[-1];
  const char here = s == end_ ? '\0' : *s;
  return !in_set(before, set, set_end) && in_set(here, set, set_end);
}

/// Past the single-character item at `p`.
const char* Pattern::item_end(const char* p) {
  const char first = *p++;
  if (first == kEscape) return p == pattern_end_ ? fail("malformed pattern (ends with '%')") : p + 1;
  if (first != '[') return p;
  if (p < pattern_end_ && *p == '^') ++p;
  do {
    if (p == pattern_end_) return fail("malformed pattern (missing ']')");
    if (*p++ == kEscape && p < pattern_end_) ++p;
  } while (p == pattern_end_ || *p != ']');
  return p + 1;
}

bool Pattern::matches_one(char c, const char* p, const char* next) const {
  switch (*p) {
    case '.':
      return true;
    case kEscape:
      return in_class(c, p[1]);
    case '[':
      return in_set(c, p, next - 1);
    default:
      return *p == c;
  }
}

}  // namespace btk::lua
